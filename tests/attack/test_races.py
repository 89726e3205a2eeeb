#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Races: a neighbour exchanges a name that is on the way, while containers are started.

The neighbour shares a volume with the container. What would be hit on the host is a decoy.
"""

import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import attacks                                                               # noqa: E402
import harness                                                               # noqa: E402
from harness import needs                                                    # noqa: E402

SYSCTL = "kernel.shm_rmid_forced"
SYSCTL_PATH = "/proc/sys/kernel/shm_rmid_forced"

MOUNTS = ["/bin/cat", "/proc/self/mountinfo"]

# What is in the file, and whether it can be changed.
LOOK = harness.shell('cat "$1" && echo overwritten >> "$1" && cat "$1"; exit 0', "/etc/secret")

# A namespace's own value of a sysctl, where nothing covers it.
SHOW_SYSCTL = ["nsenter", "--ipc=/proc/{pid}/ns/ipc", "cat", SYSCTL_PATH]


class Race(attacks.Attack):
    """A volume in which the racer has its two names, one of which leads out."""

    def setUp(self):
        super().setUp()
        self.volume = self.victim.folder / "volume"
        self.volume.mkdir()
        self.ways = (str(self.victim.decoy), "../" * 20 + str(self.victim.decoy)[1:])
        self.successes = 0

    def start(self, *arguments):
        """One try; its output, or None where the runtime has refused."""
        done = self.victim.run("run", *arguments, "web")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        if done.returncode != 0:
            return None
        self.successes += 1
        return done.stdout

    def prepare(self, kind, way):
        """A folder or a file "name", and a link "link"."""
        for name in ("name", "link"):
            place = self.volume / name
            if place.is_symlink():
                place.unlink()
            elif place.exists():
                shutil.rmtree(place) if place.is_dir() else place.unlink()
        if kind == "folder":
            (self.volume / "name").mkdir()
        else:
            (self.volume / "name").touch()
        (self.volume / "link").symlink_to(way)


@needs("root")
class CVE_2021_30465(Race):
    """A mount's target becomes a link to the host while it is being mounted."""

    def test_a_mount_never_leaves_the_container(self):
        for way in self.ways:
            self.prepare("folder", way)
            self.victim.change(
                [attacks.bind(self.volume, "/vol"),
                 {**attacks.tmpfs("/vol/name"), "source": "wanted"},
                 {**attacks.tmpfs("/vol/name/below"), "source": "wanted-below"}],
                args=MOUNTS)
            with self.race(self.volume, "name", "link") as tries:
                for _ in tries:
                    text = self.start()
                    # The one below may have covered the other.
                    if text is not None:
                        sources = [mount["source"] for mount in harness.mountinfo(text)]
                        self.assertEqual(sources.count("wanted"), 1, text)
                        self.assertEqual(sources.count("wanted-below"), 1, text)
                    self.decoy_is_untouched()
        self.assertGreater(self.successes, 0)

    def test_a_bind_never_shows_the_host(self):
        """What is mounted first could cover, on the host, the source of what is mounted next."""
        (self.victim.decoy / "source").mkdir()
        (self.victim.decoy / "source/own").touch()
        self.before = attacks.snapshot(self.victim.decoy)
        hostile = self.victim.folder / "hostile"
        hostile.mkdir()
        (hostile / "source").symlink_to(self.victim.folder)
        for way in self.ways:
            self.prepare("folder", way)
            self.victim.change(
                [attacks.bind(self.volume, "/vol"), attacks.bind(hostile, "/vol/name"),
                 attacks.bind(self.victim.decoy / "source", "/shown")],
                args=["/bin/ls", "-A", "/shown"])
            with self.race(self.volume, "name", "link") as tries:
                for _ in tries:
                    self.assertIn(self.start(), ("own\n", None))
                    self.decoy_is_untouched()
        self.assertGreater(self.successes, 0)


