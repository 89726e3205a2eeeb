#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Images that lead out: links, pipes and other files where the runtime expects its own."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import attacks                                                               # noqa: E402
import harness                                                               # noqa: E402
from harness import needs                                                    # noqa: E402

# What leads from the rootfs to the decoy, when it is followed on the host.
DEEP = "../" * 20

MOUNTS = """
import json
print(json.dumps([line.split()[4] for line in open("/proc/self/mountinfo")]))
"""

# The program's own label, as it has it.
LABEL = """
import json
try:
    text = open("/proc/self/attr/current").read()
except OSError:
    text = ""
print(json.dumps(text.strip("\\0\\n")))
"""


def is_folder(path):
    return os.path.lexists(path) and stat.S_ISDIR(path.lstat().st_mode)


def loaded_profile():
    """An AppArmor profile that the host enforces for nobody in particular, or None."""
    for line in (harness.read("/sys/kernel/security/apparmor/profiles") or "").splitlines():
        name, _, mode = line.rpartition(" ")
        if mode in ("(unconfined)", "(complain)", "(enforce)") and "/" not in name:
            return name
    return None


class Image(attacks.Attack):
    """A rootfs to be spoilt. The decoy is reached by the host's path, and by a relative one."""

    def setUp(self):
        super().setUp()
        self.rootfs = self.victim.rootfs
        self.ways = (str(self.victim.decoy), DEEP + str(self.victim.decoy)[1:])

    def replace_by_link(self, name, target):
        place = self.rootfs / name
        if place.is_symlink() or place.is_file():
            place.unlink()
        elif place.is_dir():
            shutil.rmtree(place)
        place.symlink_to(target)

    def run_and_judge(self):
        """However it ends: the decoy is as it was, and nothing stays."""
        done = self.victim.run("run", "web")
        self.decoy_is_untouched()
        self.nothing_is_left()
        return done


@needs("root")
class CVE_2019_16884(Image):
    """Also CVE-2019-19921, CVE-2023-27561, CVE-2023-28642: a /proc or /sys that is none."""

    def test_proc_is_a_link(self):
        for way in (*self.ways, "/tmp", "tmp", "/proc2", "."):
            with self.subTest(way):
                self.replace_by_link("proc", way)
                self.victim.change(args=harness.python(MOUNTS),
                                   linux={"sysctl": {"kernel.shm_rmid_forced": "1"}})
                self.assertNotEqual(self.run_and_judge().returncode, 0)

    def test_sys_is_a_link(self):
        for way in (*self.ways, "/tmp", "proc"):
            with self.subTest(way):
                self.replace_by_link("sys", way)
                self.victim.change([attacks.SYS], args=["/bin/true"])
                self.assertNotEqual(self.run_and_judge().returncode, 0)

    def test_proc_is_a_volume(self):
        """What is written to it would be written to the volume."""
        attributes = self.victim.decoy / "self/attr"
        (attributes / "apparmor").mkdir(parents=True)
        (self.victim.decoy / "sys/kernel").mkdir(parents=True)
        for name in ("self/attr/exec", "self/attr/apparmor/exec", "sys/kernel/shm_rmid_forced"):
            (self.victim.decoy / name).touch()
        self.before = attacks.snapshot(self.victim.decoy)
        for linux in ({"sysctl": {"kernel.shm_rmid_forced": "1"}}, {}):
            with self.subTest(linux):
                config = self.victim.change(
                    [attacks.bind(self.victim.decoy, "/proc")], linux,
                    args=["/bin/true"], apparmorProfile=loaded_profile() or "")
                config["mounts"] = [mount for mount in config["mounts"]
                                    if mount["type"] != "proc"]
                self.victim.write(config)
                done = self.run_and_judge()
                if linux or loaded_profile():
                    self.assertNotEqual(done.returncode, 0)

    def test_proc_is_covered_by_a_volume(self):
        self.victim.change([attacks.bind(self.victim.decoy, "/proc")],
                           {"sysctl": {"kernel.shm_rmid_forced": "1"}}, args=["/bin/true"])
        self.run_and_judge()

    @unittest.skipUnless(loaded_profile(), "this host has no AppArmor profile that is loaded")
    def test_the_label_is_the_profile(self):
        profile = loaded_profile()
        self.victim.change(args=harness.python(LABEL), apparmorProfile=profile)
        done = self.run_and_judge()
        if done.returncode == 0:
            self.assertEqual(json.loads(done.stdout).split(" ")[0], profile)
        for target in ("/proc/self/attr", "/proc/thread-self/attr/apparmor",
                       "/proc/self/attr/apparmor/exec", "/proc/thread-self/attr/exec"):
            with self.subTest(target):
                source = self.victim.folder / "volume"
                if source.is_dir():
                    shutil.rmtree(source)
                source.unlink(missing_ok=True)
                if target.endswith("exec"):
                    source.touch()
                else:
                    source.mkdir()
                    (source / "exec").touch()
                self.victim.change([attacks.bind(source, target)],
                                   args=harness.python(LABEL), apparmorProfile=profile)
                done = self.run_and_judge()
                if done.returncode == 0:
                    self.assertEqual(json.loads(done.stdout).split(" ")[0], profile)


