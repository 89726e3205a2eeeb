#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""checkpoint and restore: a container comes back with its memory, files, mounts and confinement."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from containers import Containers, default_config                            # noqa: E402
from harness import needs                                                    # noqa: E402

OCI_FAILED = 1
# What it has counted to is in its memory; the file it writes to is on a tmpfs of its own.
COUNTING = ("i=0; exec 3>/tmp/count; "
            "while [ ! -e /tmp/stop ]; do i=$((i+1)); echo $i >&3; sleep 0.01; done; exit 7")
COUNTING_ALONE = """
import itertools, time
with open("/tmp/count", "w") as file:
    for i in itertools.count(1):
        print(i, file=file, flush=True)
        time.sleep(0.05)
"""
TMPFS = {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid"]}
MASKS = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/sys", "/proc/sysrq-trigger"]
FILTER = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
          "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}
KEPT_STATUS = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
               "NoNewPrivs", "Seccomp", "Seccomp_filters")


def lacks_criu():
    """Why there can be no checkpoint on this host; None when there can."""
    helper = pathlib.Path(harness.HARDRUN).parent / "hardrun-criu"
    if not helper.exists():
        return "hardrun was built without libcriu"
    if shutil.which("criu") is None:
        return "there is no criu"
    checked = subprocess.run(["criu", "check"], stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, check=False)
    if checked.returncode != 0:
        lines = checked.stderr.strip().splitlines() or ["it fails"]
        return f"criu check: {lines[-1]}"
    return None


LACKS_CRIU = lacks_criu() if harness.is_root() else None
needs_criu = unittest.skipIf(LACKS_CRIU, f"criu does not work here: {LACKS_CRIU}")


def counting_config(*, user_namespace=False):
    config = default_config()
    config["process"].update({
        "args": ["/bin/sh", "-c", COUNTING], "noNewPrivileges": True,
        "capabilities": {kind: ["CAP_CHOWN", "CAP_KILL"] for kind in
                         ("bounding", "effective", "permitted")}})
    config["mounts"] += [TMPFS, {"destination": "/sys", "type": "sysfs", "source": "sysfs",
                                 "options": ["nosuid", "noexec", "nodev", "ro"]}]
    config["linux"].update({"maskedPaths": MASKS, "readonlyPaths": READ_ONLY, "seccomp": FILTER})
    config["hostname"] = "counter"
    if user_namespace:
        config["linux"]["namespaces"].append({"type": "user"})
        mapping = [{"containerID": 0, "hostID": 200000, "size": 65536}]
        config["linux"].update({"uidMappings": mapping, "gidMappings": mapping})
    return config


