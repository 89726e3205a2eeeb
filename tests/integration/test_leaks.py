#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hundreds of containers leave nothing behind.

All that containers leave their traces in is listed before and after: processes and the
descriptors of each, mounts, cgroups, directories, sockets, keyrings, AppArmor profiles. Two
containers run all the time, so that what grows with the number of others is seen in theirs. The
test runs in namespaces of its own, where nobody else's come and go.
"""

import concurrent.futures
import ctypes
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest
from collections import Counter

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))

import harness                                                               # noqa: E402
from containers import Containers, default_config                            # noqa: E402
from harness import needs                                                    # noqa: E402

SLOW = int(os.environ.get("HARDRUN_TEST_SLOW", "1"))
# An emulated guest does less of it in the same time.
COUNT = int(os.environ.get("TEST_CONTAINERS", 400 // SLOW))
WIDTH = 4

OUTER = 2000000000  # of the bundle; no one else's ids
IS_INSIDE = "TEST_IS_INSIDE"
CLONE_NEWCGROUP = 0x02000000


class World:
    """What is there that containers could leave, as lines of text by their kind."""

    def __init__(self, folder):
        self.folder = folder
        self.kinds = {
            "process": self.processes, "descriptor": self.descriptors, "mount": self.mounts,
            "cgroup": self.cgroups, "file": self.files, "socket": self.sockets,
            "keyring": self.keyrings, "AppArmor profile": self.profiles,
        }

    def look(self):
        harness.bury()
        return {kind: sorted(list_all()) for kind, list_all in self.kinds.items()}

    @staticmethod
    def numbers():
        return [entry for entry in os.listdir("/proc") if entry.isdigit()]

    def processes(self):
        return [f"{pid} {(harness.read(f'/proc/{pid}/comm') or '?').strip()}"
                for pid in self.numbers()]

    def descriptors(self):
        lines = []
        for pid in self.numbers():
            for number in os.listdir(f"/proc/{pid}/fd"):
                try:
                    target = os.readlink(f"/proc/{pid}/fd/{number}")
                except FileNotFoundError:
                    continue  # the one that lists them
                lines.append(f"{number} of process {pid}: {target}")
        return lines

    @staticmethod
    def mounts():
        return harness.read("/proc/self/mountinfo").splitlines()

    @staticmethod
    def cgroups():
        return [folder for folder, _, _ in os.walk(harness.CGROUP_ROOT)]

    def files(self):
        return [os.path.join(folder, name) for folder, folders, files in os.walk(self.folder)
                for name in folders + files]

    @staticmethod
    def sockets():
        """The kernel's addresses and numbers of them left out. Source: proc_net_unix(5)."""
        return [" ".join(line.split()[2:6] + line.split()[7:])
                for line in harness.read("/proc/net/unix").splitlines()[1:]]

    @staticmethod
    def keyrings():
        """By the user whose they are. Source: proc_key-users(5)."""
        lines = (harness.read("/proc/key-users") or "").splitlines()
        return [f"{number} of user {user}" for user, _, counts in (line.partition(":")
                                                                   for line in lines)
                if int(user) >= OUTER for number in range(int(counts.split()[0]))]

    @staticmethod
    def profiles():
        lines = (harness.read("/sys/kernel/security/apparmor/profiles") or "").splitlines()
        return [line for line in lines if "hardrun" in line]


def growth(before, after):
    """What is there more than before, and the processes that are not."""
    lines = [f"+ {kind} {line}" for kind in before
             for line in Counter(after[kind]) - Counter(before[kind])]
    return lines + [f"- process {line}" for line in before["process"]
                    if line not in after["process"]]


class Lives:
    """The ways of a container from its beginning to its end, each by its number."""

    def __init__(self, containers):
        self.containers = containers
        self.spec = containers.folder / "spec.json"
        self.missing = containers.folder / "missing.json"
        for path, program in ((self.spec, "/bin/true"), (self.missing, "/does/not/exist")):
            path.write_text(json.dumps(harness.fitting({"args": [program]})))
        self.ways = [self.launch, self.create, self.run_bundle, self.launch, self.detach,
                     self.launch_what_is_missing, self.launch, self.kill_the_launcher,
                     self.create_what_is_missing, self.launch]

    def live(self, number):
        self.ways[number % len(self.ways)](f"leaks-{number}")

    def expect(self, status, *arguments):
        done = self.containers.run(*arguments)
        if done.returncode != status:
            raise AssertionError(f"{arguments}: {done.returncode}, not {status}: {done.stderr}")
        return done

    def launch(self, name):
        self.expect(0, "--name", name, str(self.spec))

    def launch_what_is_missing(self, name):
        self.expect(harness.NOT_FOUND, "--name", name, str(self.missing))

    def kill_the_launcher(self, name):
        """What it leaves, the next one's command sweeps."""
        process = self.containers.start("--name", name, str(self.spec))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=harness.PATIENCE)

    def create(self, name):
        self.expect(0, "create", name)
        self.expect(0, "start", name)
        self.expect(0, "exec", name, "/bin/true")
        self.expect(255, "exec", name, "/does/not/exist")
        self.expect(0, "kill", name, "KILL")
        if not harness.until(lambda: self.containers.state(name)["status"] == "stopped"):
            raise AssertionError(f"{name} does not stop")
        self.expect(0, "delete", name)

    def create_what_is_missing(self, name):
        self.expect(1, "run", "--bundle", "../missing", name)

    def run_bundle(self, name):
        self.expect(0, "run", "--bundle", "../short", name)

    def detach(self, name):
        self.expect(0, "run", "--detach", name)
        self.expect(0, "delete", "--force", name)