@needs("root")
class CVE_2026_41579(Image):
    """Also CVE-2026-47766: what is made and unlinked below /dev, when /dev leads out."""

    def setUp(self):
        super().setUp()
        for name in ("ptmx", "null", "console", "fd", "stdin", "core"):
            (self.victim.decoy / name).write_text("the host's")
        (self.victim.decoy / "pts").mkdir()
        self.before = attacks.snapshot(self.victim.decoy)
        self.host = [(entry.name, entry.stat(follow_symlinks=False).st_ino)
                     for entry in os.scandir("/dev")]

    def tearDown(self):
        self.assertEqual([(entry.name, entry.stat(follow_symlinks=False).st_ino)
                          for entry in os.scandir("/dev")], self.host)

    def test_dev_is_a_link(self):
        for way in (*self.ways, "/dev", DEEP + "dev", "tmp"):
            for mounts in ("none", "tmpfs"):
                with self.subTest(way=way, mounts=mounts):
                    self.replace_by_link("dev", way)
                    config = self.victim.change(args=["/bin/true"])
                    if mounts == "none":
                        config["mounts"] = [mount for mount in config["mounts"]
                                            if not mount["destination"].startswith("/dev")]
                    self.victim.write(config)
                    self.assertNotEqual(self.run_and_judge().returncode, 0)

    def test_the_places_below_are_links(self):
        for name in ("null", "ptmx", "console", "pts", "shm", "fd"):
            for way in self.ways:
                with self.subTest(name=name, way=way):
                    shutil.rmtree(self.rootfs / "dev")
                    (self.rootfs / "dev").mkdir()
                    (self.rootfs / "dev" / name).symlink_to(f"{way}/{name}")
                    config = self.victim.change([attacks.tmpfs("/dev/shm")], args=["/bin/true"],
                                                terminal=True)
                    config["mounts"] = [mount for mount in config["mounts"]
                                        if mount["destination"] != "/dev"]
                    self.victim.write(config)
                    self.run_and_judge()

    def test_dev_is_a_volume(self):
        for target in ("/dev", "/dev/", "//dev", "/./dev", "/tmp/../dev", "dev"):
            with self.subTest(target):
                config = self.victim.change(args=["/bin/true"])
                config["mounts"] = [mount for mount in config["mounts"]
                                    if not mount["destination"].startswith("/dev")]
                config["mounts"].append(attacks.bind(self.victim.decoy, target))
                self.victim.write(config)
                self.run_and_judge()


