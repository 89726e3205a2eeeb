#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hardrun check, from outside: what it prints, what its exit status says, what it leaves alone.

The binary is named by the environment variable HARDRUN.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import harness  # noqa: E402

HARDRUN = os.environ["HARDRUN"]

FINE = 0
LACKING = 1
FAILED = 125

# What no host lacks: everything that a host may not have is relaxed.
MODEST = {
    "args": ["/usr/bin/true"],
    "relax": {
        "apparmor-if-available": {"reason": "this test runs on any host"},
        "no-limits": {
            "limits": ["memory", "swap", "cpus", "pids"],
            "reason": "this test runs on any host",
        },
    },
}


def check(spec, *options):
    text = spec if isinstance(spec, str) else json.dumps(spec)
    return subprocess.run([HARDRUN, "check", *options, "-"], input=text,
                          capture_output=True, text=True, timeout=60)


def has_own_ids():
    """Root has; an ordinary user needs a range in /etc/subuid."""
    return os.geteuid() == 0


class ExitStatus(unittest.TestCase):
    @unittest.skipUnless(has_own_ids(), "an ordinary user may have no subordinate ids")
    def test_what_the_host_can_run_is_fine(self):
        result = check(MODEST)
        self.assertEqual(result.returncode, FINE, result.stdout + result.stderr)
        self.assertIn("This host lacks\nnothing", result.stdout)

    def test_a_missing_source_is_lacking_and_told_with_its_origin(self):
        spec = {**MODEST, "mounts": [{"source": "/srv/is-not-there", "target": "/data"},
                                     {"source": "/srv/nor-this", "target": "/more"}]}
        result = check(spec, "--json")
        self.assertEqual(result.returncode, LACKING, result.stderr)
        lacks = {lack["where"]: lack["what"] for lack in json.loads(result.stdout)["lacks"]}
        self.assertTrue(any(where.startswith("/mounts/0") for where in lacks), lacks)
        self.assertTrue(any(where.startswith("/mounts/1") for where in lacks), lacks)

    def test_an_invalid_spec_fails_and_prints_no_plan(self):
        for spec in ('{"args": []}', '{"argz": ["id"]}', '{', ''):
            with self.subTest(spec):
                result = check(spec)
                self.assertEqual(result.returncode, FAILED)
                self.assertEqual(result.stdout, "")
                self.assertTrue(result.stderr.startswith("hardrun: "), result.stderr)

    def test_the_number_of_specs_must_be_one(self):
        for operands in ([], ["-", "-"]):
            result = subprocess.run([HARDRUN, "check", *operands], input="{}",
                                    capture_output=True, text=True, timeout=60)
            self.assertEqual(result.returncode, FAILED)
            self.assertIn("check takes one spec", result.stderr)


class Output(unittest.TestCase):
    def test_text_and_json_name_the_same_stages_in_the_same_order(self):
        stages = [stage["name"] for stage in json.loads(check(MODEST, "--json").stdout)["stages"]]
        text = check(MODEST).stdout.split("The stages inside, in order\n")[1].split("\n\n")[0]
        heads = [line.split()[0] for line in text.splitlines() if not line.startswith(" ")]
        self.assertEqual(heads, stages)
        self.assertEqual(stages[-1], "exec")

    def test_every_stage_is_explained(self):
        spec = {**MODEST, "terminal": True, "secrets": {"token": "/usr/lib/os-release"}}
        self.assertNotIn("not explained", check(spec).stdout)

    def test_relaxations_carry_their_reason(self):
        relaxations = json.loads(check(MODEST, "--json").stdout)["relaxations"]
        self.assertEqual({relaxation["name"] for relaxation in relaxations},
                         {"apparmor-if-available", "no-limits"})
        for relaxation in relaxations:
            self.assertEqual(relaxation["reason"], "this test runs on any host")

    def test_values_of_the_environment_are_not_shown(self):
        result = check({**MODEST, "env": {"COLOUR": "hidden-value"}})
        self.assertIn("COLOUR", result.stdout)
        self.assertNotIn("hidden-value", result.stdout)

    def test_a_pipe_gets_no_colour(self):
        self.assertNotIn("\033", check(MODEST).stdout)


class Effects(unittest.TestCase):
    def test_nothing_is_made(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder, "state")
            result = check(MODEST, "--root", str(root))
            self.assertIn(result.returncode, (FINE, LACKING))
            self.assertFalse(root.exists())


if __name__ == "__main__":
    harness.main()