class Base(unittest.TestCase):
    def setUp(self):
        self.containers = Containers()
        self.addCleanup(self.containers.close)
        self.images = self.containers.folder / "images"
        os.chmod(self.containers.folder, 0o755)
        (self.containers.bundle / "rootfs/sys").mkdir()

    def open_streams(self):
        """
        Plain files that anyone may write: criu opens those of a container once more, as the
        container's root, which it cannot when they were opened with O_NOFOLLOW, as tempfile does.
        """
        files = []
        for name in ("out", "errors"):
            path = self.containers.folder / name
            files.append(open(path, "w+", encoding="utf-8"))
            self.addCleanup(files[-1].close)
            path.chmod(0o666)
        return files

    def begin(self, *arguments):
        """The running command."""
        out, errors = self.open_streams()
        return subprocess.Popen(self.containers.command(*arguments), stdin=subprocess.DEVNULL,
                                stdout=out, stderr=errors, cwd=self.containers.bundle)

    def run_verb(self, *arguments):
        """The completed command."""
        out, errors = self.open_streams()
        done = subprocess.run(self.containers.command(*arguments), stdin=subprocess.DEVNULL,
                              stdout=out, stderr=errors, timeout=harness.PATIENCE, check=False,
                              cwd=self.containers.bundle)
        texts = []
        for file in (out, errors):
            file.seek(0)
            texts.append(file.read())
        return subprocess.CompletedProcess(done.args, done.returncode, *texts)

    def succeed(self, *arguments):
        done = self.run_verb(*arguments)
        self.assertEqual(done.returncode, 0, (arguments, done.stderr, self.log()))
        return done.stdout

    def fail_with(self, words, *arguments):
        done = self.run_verb(*arguments)
        self.assertEqual(done.returncode, OCI_FAILED, (arguments, done.stderr))
        self.assertIn(words, done.stderr)

    def log(self):
        """What criu calls errors, of the last conversation with it."""
        lines = []
        for name in ("dump.log", "restore.log"):
            lines += [line for line in (harness.read(self.images / name) or "").splitlines()
                      if "Error" in line or "Warn" in line]
        return lines[-20:]

    def count(self, name="web"):
        """What it has counted to; the line that it is writing is passed over."""
        text = self.succeed("exec", name, "/bin/sh", "-c",
                            "[ ! -e /tmp/count ] || cat /tmp/count")
        lines = text.rpartition("\n")[0].splitlines()
        return int(lines[-1]) if lines else 0

    def counts(self, name="web"):
        """It counts, and on from where it was."""
        begun = self.count(name)
        self.assertTrue(harness.until(lambda: self.count(name) > begun + 2))
        lines = self.succeed("exec", name, "/bin/cat", "/tmp/count").rpartition("\n")[0]
        self.assertEqual([int(line) for line in lines.splitlines()],
                         list(range(1, len(lines.splitlines()) + 1)))

    def start(self, config=None, name="web"):
        self.containers.write(config or counting_config())
        self.succeed("run", "--detach", name)
        self.assertTrue(harness.until(lambda: self.count(name) > 2))

    def checkpoint(self, *options, name="web"):
        self.succeed("checkpoint", "--image-path", str(self.images), *options, name)

    def restore(self, *options, name="web"):
        self.succeed("restore", "--detach", "--image-path", str(self.images), *options, name)

    def status(self, name="web"):
        state = self.containers.state(name)
        return state and state["status"]

    def pid(self, name="web"):
        return self.containers.state(name)["pid"]