@needs("root")
class CVE_2025_31133(Image):
    """A /dev/null that is not the null device, under what is masked."""

    MASKED = ("/etc/secret", "/etc/folder", "/proc/keys")

    def setUp(self):
        super().setUp()
        (self.rootfs / "etc/secret").write_text("secret")
        (self.rootfs / "etc/folder").mkdir()
        (self.rootfs / "etc/folder/secret").write_text("secret")
        (self.rootfs / "etc/elsewhere").write_text("elsewhere")

    # What is written goes nowhere.
    LOOK = """
import json, os, sys
found = []
for path in json.loads(sys.argv[1]):
    try:
        if os.path.isdir(path):
            open(path + "/new", "w")
        else:
            open(path, "w").write("overwritten")
    except OSError:
        pass
    try:
        found.append(os.listdir(path) if os.path.isdir(path) else open(path).read())
    except OSError as error:
        found.append("")
print(json.dumps(found))
"""

    def masked_are_untouched(self):
        self.assertEqual([(self.rootfs / "etc" / name).read_text()
                          for name in ("secret", "folder/secret", "elsewhere")],
                         ["secret", "secret", "elsewhere"])

    def test_null_is_something_else(self):
        null = self.rootfs / "dev/null"
        makers = {
            "a link": lambda: null.symlink_to("/etc/elsewhere"),
            "a link out": lambda: null.symlink_to(DEEP + str(self.victim.decoy)[1:] + "/mark"),
            "a file": lambda: null.write_text("elsewhere"),
            "a pipe": lambda: os.mkfifo(null),
            "another device": lambda: os.mknod(null, stat.S_IFCHR | 0o666, os.makedev(1, 5)),
            "a folder": null.mkdir,
        }
        for name, make in makers.items():
            for keeps in (False, True):
                with self.subTest(null=name, keeps=keeps):
                    shutil.rmtree(self.rootfs / "dev")
                    (self.rootfs / "dev").mkdir()
                    make()
                    config = self.victim.change(
                        linux={"maskedPaths": [*self.MASKED, "/etc/missing"]},
                        args=harness.python(self.LOOK, json.dumps(self.MASKED)))
                    if keeps:
                        config["mounts"] = [mount for mount in config["mounts"]
                                            if not mount["destination"].startswith("/dev")]
                    self.victim.write(config)
                    done = self.run_and_judge()
                    self.masked_are_untouched()
                    if done.returncode == 0:
                        self.assertEqual(json.loads(done.stdout), ["", [], ""])
                    else:
                        self.assertTrue(keeps, done.stderr)


@needs("root")
class CVE_2025_24965(Image):
    """A file that the runtime writes, through a link of the image."""

    NAMES = ("etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/mtab", "etc/passwd",
             "etc/group", "run/.containerenv", ".dockerenv", ".krun_config.json",
             "run/notify/notify.sock", "dev/console")

    def test_links_wherever_one_might_be_written(self):
        for way in self.ways:
            for name in self.NAMES:
                place = self.rootfs / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.unlink(missing_ok=True)
                (self.victim.decoy / place.name).write_text("the host's")
                place.symlink_to(f"{way}/{place.name}")
            self.before = attacks.snapshot(self.victim.decoy)
            for more in ({}, {"env": ["HOME=/"]}, {"cwd": "/run/new/folder"}):
                with self.subTest(way=way, more=more):
                    self.victim.change(args=["/bin/true"], **more)
                    self.assertEqual(self.run_and_judge().returncode, 0)

    def test_cwd_leads_out(self):
        for way in self.ways:
            with self.subTest(way):
                self.replace_by_link("work", way)
                self.victim.change(args=["/bin/true"], cwd="/work/new")
                self.run_and_judge()


