# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the attacks share: a namespace that shields the host, decoys that stand for it, racers.

An attack is judged by what it did to a decoy or to the host, or by what the container sees, not
by what the runtime says. With TEST_CONTROL=PATH the same attacks are run against another runtime:
a failed test is a hole of it. That is for a guest only.
"""

import contextlib
import hashlib
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from containers import Containers, default_config                            # noqa: E402

RUNTIME = os.environ.get("TEST_CONTROL") or harness.HARDRUN
RACER = os.environ.get("RACER", "racer")
WATCHER = os.environ.get("WATCHER", "watcher")
PYTHON = harness.PYTHON
SHELL = "/bin/sh"

# How often a race is run, and the time after which it is enough on a slow machine.
TRIES = int(os.environ.get("TEST_TRIES", "1000"))
RACE_SECONDS = float(os.environ.get("TEST_RACE_SECONDS", "0.75"))

CGROUPS = itertools.count()

# Mounts that are the container's own view of what a host has once.
SYS = {"destination": "/sys", "type": "sysfs", "source": "sysfs",
       "options": ["nosuid", "noexec", "nodev", "ro"]}
CGROUP = {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
          "options": ["nosuid", "noexec", "nodev", "ro"]}


def is_control():
    return RUNTIME != harness.HARDRUN


def hash_of(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def snapshot(folder):
    """All that is in @folder: names, kinds, owners, modes, contents, and when it was changed."""
    found = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        status = path.lstat()
        content = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = path.read_bytes()
        found[str(path)] = (status.st_mode, status.st_uid, status.st_gid, status.st_rdev,
                            status.st_ctime_ns, content)
    return found


def bind(source, target, *options):
    return {"destination": str(target), "type": "bind", "source": str(source),
            "options": ["rbind", *options]}


def tmpfs(target, *options):
    return {"destination": str(target), "type": "tmpfs", "source": "tmpfs",
            "options": list(options)}


def capabilities(*names):
    """The member of a process that has @names, but none to hand on."""
    return {kind: list(names) for kind in ("bounding", "effective", "permitted")}


class Victim(Containers):
    """Containers of the runtime that is attacked, and a decoy: a folder for the host's."""

    def __init__(self):
        self.cgroups = []
        super().__init__()
        self.decoy = self.folder / "decoy"
        self.decoy.mkdir()
        (self.decoy / "mark").write_text("the host's\n")
        self.rootfs = self.bundle / "rootfs"
        self.runtime = RUNTIME

    def write(self, config):
        """With a cgroup that nobody else's container has, where there can be one."""
        if (harness.CGROUP_ROOT / "cgroup.controllers").exists():
            self.cgroups.append(f"/hardrun-attack-{os.getpid()}-{next(CGROUPS)}")
            config["linux"].setdefault("cgroupsPath", self.cgroups[-1])
        super().write(config)

    def leftovers(self):
        lines = [line for line in super().leftovers() if not line.startswith("cgroup ")]
        return lines + [f"cgroup {path}" for path in self.cgroups
                        if (harness.CGROUP_ROOT / path[1:]).exists()]

    def command(self, *arguments):
        return [str(self.runtime), "--root", str(self.root), *map(str, arguments)]

    def close(self):
        self.runtime = RUNTIME
        self.delete_all()
        shutil.rmtree(self.folder)

    def ids(self):
        """Also those of the others, whose states lie in the root itself."""
        if not is_control():
            return super().ids()
        return sorted(os.listdir(self.root)) if self.root.is_dir() else []

    def change(self, mounts=(), linux=None, **process):
        """A config.json with more @mounts, other members of linux, others of the process."""
        config = default_config()
        config["process"].update(process)
        config["mounts"] += mounts
        config["linux"].update(linux or {})
        self.write(config)
        return config

    def reported(self, script, *arguments, mounts=(), linux=None, **process):
        """What a Python @script, run as the program, prints as JSON; None where it did not."""
        self.change(mounts, linux, args=harness.python(script, *arguments), **process)
        done = self.run("run", "report")
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else None


class Attack(unittest.TestCase):
    """Each has a victim of its own, and must leave nothing."""

    def setUp(self):
        self.victim = Victim()
        self.addCleanup(self.victim.close)
        self.before = snapshot(self.victim.decoy)

    def succeed(self, *arguments, **options):
        done = self.victim.run(*arguments, **options)
        self.assertEqual(done.returncode, 0, (arguments, done.stderr))
        return done.stdout

    def decoy_is_untouched(self):
        self.assertEqual(snapshot(self.victim.decoy), self.before)

    def nothing_is_left(self):
        if not is_control():
            self.assertEqual(self.victim.leftovers(), [])

    @contextlib.contextmanager
    def race(self, folder, one, other):
        """While two names of @folder are exchanged, the ways in which it is tried."""
        with subprocess.Popen([RACER, str(folder), one, other], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as racer:
            self.assertEqual(racer.stdout.readline(), "racing\n")
            yield self.tries()
            out, _ = racer.communicate(timeout=harness.PATIENCE)
            self.assertEqual(racer.returncode, 0)
            self.assertGreater(int(out), 100)

    @staticmethod
    def tries(most=TRIES):
        """Numbers: so many, or as many as time permits."""
        end = time.monotonic() + RACE_SECONDS
        for number in range(most):
            if number >= 5 and time.monotonic() > end:
                return
            yield number


def shield():
    """Begin this script anew where its mounts are its own."""
    if not harness.is_root() or "TEST_IS_SHIELDED" in os.environ:
        return
    os.environ["TEST_IS_SHIELDED"] = "1"
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private", PYTHON,
                          os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def mount_cgroup2():
    """In the shielded namespace: a hierarchy of version 2, where the host has another."""
    if harness.is_root() and not (harness.CGROUP_ROOT / "cgroup.controllers").exists():
        subprocess.run(["mount", "-t", "cgroup2", "cgroup2", str(harness.CGROUP_ROOT)],
                       check=False)


def main():
    shield()
    harness.main()
