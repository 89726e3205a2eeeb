#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 of each process at each stage leaves nothing, once the next command has swept.

kill_at (tests/support) kills at a chosen stop of a chosen process; the environment variable
KILL_AT names it. All stops are walked where that is quick, else as many as time allows.
"""

import os
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import Place, needs                                             # noqa: E402

KILL_AT = os.environ.get("KILL_AT", "kill_at")

# How long the walk over the stops of one process may take; seconds.
BUDGET = float(os.environ.get("SWEEP_BUDGET", "20"))


@needs("root")
class Sweep(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = Place()
        cls.addClassCleanup(cls.place.close)
        cls.secret = cls.place.folder / "secret"
        cls.secret.write_text("x")
        cls.spec = cls.place.write(harness.fitting({
            "args": harness.shell("exit 3"), "secrets": {"token": str(cls.secret)}}), "swept")
        cls.place.sweep()

    def trace(self, role, stop):
        """Returns "killed" and the launcher's wait status, or "ended" and how many there are."""
        result = subprocess.run([KILL_AT, role, str(stop), *self.place.command(self.spec)],
                                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                timeout=harness.PATIENCE, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        word, number = result.stdout.split()
        return word, int(number), result.stderr

    def check_end(self, role, stop, status, text):
        if role == "launcher":
            self.assertTrue(os.WIFSIGNALED(status), (stop, status))
            return
        # The launcher has seen the death of the other: it says so, or it is the program's own.
        # Or the death came after all was done.
        self.assertTrue(os.WIFEXITED(status), (stop, status, text))
        self.assertIn(os.WEXITSTATUS(status), (3, harness.FAILED, 128 + signal.SIGKILL),
                      (stop, text))

    def walk(self, role):
        started = time.monotonic()
        word, count, _ = self.trace(role, 0)
        self.assertEqual(word, "ended")
        self.assertGreater(count, 20, f"no stops of the {role} were seen")
        self.assertEqual(self.place.leftovers(), [])
        # A walk's step is a traced launch and one that sweeps.
        cost = 2 * (time.monotonic() - started)
        step = max(1, int(count * cost / BUDGET) + 1) if count * cost > BUDGET else 1
        print(f"# {role}: {count} stops, every {step}", flush=True)
        for stop in range(1, count + 1, step):
            word, status, text = self.trace(role, stop)
            if word == "ended":
                continue
            self.check_end(role, stop, status, text)
            swept = self.place.sweep()
            self.assertEqual(swept.returncode, 0, (stop, swept.stderr))
            self.assertEqual(self.place.leftovers(), [], f"{role} killed at stop {stop}")

    def test_killed_launcher(self):
        self.walk("launcher")

    def test_killed_init(self):
        self.walk("init")

    def test_killed_program(self):
        self.walk("program")


if __name__ == "__main__":
    harness.main()