@needs("root")
class Targets(Image):
    """Files of every kind where something is mounted: nothing hangs, nothing leads out."""

    def spoil(self, place):
        """One after the other; the name of each."""
        def unmake():
            if is_folder(place):
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)

        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        folder = os.open(place.parent, os.O_PATH)
        self.addCleanup(os.close, folder)
        makers = {
            "a dangling link": lambda: place.symlink_to("/nowhere/at/all"),
            "a link out": lambda: place.symlink_to(self.victim.decoy),
            "a relative link out": lambda: place.symlink_to(DEEP + str(self.victim.decoy)[1:]),
            "a link to itself": lambda: place.symlink_to(place.name),
            "a link into proc": lambda: place.symlink_to("/proc/1/root"),
            "a link to a descriptor": lambda: place.symlink_to("/proc/self/fd/3"),
            "a pipe": lambda: os.mkfifo(place),
            "a socket": lambda: server.bind(f"/proc/self/fd/{folder}/{place.name}"),
            "a device": lambda: os.mknod(place, stat.S_IFCHR | 0o666, os.makedev(5, 1)),
            "a file": lambda: place.write_text("text"),
            "a folder": place.mkdir,
        }
        for name, make in makers.items():
            unmake()
            make()
            yield name

    def test_of_mounts(self):
        volume = self.victim.folder / "volume"
        volume.mkdir()
        file = self.victim.folder / "file"
        file.touch()
        for name in self.spoil(self.rootfs / "place"):
            for mount in (attacks.tmpfs("/place"), attacks.bind(volume, "/place"),
                          attacks.bind(file, "/place"), attacks.tmpfs("/place/below"),
                          attacks.bind(file, "/place/below"),
                          attacks.tmpfs("/place", "tmpcopyup")):
                with self.subTest(place=name, mount=mount):
                    self.victim.change([mount], args=["/bin/true"], cwd="/place")
                    self.run_and_judge()

    def test_of_what_the_runtime_makes(self):
        for name in ("proc", "sys", "dev", "etc", "etc/passwd", "dev/pts", "dev/console",
                     "dev/null"):
            place = self.rootfs / name
            with self.subTest(name):
                (self.rootfs / "etc").mkdir(exist_ok=True)
                for kind in self.spoil(place):
                    with self.subTest(kind):
                        config = self.victim.change([attacks.SYS], args=["/bin/true"],
                                                    terminal=name.startswith("dev"))
                        if name.startswith("dev/"):
                            config["mounts"] = [mount for mount in config["mounts"]
                                                if mount["destination"] != "/dev"]
                        self.victim.write(config)
                        self.run_and_judge()
                if is_folder(place):
                    shutil.rmtree(place)
                else:
                    place.unlink()
                place.mkdir()

    def test_only_files_are_opened(self):
        """To open a device of the image may do something: here it would free who waits."""
        pipe = self.rootfs / "etc/passwd"
        os.mkfifo(pipe)
        with subprocess.Popen([attacks.SHELL, "-c", f"exec 3> {pipe}"]) as waiting:
            self.assertTrue(harness.until(
                lambda: harness.status_of(waiting.pid)["State"].startswith("S")))
            self.victim.change(args=["/bin/true"])
            self.succeed("run", "web")
            self.victim.change(args=["/bin/sleep", "1000"])
            self.succeed("run", "--detach", "web")
            self.succeed("exec", "web", "/bin/true")
            self.assertIsNone(waiting.poll())
            os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))

    def test_of_what_is_copied_into_a_tmpfs(self):
        folder = self.rootfs / "copied"
        folder.mkdir()
        for name in self.spoil(folder / "entry"):
            with self.subTest(name):
                self.victim.change([attacks.tmpfs("/copied", "tmpcopyup", "size=1m")],
                                   args=["/bin/ls", "-l", "/copied"])
                done = self.run_and_judge()
                self.assertNotIn("mark", done.stdout)

    def test_of_a_folder_without_an_end(self):
        deep = self.rootfs / "copied"
        deep.mkdir()
        fd = os.open(deep, os.O_RDONLY)
        for _ in range(1000):
            os.mkdir("d", dir_fd=fd)
            fd, before = os.open("d", os.O_RDONLY, dir_fd=fd), fd
            os.close(before)
        os.close(fd)
        self.addCleanup(self.remove_deep, deep)
        self.victim.change([attacks.tmpfs("/copied", "tmpcopyup", "size=1m")],
                           args=["/bin/true"])
        self.run_and_judge()

    @staticmethod
    def remove_deep(top):
        fds = [os.open(top, os.O_RDONLY)]
        while True:
            try:
                fds.append(os.open("d", os.O_RDONLY, dir_fd=fds[-1]))
            except FileNotFoundError:
                break
        while len(fds) > 1:
            os.close(fds.pop())
            os.rmdir("d", dir_fd=fds[-1])
        os.close(fds.pop())

    def test_of_a_file_that_is_too_large(self):
        (self.rootfs / "copied").mkdir()
        with open(self.rootfs / "copied/sparse", "wb") as file:
            file.truncate(1 << 40)
        self.victim.change([attacks.tmpfs("/copied", "tmpcopyup", "size=1m")],
                           args=["/bin/true"])
        self.assertNotEqual(self.run_and_judge().returncode, 0)


@needs("root")
class Root(Image):
    """A rootfs that is no folder, or a link."""

    def test_each(self):
        other = self.victim.bundle / "other"
        for make in (lambda: other.symlink_to("nowhere"), lambda: os.mkfifo(other),
                     other.touch, lambda: other.symlink_to("other")):
            other.unlink(missing_ok=True)
            make()
            config = self.victim.change(args=["/bin/true"])
            config["root"]["path"] = "other"
            self.victim.write(config)
            self.assertNotEqual(self.run_and_judge().returncode, 0)


if __name__ == "__main__":
    attacks.main()