@needs("root")
class CVE_2024_45310(Race):
    """Files and folders for targets, made where a link leads that was a folder."""

    def test_nothing_is_made_on_the_host(self):
        file = self.victim.folder / "file"
        file.touch()
        for way in self.ways:
            self.prepare("folder", way)
            with self.race(self.volume, "name", "link") as tries:
                for number in tries:
                    self.victim.change(
                        [attacks.bind(self.volume, "/vol"),
                         attacks.bind(file, f"/vol/name/file{number}"),
                         attacks.tmpfs(f"/vol/name/folder{number}/below")],
                        args=["/bin/true"], cwd=f"/vol/name/cwd{number}/below")
                    self.start()
                    self.decoy_is_untouched()
        self.assertGreater(self.successes, 0)

    def test_no_device_is_made_on_the_host(self):
        for way in self.ways:
            self.prepare("folder", way)
            with self.race(self.volume, "name", "link") as tries:
                for number in tries:
                    self.victim.change(
                        [attacks.bind(self.volume, "/vol")],
                        {"devices": [{"path": f"/vol/name/device{number}", "type": "c",
                                      "major": 1, "minor": 3}]},
                        args=["/bin/true"])
                    self.start()
                    self.decoy_is_untouched()
        self.assertGreater(self.successes, 0)


@needs("root")
class CVE_2025_31133(Race):
    """/dev/null becomes a link while it is put over what is masked."""

    def setUp(self):
        super().setUp()
        rootfs = self.victim.rootfs
        (rootfs / "etc/secret").write_text("secret")
        (rootfs / "etc/elsewhere").write_text("elsewhere")

    def test_what_is_masked_stays_so(self):
        os.mknod(self.volume / "null", 0o20666, os.makedev(1, 3))
        (self.volume / "link").symlink_to("../etc/elsewhere")
        config = self.victim.change(linux={"maskedPaths": ["/etc/secret"]}, args=LOOK)
        config["mounts"] = [mount for mount in config["mounts"]
                            if not mount["destination"].startswith("/dev")]
        config["mounts"].append(attacks.bind(self.volume, "/dev"))
        self.victim.write(config)
        with self.race(self.volume, "null", "link") as tries:
            for _ in tries:
                self.assertIn(self.start(), ("", None))
        self.assertGreater(self.successes, 0)
        for name in ("secret", "elsewhere"):
            self.assertEqual((self.victim.rootfs / "etc" / name).read_text(), name)

    def test_null_of_an_image_that_two_share(self):
        """The racer is in the rootfs itself: there /dev is a folder of the image."""
        device = self.victim.rootfs / "dev"
        os.mknod(device / "null", 0o20666, os.makedev(1, 3))
        (device / "link").symlink_to("../etc/elsewhere")
        config = self.victim.change(linux={"maskedPaths": ["/etc/secret"]}, args=LOOK)
        config["mounts"] = [mount for mount in config["mounts"]
                            if not mount["destination"].startswith("/dev")]
        self.victim.write(config)
        with self.race(device, "null", "link") as tries:
            for _ in tries:
                self.assertIn(self.start(), ("", None))
        self.assertGreater(self.successes, 0)
        self.assertEqual((self.victim.rootfs / "etc/elsewhere").read_text(), "elsewhere")


