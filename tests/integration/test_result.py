#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--result: what CI reads after every outcome."""

import json
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import HardrunTest, needs                                       # noqa: E402

MEMBERS = {
    "version", "hardrun", "name", "digest", "hardrun_exit_status", "exit_code", "signal",
    "signal_name", "timed_out", "wall_seconds", "cpu_user_seconds", "cpu_system_seconds",
    "memory_peak_bytes", "oom_kills", "pids_peak", "pids_max_hits", "io_read_bytes",
    "io_written_bytes", "throttled_seconds", "denials", "relaxations", "error",
}
MIB = 1 << 20


@needs("subordinate ids")
class Result(HardrunTest):
    def result_of(self, spec, *options, status=0, **more):
        path = self.place.folder / "result.json"
        run = self.place.run(spec, "--result", path, *options, **more)
        self.assertEqual(run.returncode, status, run.stderr)
        result = json.loads(path.read_text())
        self.assertEqual(set(result), MEMBERS)
        self.assertEqual(result["hardrun_exit_status"], status)
        self.assertEqual([name for name in os.listdir(self.place.folder) if name.startswith(".")],
                         [])
        self.leave_nothing()
        return result

    def test_success(self):
        result = self.result_of({"name": "fine", "args": ["/usr/bin/true"]})
        self.assertEqual((result["exit_code"], result["signal"], result["timed_out"]),
                         (0, None, False))
        self.assertEqual(result["name"], "fine")
        self.assertIsNone(result["error"])
        self.assertRegex(result["digest"], "^[0-9a-f]{64}$")
        self.assertGreater(result["wall_seconds"], 0)
        self.assertEqual({item["name"] for item in result["relaxations"]},
                         set(harness.what_the_host_lacks()))

    def test_relaxations_carry_their_reasons(self):
        result = self.result_of({"args": ["/usr/bin/true"],
                                 "relax": harness.relaxed(host_uts={})})
        entry = next(item for item in result["relaxations"] if item["name"] == "host-uts")
        self.assertEqual(entry["reason"], harness.REASON)
        self.assertTrue(entry["control"])

    def test_digest_is_of_the_effective_spec(self):
        """Not of its spelling; the name is part of it."""
        spec = harness.fitting({"name": "one", "args": ["/usr/bin/true"]})
        first = self.result_of(self.place.write(json.dumps(spec)))["digest"]
        spelled = json.dumps(dict(reversed(spec.items())), indent=7)
        self.assertEqual(self.result_of(self.place.write(spelled))["digest"], first)
        other = self.result_of({**spec, "args": ["/usr/bin/true", "x"]}, fit=False)["digest"]
        self.assertNotEqual(other, first)

    def test_the_programs_own_status(self):
        result = self.result_of({"args": harness.shell("exit 7")}, status=7)
        self.assertEqual((result["exit_code"], result["signal"]), (7, None))

    def test_a_signal(self):
        result = self.result_of({"args": harness.shell("kill -SEGV $$")},
                                status=128 + signal.SIGSEGV)
        self.assertEqual((result["exit_code"], result["signal"], result["signal_name"]),
                         (None, signal.SIGSEGV, "SEGV"))

    def test_time_limit(self):
        result = self.result_of({"args": ["/usr/bin/sleep", "1000"]}, "--timeout", "1s",
                                status=harness.TIMED_OUT)
        self.assertIs(result["timed_out"], True)
        self.assertGreaterEqual(result["wall_seconds"], 1)

    def test_program_that_is_missing(self):
        result = self.result_of({"args": ["/usr/bin/is-not-there"]}, status=harness.NOT_FOUND)
        self.assertIsNone(result["exit_code"])
        self.assertEqual(result["error"]["stage"], "exec")
        self.assertIn("/usr/bin/is-not-there", result["error"]["message"])
        self.assertIsNone(result["denials"]["seccomp"])

    def test_spec_that_is_wrong(self):
        result = self.result_of({"args": []}, status=harness.FAILED, fit=False)
        self.assertEqual(result["error"]["at"].split(" ")[0], "/args")
        self.assertIsNone(result["relaxations"])
        self.assertIsNone(result["digest"])

    def test_times_are_of_the_program(self):
        script = ("import time\n"
                  "while time.process_time() < 0.2:\n    pass\n")
        result = self.result_of({"args": harness.python(script)})
        self.assertGreaterEqual(result["cpu_user_seconds"] + result["cpu_system_seconds"], 0.2)

    @needs("cgroup v2")
    def test_figures_of_the_cgroup(self):
        script = ("import os, signal\n"
                  "held = bytearray(%d)\n"
                  "held[::4096] = b'x' * len(held[::4096])\n"
                  "for _ in range(5):\n    os.fork() or signal.pause()\n" % (32 * MIB))
        result = self.result_of({"args": harness.python(script)})
        self.assertGreater(result["memory_peak_bytes"], 32 * MIB)
        self.assertLess(result["memory_peak_bytes"], 512 * MIB)
        self.assertGreaterEqual(result["pids_peak"], 7)
        self.assertEqual((result["oom_kills"], result["pids_max_hits"]), (0, 0))
        self.assertIsNotNone(result["throttled_seconds"])

    @needs("cgroup v2")
    def test_memory_limit_is_hit(self):
        script = "held = b'x' * %d" % (128 * MIB)
        result = self.result_of({"args": harness.python(script)}, "--memory", "32MiB",
                                status=128 + signal.SIGKILL)
        self.assertGreaterEqual(result["oom_kills"], 1)
        self.assertEqual(result["signal_name"], "KILL")

    @needs("cgroup v2")
    def test_limit_of_processes_is_hit(self):
        script = ("import os, signal, sys\n"
                  "try:\n"
                  "    while True:\n"
                  "        os.fork() or signal.pause()\n"
                  "except BlockingIOError:\n    sys.exit(3)\n")
        result = self.result_of({"args": harness.python(script)}, "--pids", "8", status=3)
        self.assertGreaterEqual(result["pids_max_hits"], 1)
        self.assertEqual(result["pids_peak"], 8)

    @needs("a readable kernel log", "root")
    def test_denied_calls_are_counted(self):
        script = ("import ctypes\n"
                  "libc = ctypes.CDLL(None)\n"
                  "for _ in range(3):\n    libc.unshare(0x10000000)\n")
        result = self.result_of({"args": harness.python(script)})
        denials = result["denials"]
        if denials["unknown_because"] is not None:
            self.skipTest("this host lacks " + denials["unknown_because"])
        # Without auditing the kernel logs nothing.
        if denials["seccomp"] == 0 and " audit=1" not in (harness.read("/proc/cmdline") or ""):
            self.skipTest("this host lacks auditing")
        self.assertGreaterEqual(denials["seccomp"], 3)

    def test_a_file_that_is_there_is_replaced(self):
        path = self.place.folder / "result.json"
        path.write_text("old")
        self.result_of({"args": ["/usr/bin/true"]})

    def test_a_link_is_replaced_and_not_followed(self):
        target = self.place.folder / "target"
        target.write_text("kept")
        path = self.place.folder / "result.json"
        path.symlink_to(target)
        self.result_of({"args": ["/usr/bin/true"]})
        self.assertEqual(target.read_text(), "kept")
        self.assertFalse(path.is_symlink())

    def test_a_place_that_cannot_be_is_refused_before_anything_runs(self):
        marker = self.place.make_folder("marker")
        spec = {"args": ["/usr/bin/touch", f"{marker}/ran"],
                "relax": harness.relaxed(write={"paths": [str(marker)]})}
        for path in ("/is-not-there/result.json", str(self.place.folder), "/dev/null"):
            with self.subTest(path):
                text = self.assert_refusal(self.place.run(spec, "--result", path))
                self.assertIn("--result", text)
        self.assertEqual(os.listdir(marker), [])

    def test_unwritable_result_does_not_hide_the_status(self):
        """The folder goes while the program runs: that is an error, and told."""
        folder = self.place.make_folder("gone")
        running = self.place.start({"args": harness.shell("echo ready; read line; exit 4")},
                                   "--result", folder / "result.json")
        self.assertEqual(running.read_line(), "ready\n")
        folder.rmdir()
        result = running.finish(b"\n")
        self.assert_refusal(result)


if __name__ == "__main__":
    harness.main()
