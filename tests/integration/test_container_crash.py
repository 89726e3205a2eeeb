#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Containers that outlive a command, when commands are killed or come at once.

Whatever is killed wherever, `delete --force` removes all that was left; kill_at (tests/support)
kills at a chosen stop, and the environment variable KILL_AT names it. Of several commands on one
container at a time, each does its work or says why not.
"""

import os
import signal
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

KILL_AT = os.environ.get("KILL_AT", "kill_at")

# How long the walk over the stops of one process may take; seconds. What is slow gets a few stops.
IS_SLOW = os.environ.get("HARDRUN_TEST_SLOW", "1") != "1"
BUDGET = float(os.environ.get("SWEEP_BUDGET", 8 if IS_SLOW else 2.5))

MANY = 8


@needs("root")
class Killed(unittest.TestCase):
    budget = BUDGET

    def setUp(self):
        self.containers = Containers()
        self.addCleanup(self.containers.close)

    def trace(self, role, stop, *arguments):
        """
        Returns "killed" and the launcher's wait status, or "ended" and how many there are. What
        the container inherits is a file: nobody waits for its end.
        """
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run([KILL_AT, role, str(stop),
                                   *self.containers.command(*arguments)],
                                  stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.DEVNULL, cwd=self.containers.bundle,
                                  timeout=harness.PATIENCE, check=False)
            out.seek(0)
            word, number = out.read().split()[-2:]
        self.assertEqual(done.returncode, 0)
        return word, int(number)

    def check(self, stop):
        """The state can be asked for, and the container can be removed."""
        state = self.containers.run("state", "web")
        self.assertIn(state.returncode, (0, 1), (stop, state.stderr))
        if state.returncode != 0:
            self.assertRegex(state.stderr, "does not exist|damaged|cannot open")
        deleted = self.containers.run("delete", "--force", "web")
        self.assertEqual(deleted.returncode, 0, (stop, deleted.stderr))
        self.assertEqual(self.containers.leftovers(), [], f"killed at stop {stop}")

    def walk(self, role, prepare, *arguments):
        started = time.monotonic()
        prepare()
        word, count = self.trace(role, 0, *arguments)
        self.assertEqual(word, "ended")
        self.assertGreater(count, 20, f"no stops of the {role} were seen")
        self.check(0)
        cost = time.monotonic() - started
        step = int(count * cost / self.budget) + 1
        print(f"# {role}: {count} stops, every {step}", flush=True)
        for stop in range(1, count + 1, step):
            prepare()
            self.trace(role, stop, *arguments)
            self.check(stop)

    def create(self):
        done = self.containers.run("create", "web")
        self.assertEqual(done.returncode, 0, done.stderr)

    def run_detached(self):
        done = self.containers.run("run", "--detach", "web")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_creating(self):
        self.walk("launcher", lambda: None, "create", "web")

    def test_being_created(self):
        self.walk("init", lambda: None, "create", "web")

    def test_starting(self):
        self.walk("launcher", self.create, "start", "web")

    def test_deleting(self):
        self.walk("launcher", self.run_detached, "delete", "--force", "web")

    def test_running_in_the_foreground(self):
        self.containers.configure(args=["/bin/true"])
        self.walk("launcher", lambda: None, "run", "web")


class KilledWithMountsOfTheHost(Killed):
    """Without a mount namespace of its own, the container's mounts are in ours."""

    budget = BUDGET / 4

    def setUp(self):
        super().setUp()
        config = default_config()
        config["linux"]["namespaces"].remove({"type": "mount"})
        self.containers.write(config)

    test_starting = None
    test_running_in_the_foreground = None


@needs("root")
class AtOnce(unittest.TestCase):
    def setUp(self):
        self.containers = Containers()
        self.addCleanup(self.containers.close)

    def statuses(self, *commands):
        running = [self.containers.start(*command) for command in commands]
        return [process.wait(timeout=harness.PATIENCE) for process in running]

    def test_one_of_many_creates(self):
        self.assertEqual(sorted(self.statuses(*[("create", "web")] * MANY)), [0] + [1] * (MANY - 1))
        self.assertEqual(self.containers.state("web")["status"], "created")

    def test_one_of_many_starts(self):
        self.assertEqual(self.containers.run("create", "web").returncode, 0)
        self.assertEqual(sorted(self.statuses(*[("start", "web")] * MANY)), [0] + [1] * (MANY - 1))
        self.assertEqual(self.containers.state("web")["status"], "running")

    def test_all_of_many_forced_deletes(self):
        self.assertEqual(self.containers.run("run", "--detach", "web").returncode, 0)
        self.assertEqual(self.statuses(*[("delete", "--force", "web")] * MANY), [0] * MANY)
        self.assertEqual(self.containers.leftovers(), [])

    def test_creates_and_deletes(self):
        for _ in range(MANY):
            self.statuses(*[("run", "--detach", "web"), ("delete", "--force", "web")] * 3)
            self.assertEqual(self.containers.run("delete", "--force", "web").returncode, 0)
            self.assertEqual(self.containers.leftovers(), [])

    def test_many_containers(self):
        self.containers.write(default_config(), has_own_cgroup=False)
        names = [f"web{i}" for i in range(3 * MANY)]
        self.assertEqual(set(self.statuses(*[("run", "--detach", name) for name in names])), {0})
        self.assertEqual(self.containers.run("list", "--quiet").stdout.split(), sorted(names))
        self.assertEqual(set(self.statuses(*[("kill", name, "KILL") for name in names])), {0})
        for name in names:
            self.assertTrue(harness.until(
                lambda name=name: self.containers.state(name)["status"] == "stopped"))
        self.assertEqual(set(self.statuses(*[("delete", name) for name in names])), {0})
        self.assertEqual(self.containers.leftovers(), [])


@needs("root")
class Damaged(unittest.TestCase):
    def setUp(self):
        self.containers = Containers()
        self.addCleanup(self.containers.close)

    def test_state_is_cut_off(self):
        self.assertEqual(self.containers.run("run", "--detach", "web").returncode, 0)
        pid = self.containers.state("web")["pid"]
        (self.containers.root / "oci/web/state.json").write_text("{")
        for command in (["state"], ["kill"], ["start"], ["delete"], ["exec"]):
            done = self.containers.run(*command, "web", *(["id"] if command == ["exec"] else []))
            self.assertIn(done.returncode, (1, 255), command)
            self.assertIn("hardrun delete --force web", done.stderr, command)
        self.assertEqual(self.containers.run("list", "-q").stdout, "")
        self.assertEqual(self.containers.run("delete", "--force", "web").returncode, 0)
        self.assertEqual(self.containers.ids(), [])
        os.kill(pid, signal.SIGKILL)

    def test_config_is_lost(self):
        self.assertEqual(self.containers.run("run", "--detach", "web").returncode, 0)
        (self.containers.root / "oci/web/config.json").unlink()
        self.assertEqual(self.containers.run("delete", "--force", "web").returncode, 0)
        self.assertEqual(self.containers.leftovers(), [])


if __name__ == "__main__":
    harness.main()