@needs("root")
class CVE_2025_52565(Race):
    """/dev/console, or what is bound on it, becomes a link."""

    # By either name, since they are exchanged.
    WANTED = (["/dev/console", "/dev/pts"], ["/dev/link", "/dev/pts"],
              ["/dev/console", "/dev/link"])

    def with_terminal(self, *names):
        """The terminals that are mounted, and where; of each try that went well."""
        config = self.victim.change(terminal=True, args=MOUNTS)
        config["mounts"] = [mount for mount in config["mounts"]
                            if not mount["destination"].startswith("/dev")]
        config["mounts"] += [
            attacks.bind(self.volume, "/dev"),
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["newinstance", "ptmxmode=0666", "mode=0620"]}]
        self.victim.write(config)
        with self.race(self.volume, *names) as tries:
            for _ in tries:
                text = self.start()
                if text is not None:
                    yield sorted(mount["target"] for mount in harness.mountinfo(text)
                                 if mount["kind"] == "devpts")
                self.decoy_is_untouched()
        self.assertGreater(self.successes, 0)

    def test_the_console_is_exchanged(self):
        (self.victim.rootfs / "etc/elsewhere").write_text("elsewhere")
        (self.volume / "pts").mkdir()
        (self.volume / "console").touch()
        for way in ("../etc/elsewhere", *(f"{way}/mark" for way in self.ways)):
            (self.volume / "link").unlink(missing_ok=True)
            (self.volume / "link").symlink_to(way)
            for targets in self.with_terminal("console", "link"):
                self.assertIn(targets, self.WANTED)

    def test_the_folder_of_terminals_is_exchanged(self):
        (self.volume / "console").touch()
        for way in self.ways:
            for name in ("pts", "link"):
                if (self.volume / name).is_symlink():
                    (self.volume / name).unlink()
                elif (self.volume / name).exists():
                    (self.volume / name).rmdir()
            (self.volume / "pts").mkdir()
            (self.volume / "link").symlink_to(way)
            for targets in self.with_terminal("pts", "link"):
                self.assertIn(targets, self.WANTED)


@needs("root")
class CVE_2025_52881(Race):
    """What the runtime writes to its procfs goes to another file, which was mounted there."""

    def setting(self, name):
        pid = json.loads(self.succeed("state", name))["pid"]
        return attacks.subprocess.run(
            [word.format(pid=pid) for word in SHOW_SYSCTL], capture_output=True, text=True,
            check=True).stdout

    def race_for(self, source, kind, way):
        """Containers whose sysctl is 1 or that are refused; never is it written elsewhere."""
        self.prepare(kind, way)
        self.victim.change([attacks.bind(self.volume, "/vol"), attacks.bind(source, "/vol/name")],
                           {"sysctl": {SYSCTL: "1"}}, args=["/bin/true"])
        with self.race(self.volume, "name", "link") as tries:
            for _ in tries:
                done = self.victim.run("create", "web")
                if done.returncode == 0:
                    self.successes += 1
                    self.assertEqual(self.setting("web"), "1\n")
                    self.succeed("delete", "--force", "web")
                self.decoy_is_untouched()
        self.assertGreater(self.successes, 0)

    def test_a_file_over_the_sysctl(self):
        self.race_for(self.victim.decoy / "mark", "file", SYSCTL_PATH)

    def test_a_folder_over_the_sysctls(self):
        (self.victim.decoy / "shm_rmid_forced").write_text("the host's")
        self.before = attacks.snapshot(self.victim.decoy)
        self.race_for(self.victim.decoy, "folder", os.path.dirname(SYSCTL_PATH))

    def test_a_link_instead_of_proc(self):
        """The volume is where proc is; /proc is a link in it now and then."""
        folder = self.victim.decoy / "sys/kernel"
        folder.mkdir(parents=True)
        (folder / "shm_rmid_forced").write_text("the host's")
        self.before = attacks.snapshot(self.victim.decoy)
        rootfs = self.victim.rootfs
        (rootfs / "link").symlink_to(self.ways[1])
        self.victim.change(linux={"sysctl": {SYSCTL: "1"}}, args=["/bin/true"])
        with self.race(rootfs, "proc", "link") as tries:
            for _ in tries:
                done = self.victim.run("create", "web")
                if done.returncode == 0:
                    self.successes += 1
                    self.assertEqual(self.setting("web"), "1\n")
                    self.succeed("delete", "--force", "web")
                self.decoy_is_untouched()
        self.assertGreater(self.successes, 0)


if __name__ == "__main__":
    attacks.main()