def write_bundle(containers, name, program):
    """A bundle beside the one that there is, with its root; ids are this test's own."""
    config = default_config()
    config["process"]["args"] = program
    config["linux"]["namespaces"] += [{"type": "user"}, {"type": "cgroup"}]
    mapping = [{"containerID": 0, "hostID": OUTER, "size": 65536}]
    config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = mapping
    config["root"]["path"] = str(containers.bundle / "rootfs")
    folder = containers.folder / name
    folder.mkdir(exist_ok=True)
    containers.bundle, own = folder, containers.bundle
    containers.write(config, has_own_cgroup=False)
    containers.bundle = own


@needs("root", "user namespaces")
class Leaks(unittest.TestCase):
    def setUp(self):
        self.containers = Containers()
        self.addCleanup(self.containers.close)
        self.containers.folder.chmod(0o755)
        subprocess.run(["chown", "-R", f"{OUTER}:{OUTER}", self.containers.bundle / "rootfs"],
                       check=True)
        write_bundle(self.containers, "bundle", ["/bin/sleep", "1000000"])
        write_bundle(self.containers, "short", ["/bin/true"])
        write_bundle(self.containers, "missing", ["/does/not/exist"])
        self.lives = Lives(self.containers)
        self.world = World(self.containers.folder)
        self.observe()

    def observe(self):
        """One container of each kind, whose process is there from the first to the last."""
        spec = self.containers.folder / "sleep.json"
        spec.write_text(json.dumps(harness.fitting({"args": ["/bin/sleep", "1000000"]})))
        self.lives.expect(0, "run", "--detach", "observer")
        launcher = self.containers.start("--name", "native-observer", str(spec))
        self.addCleanup(launcher.wait)
        self.addCleanup(launcher.terminate)
        self.assertTrue(harness.until(lambda: any(
            line.endswith(" sleep") for line in
            (f"{pid} {(harness.read(f'/proc/{pid}/comm') or '').strip()}"
             for pid in harness.descendants(launcher.pid)))))

    def assert_nothing_is_left(self, before):
        """What the kernel removes by and by is waited for."""
        lines = []

        def has_nothing_grown():
            lines[:] = growth(before, self.world.look())
            return not lines

        if not harness.until(has_nothing_grown, patience=harness.PATIENCE / 4):
            self.fail("\n".join(lines[:40]))

    def test_containers_one_after_the_other_and_many_at_a_time(self):
        for number in range(len(self.lives.ways)):
            self.lives.live(number)
        self.lives.launch("sweeps")
        before = self.world.look()
        numbers = itertools.count(len(self.lives.ways))
        for number in itertools.islice(numbers, COUNT // 2):
            self.lives.live(number)
        with concurrent.futures.ThreadPoolExecutor(WIDTH) as pool:
            list(pool.map(self.lives.live, itertools.islice(numbers, COUNT - COUNT // 2)))
        self.lives.launch("sweeps")
        self.assert_nothing_is_left(before)


def enter():
    """Run this script anew in namespaces and a cgroup of its own. Returns its exit status."""
    harness.unshare_mounts()
    if not (harness.CGROUP_ROOT / "cgroup.controllers").exists():
        subprocess.run(["mount", "-t", "cgroup2", "cgroup2", harness.CGROUP_ROOT], check=False)
    own = None
    if (harness.CGROUP_ROOT / "cgroup.procs").exists():
        own = harness.CGROUP_ROOT / f"hardrun-leaks-{os.getpid()}"
        own.mkdir()
    script = os.path.abspath(sys.argv[0])
    try:
        return subprocess.run(
            ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc",
             sys.executable, script, *sys.argv[1:]],
            env={**os.environ, IS_INSIDE: str(own or "")}, check=False).returncode
    finally:
        if own is not None:
            remove_cgroup(own)


def remove_cgroup(own):
    for folder, _, _ in os.walk(own, topdown=False):
        os.rmdir(folder)


def settle():
    """In the own cgroup, which becomes the root of all that are seen."""
    own = os.environ[IS_INSIDE]
    if not own:
        return
    observer = pathlib.Path(own)
    (observer / "cgroup.procs").write_text("0", encoding="ascii")
    if harness.LIBC.unshare(CLONE_NEWCGROUP) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["umount", "--lazy", harness.CGROUP_ROOT], check=True)
    subprocess.run(["mount", "-t", "cgroup2", "cgroup2", harness.CGROUP_ROOT], check=True)
    (harness.CGROUP_ROOT / "observer").mkdir()
    (harness.CGROUP_ROOT / "observer/cgroup.procs").write_text("0", encoding="ascii")


if __name__ == "__main__":
    if harness.is_root() and IS_INSIDE not in os.environ:
        sys.exit(enter())
    if harness.is_root():
        settle()
    harness.main()