@needs("root")
@needs_criu
class Cycle(Base):
    def look(self):
        """What must be the same afterwards."""
        pid = self.pid()
        status = harness.status_of(pid)
        mounts = [(mount["target"], mount["kind"], mount["root"], sorted(mount["flags"]))
                  for mount in harness.mountinfo(harness.read(f"/proc/{pid}/mountinfo"))]
        return ({name: status.get(name) for name in KEPT_STATUS},
                harness.read(f"/proc/{pid}/attr/current"), sorted(mounts),
                harness.read(f"/proc/{pid}/oom_score_adj"), harness.read(f"/proc/{pid}/limits"))

    def cycle(self, config=None):
        self.start(config)
        before = self.look()
        counted = self.count()
        self.checkpoint()
        self.assertIsNone(self.containers.state("web"))
        self.assertEqual(self.containers.leftovers(), [])
        self.restore()
        self.assertEqual(self.status(), "running")
        self.assertGreaterEqual(self.count(), counted)
        self.counts()
        self.maxDiff = None
        self.assertEqual(self.look(), before)

    def test_it_goes_on_where_it_was(self):
        self.cycle()
        self.succeed("kill", "web", "KILL")
        self.assertTrue(harness.until(lambda: self.status() == "stopped"))
        self.succeed("delete", "web")
        self.assertEqual(self.containers.leftovers(), [])

    def test_in_a_user_namespace(self):
        for folder in (self.containers.bundle, self.containers.bundle / "rootfs"):
            os.chmod(folder, 0o755)
        self.cycle(counting_config(user_namespace=True))

    def test_mounts_of_the_host(self):
        source = self.containers.folder / "source"
        source.mkdir()
        (source / "file").write_text("before")
        config = counting_config()
        (self.containers.bundle / "rootfs/link").symlink_to("etc")
        config["mounts"] += [
            {"destination": "/data", "type": "bind", "source": str(source),
             "options": ["rbind", "ro", "nosuid"]},
            {"destination": "/again", "type": "bind", "source": str(source),
             "options": ["rbind", "ro", "nosuid"]},
            {"destination": "/link/file", "type": "bind", "source": str(source / "file"),
             "options": ["bind", "ro"]},
            {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
             "options": ["ro", "nosuid", "noexec", "nodev"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm"},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue"}]
        config["linux"]["namespaces"].append({"type": "cgroup"})
        self.cycle(config)
        (source / "file").write_text("after")
        self.assertEqual(self.succeed("exec", "web", "/bin/cat", "/data/file", "/etc/file"),
                         "afterafter")

    def test_mounts_below_a_bind(self):
        """One on the other, one with a blank in its name, and one that config.json covers."""
        source = self.containers.folder / "source"
        names = ["one", "one/two", "a blank", "covered"]
        for name in names:
            (source / name).mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", f"on {name}", source / name], check=True)
            self.addCleanup(subprocess.run, ["umount", "-l", source / name], check=True)
            (source / name / "two").mkdir(exist_ok=True)
            (source / name / "file").write_text(name)
        config = counting_config()
        config["mounts"] += [
            {"destination": "/data", "type": "bind", "source": str(source),
             "options": ["rbind", "ro", "rro"]},
            {"destination": "/data/covered", "type": "tmpfs", "source": "tmpfs"}]
        self.start(config)
        before = self.look()
        self.checkpoint()
        self.restore()
        self.counts()
        self.assertEqual(self.look(), before)
        for name in names[:3]:
            self.assertEqual(self.succeed("exec", "web", "/bin/cat", f"/data/{name}/file"), name)

    def test_a_joined_network(self):
        """It is not the container's, so it is there afterwards, and the same."""
        path = self.containers.folder / "network"
        path.touch()
        subprocess.run(["unshare", f"--net={path}", "true"], check=True)
        self.addCleanup(subprocess.run, ["umount", path], check=True)
        config = counting_config()
        for namespace in config["linux"]["namespaces"]:
            if namespace["type"] == "network":
                namespace["path"] = str(path)
        self.start(config)
        self.checkpoint()
        self.assertEqual(self.containers.ids(), [])
        self.restore()
        self.counts()
        self.assertEqual(os.stat(f"/proc/{self.pid()}/ns/net").st_ino, os.stat(path).st_ino)

    def test_limits(self):
        if not harness.has_cgroup2():
            self.skipTest("this host lacks cgroup v2")
        config = counting_config()
        config["linux"]["resources"] = {
            "pids": {"limit": 77}, "memory": {"limit": 256 << 20},
            "devices": [{"allow": False, "access": "rwm"},
                        {"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rwm"}]}
        self.cycle(config)
        folder = harness.CGROUP_ROOT / self.containers.cgroup[1:]
        self.assertEqual((folder / "pids.max").read_text(), "77\n")
        self.assertEqual((folder / "memory.max").read_text(), f"{256 << 20}\n")
        self.assertIn(self.pid(), [int(line) for line in
                                   (folder / "cgroup.procs").read_text().split()])

    def test_by_another_name(self):
        self.start()
        self.checkpoint()
        self.restore("--pid-file", str(self.containers.folder / "pid"), name="other")
        self.assertEqual((self.containers.folder / "pid").read_text(), str(self.pid("other")))
        self.counts("other")

    def test_twice(self):
        """From the same images, also beside each other."""
        self.start()
        self.checkpoint()
        self.restore()
        config = counting_config()
        config["linux"]["cgroupsPath"] = f"/hardrun/{self.containers.folder.name}.twin"
        self.containers.write(config)
        self.restore(name="twin")
        self.containers.write(counting_config())
        self.counts()
        self.counts("twin")
        self.assertNotEqual(self.pid(), self.pid("twin"))
        self.succeed("kill", "web", "KILL")
        self.assertTrue(harness.until(lambda: self.status() == "stopped"))
        self.fail_with("already exists", "restore", "--detach", "--image-path", str(self.images),
                       "web")
        self.succeed("delete", "web")
        self.restore()
        self.counts()

    def test_a_restored_one_again(self):
        self.start()
        self.checkpoint()
        self.restore()
        self.counts()
        counted = self.count()
        self.images = self.containers.folder / "again"
        self.checkpoint()
        self.restore()
        self.assertGreaterEqual(self.count(), counted)
        self.counts()

    def test_paused(self):
        """A program that does not fork: criu cannot stop who waits for a frozen vfork(2)."""
        config = counting_config()
        config["process"]["args"] = [harness.PYTHON, "-c", COUNTING_ALONE]
        self.start(config)
        self.succeed("pause", "web")
        self.checkpoint("--leave-running")
        self.assertEqual(self.status(), "paused")
        self.succeed("resume", "web")
        self.counts()
        self.succeed("pause", "web")
        self.checkpoint()
        self.restore()
        self.assertEqual(self.status(), "running")
        self.counts()

    def test_left_running(self):
        self.start()
        before = self.pid()
        self.checkpoint("--leave-running")
        self.assertEqual((self.status(), self.pid()), ("running", before))
        self.counts()
        self.succeed("delete", "--force", "web")
        self.restore()
        self.counts()

    def test_a_program_that_forks_all_the_time(self):
        """Frozen between vfork(2) and execve(2) it could not be stopped."""
        config = counting_config()
        config["process"]["args"][-1] = COUNTING.replace("sleep 0.01", "/bin/true")
        self.start(config)
        for _ in range(10):
            self.checkpoint("--leave-running")
        self.counts()

    def test_verbs_work_on_a_restored_container(self):
        self.start()
        self.checkpoint()
        self.restore()
        self.fail_with("already running", "start", "web")
        self.succeed("pause", "web")
        self.assertEqual(self.status(), "paused")
        self.succeed("resume", "web")
        self.assertIn(self.pid(), json.loads(self.succeed("ps", "--format", "json", "web")))
        self.fail_with("is not stopped", "delete", "web")
        self.succeed("delete", "--force", "web")
        self.assertEqual(self.containers.leftovers(), [])

    def test_streams(self):
        """Pipes that the restoring command has take the place of those that there were."""
        config = counting_config()
        config["process"]["args"] = ["/bin/sh", "-c", "read a; echo got $a; read b; echo got $b"]
        self.containers.write(config)

        def talk(*arguments):
            return subprocess.Popen(self.containers.command(*arguments), stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                    cwd=self.containers.bundle)

        with talk("run", "web") as first:
            first.stdin.write("one\n")
            first.stdin.flush()
            self.assertEqual(first.stdout.readline(), "got one\n")
            self.checkpoint()
            self.assertEqual(first.wait(harness.PATIENCE), 128 + signal.SIGKILL)
        with talk("restore", "--image-path", str(self.images), "web") as second:
            out, errors = second.communicate("two\n", harness.PATIENCE)
        self.assertEqual((out, second.returncode), ("got two\n", 0), (errors, self.log()))
        self.assertEqual(self.containers.leftovers(), [])

    def test_streams_that_the_program_has_put_aside(self):
        """A shell does so for each command that it redirects."""
        config = counting_config()
        config["process"]["args"][-1] = "exec 4>&1 1>/tmp/aside; " + COUNTING
        self.start(config)
        self.counts()
        self.checkpoint()
        self.restore()
        self.counts()

    def test_terminal(self):
        """The restored container has a new one, and its caller the master."""
        path = self.containers.folder / "console"
        config = counting_config()
        config["process"].update({"terminal": True, "args": [
            "/bin/sh", "-c", "tty; while read line; do echo got $line; done"]})
        self.containers.write(config)

        def talk(verb, *arguments):
            """What the terminal says to a line; its master, which must stay open."""
            with socket.socket(socket.AF_UNIX) as listener:
                path.unlink(missing_ok=True)
                listener.bind(str(path))
                listener.listen()
                self.succeed(verb, "--detach", "--console-socket", str(path), *arguments, "web")
                connection, _ = listener.accept()
            with connection:
                _, (master,), _, _ = socket.recv_fds(connection, 4096, 1)
            self.addCleanup(os.close, master)
            os.write(master, verb.encode() + b"\n")
            said = b""
            while b"got " + verb.encode() not in said:
                said += os.read(master, 4096)
            return said

        self.assertIn(b"/dev/pts/0", talk("run"))
        self.checkpoint()
        talk("restore", "--image-path", str(self.images))
        target = os.readlink(f"/proc/{self.pid()}/fd/0")
        self.assertEqual(target, "/dev/pts/0")

    def test_an_empty_network_is_set_up_by_hooks(self):
        told = self.containers.folder / "told"
        config = counting_config()
        config["hooks"] = {"createRuntime": [
            {"path": "/bin/sh", "args": ["sh", "-c", f"cat >> {told}"]}]}
        self.start(config)
        told.unlink()
        self.checkpoint("--empty-ns", "network")
        self.restore("--empty-ns", "network")
        self.counts()
        state = json.loads(told.read_text())
        self.assertEqual((state["id"], state["status"], state["pid"]),
                         ("web", "creating", self.pid()))

    def test_waiting_for_the_end(self):
        self.start()
        self.checkpoint()
        with self.begin("restore", "--image-path", str(self.images), "web") as waiting:
            self.assertTrue(harness.until(lambda: self.status() == "running"))
            self.counts()
            self.succeed("exec", "web", "/bin/touch", "/tmp/stop")
            self.assertEqual(waiting.wait(harness.PATIENCE), 7)
        self.assertEqual(self.containers.leftovers(), [])

    def test_a_killed_one_that_was_waited_for(self):
        self.start()
        self.checkpoint()
        with self.begin("restore", "--image-path", str(self.images), "web") as waiting:
            self.assertTrue(harness.until(lambda: self.status() == "running"))
            waiting.send_signal(signal.SIGKILL)
        self.assertEqual(self.status(), "running")
        self.succeed("delete", "--force", "web")
        self.assertEqual(self.containers.leftovers(), [])

    def test_missing_places_are_made(self):
        """The restored container's root file system is a new one."""
        source = self.containers.folder / "source"
        source.mkdir()
        config = counting_config()
        config["mounts"].append({"destination": "/new/data", "type": "bind",
                                 "source": str(source), "options": ["bind"]})
        self.start(config)
        self.checkpoint()
        rootfs = self.containers.bundle / "rootfs"
        (rootfs / "new/data").rmdir()
        (rootfs / "new").rmdir()
        (rootfs / "tmp").rmdir()
        self.restore()
        self.counts()

    def test_before_the_dump(self):
        feature = ["criu", "check", "--feature", "mem_dirty_track"]
        if subprocess.run(feature, capture_output=True, check=False).returncode != 0:
            self.skipTest("this kernel does not track memory")
        self.start()
        self.succeed("checkpoint", "--pre-dump", "--image-path",
                     str(self.containers.folder / "first"), "web")
        self.assertEqual(self.status(), "running")
        self.checkpoint("--parent-path", "../first")
        self.restore()
        self.counts()


@needs("root")
@needs_criu
class Refused(Base):
    def test_a_broken_folder(self):
        self.start()
        self.checkpoint()
        shutil.copytree(self.images, self.containers.folder / "whole")
        for name in sorted(os.listdir(self.images)):
            if not name.startswith(("core-", "inventory", "mountpoints-", "descript")):
                continue
            path = self.images / name
            path.write_bytes(path.read_bytes()[:9])
            done = self.run_verb("restore", "--detach", "--image-path", str(self.images),
                                       "web")
            self.assertEqual(done.returncode, OCI_FAILED, name)
            self.assertRegex(done.stderr, "criu cannot restore the container|is damaged")
            self.assertEqual(self.containers.leftovers(), [], name)
            shutil.copy(self.containers.folder / "whole" / name, path)
        self.restore()
        self.counts()

    def test_pages_that_are_cut_off(self):
        """criu reads on for ever; whoever ends the wait for it can remove what there is."""
        self.start()
        self.checkpoint()
        for path in self.images.glob("pages-*.img"):
            path.write_bytes(path.read_bytes()[:9])
        with self.begin("restore", "--image-path", str(self.images), "web") as command:
            try:
                self.assertEqual(command.wait(2), OCI_FAILED)
            except subprocess.TimeoutExpired:
                command.send_signal(signal.SIGTERM)
        self.succeed("delete", "--force", "web")
        self.assertTrue(harness.until(lambda: not self.containers.leftovers()),
                        self.containers.leftovers())

    def test_an_empty_folder(self):
        self.containers.write(counting_config())
        self.images.mkdir()
        self.fail_with("criu cannot restore the container: ", "restore", "--detach",
                       "--image-path", str(self.images), "web")
        self.fail_with(f"hint: see {self.images}/restore.log", "restore", "--detach",
                       "--image-path", str(self.images), "web")
        self.fail_with("cannot find the folder", "restore", "--detach", "--image-path",
                       str(self.images / "none"), "web")
        self.assertEqual(self.containers.leftovers(), [])

    def test_a_container_that_was_less_confined(self):
        """The images are another container's than the one that config.json asks for."""
        config = counting_config()
        del config["linux"]["seccomp"]
        config["process"]["noNewPrivileges"] = False
        self.start(config)
        self.checkpoint()
        for lack, change in (("no_new_privs", {"process": {"noNewPrivileges": True}}),
                             ("seccomp filter", {"linux": {"seccomp": FILTER}})):
            wanted = json.loads(json.dumps(config))
            for member, values in change.items():
                wanted[member].update(values)
            self.containers.write(wanted)
            self.fail_with(f"the restored container has no {lack}", "restore", "--detach",
                           "--image-path", str(self.images), "web")
            self.assertEqual(self.containers.leftovers(), [])

    def test_missing_criu(self):
        self.start()
        self.fail_with("criu is missing", "--criu", "/does/not/exist", "checkpoint",
                       "--image-path", str(self.images), "web")
        self.counts()

    def test_statuses(self):
        self.containers.write(counting_config())
        self.fail_with("does not exist", "checkpoint", "web")
        self.succeed("create", "web")
        self.fail_with("container not running: web is created", "checkpoint", "web")
        self.succeed("start", "web")
        self.succeed("kill", "web", "KILL")
        self.assertTrue(harness.until(lambda: self.status() == "stopped"))
        self.fail_with("container not running: web is stopped", "checkpoint", "web")

    def test_a_parent_that_is_none(self):
        self.start()
        arguments = ("--image-path", str(self.images), "web")
        self.fail_with("is not relative", "checkpoint", "--parent-path", "/x", *arguments)
        self.fail_with("there is no folder", "checkpoint", "--parent-path", "../x", *arguments)
        self.counts()


@needs("root")
@needs_criu
class Killed(Base):
    """Whatever is killed whenever: the container goes on or can be removed."""

    def interrupted(self, delay, *arguments):
        with self.begin(*arguments) as command:
            time.sleep(delay)
            command.send_signal(signal.SIGKILL)

    def measure(self, *arguments):
        begun = time.monotonic()
        self.succeed(*arguments)
        return time.monotonic() - begun

    def test_checkpoint(self):
        arguments = ("checkpoint", "--image-path", str(self.images), "web")
        self.start()
        whole = self.measure(*arguments)
        for step in range(8):
            self.start()
            self.interrupted(whole * step / 8, *arguments)
            self.assertTrue(harness.until(
                lambda: self.status() in (None, "running", "stopped")))
            self.succeed("delete", "--force", "web")
            self.assertTrue(harness.until(lambda: not self.containers.leftovers()),
                            (step, self.containers.leftovers()))

    def test_restore(self):
        arguments = ("restore", "--detach", "--image-path", str(self.images), "web")
        self.start()
        self.checkpoint()
        whole = self.measure(*arguments)
        self.succeed("delete", "--force", "web")
        for step in range(8):
            self.interrupted(whole * step / 8, *arguments)
            self.containers.run("delete", "--force", "web")
            self.assertTrue(harness.until(lambda: not self.containers.leftovers()),
                            (step, self.containers.leftovers()))


class Options(Base):
    def test_refused_by_name(self):
        for option in ("--lazy-pages", "--status-fd=3"):
            self.fail_with(option.partition("=")[0] + " is refused: ", "checkpoint", option, "web")
        for option in ("--lazy-pages", "--no-pivot"):
            self.fail_with(option + " is refused: ", "restore", option, "web")

    def test_values(self):
        for verb in ("checkpoint", "restore"):
            self.fail_with("--manage-cgroups-mode is soft, full, strict or ignore", verb,
                           "--manage-cgroups-mode", "none", "web")
            self.fail_with("--empty-ns is network", verb, "--empty-ns", "pid", "web")

    def test_what_engines_look_for(self):
        """Podman looks at the help for what a runtime can do."""
        self.assertIn("--lsm-mount-context", self.succeed("restore", "--help"))
        self.assertIn("--pre-dump", self.succeed("checkpoint", "--help"))

    @needs("root")
    def test_no_helper(self):
        """A hardrun that was built without libcriu says so."""
        with tempfile.TemporaryDirectory() as folder:
            alone = shutil.copy(harness.HARDRUN, folder)
            told = json.loads(subprocess.run([alone, "features"], capture_output=True,
                                             check=True).stdout)
            if told["annotations"]["org.opencontainers.runc.checkpoint.enabled"] == "true":
                self.skipTest("a helper is installed")
            self.containers.configure()
            self.succeed("run", "--detach", "web")
            done = subprocess.run([alone, *self.containers.command()[1:], "checkpoint",
                                   "--image-path", str(self.images), "web"],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, OCI_FAILED)
        self.assertRegex(done.stderr, "hardrun-criu is missing, which asks criu for checkpoints")
        self.assertEqual(self.status(), "running")


if __name__ == "__main__":
    harness.main()
