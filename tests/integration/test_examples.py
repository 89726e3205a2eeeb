#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples of profiles/examples: each runs, and shows what its README says.

Each is copied to a folder of the test's own and run from there, as a reader would.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import harness  # noqa: E402

EXAMPLES = HERE.parent.parent / "profiles/examples"
CONTAINER_ID = 65532


def needs_program(path):
    """Skip where the program is not installed."""
    return unittest.skipUnless(os.path.exists(path), f"this host lacks {path}")


def fitting(spec):
    """@spec without what this host cannot give. A limit is not both set and lifted."""
    spec = harness.fitting(spec)
    lifted = spec.get("relax", {}).get("no-limits", {"limits": []})["limits"]
    limits = {name: value for name, value in spec.get("limits", {}).items() if name not in lifted}
    return {**spec, "limits": limits}


class Example(harness.HardrunTest):
    """One example; @name is its folder's and its spec's."""

    name = None

    def setUp(self):
        super().setUp()
        self.folder = self.place.folder / self.name
        shutil.copytree(EXAMPLES / self.name, self.folder,
                        ignore=shutil.ignore_patterns("data", "out", "project", "result.json"))
        self.spec = self.folder / f"{self.name}.json"
        self.change_spec(fitting)

    def change_spec(self, change):
        self.spec.write_text(json.dumps(change(json.loads(self.spec.read_text()))))

    def make_writable(self, name):
        """As the README says: by root, the folder is given to the container's user."""
        folder = self.folder / name
        folder.mkdir()
        if harness.is_root():
            os.chown(folder, CONTAINER_ID, CONTAINER_ID)
        return folder

    def run_example(self, *options, arguments=()):
        result = self.place.run(self.spec, "--name", self.place.new_name(), *options,
                                arguments=arguments, text=True)
        self.leave_nothing()
        return result

    def run_example_well(self, *options, arguments=()):
        result = self.run_example(*options, arguments=arguments)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result


@harness.needs("user namespaces", "subordinate ids")
class WebServer(Example):
    name = "web-server"

    @needs_program("/usr/sbin/nginx")
    def test_serves_its_page(self):
        page = (self.folder / "site/index.html").read_text()
        result = self.run_example_well()
        self.assertEqual(result.stdout, page)
        self.assertEqual(result.stderr, "")

    @needs_program("/usr/sbin/nginx")
    def test_serves_what_the_host_has_and_nothing_that_was_built_in(self):
        (self.folder / "site/index.html").write_text("another page\n")
        self.assertEqual(self.run_example_well().stdout, "another page\n")

    def test_relaxes_nothing(self):
        self.assertNotIn("relax", json.loads((EXAMPLES / self.name / self.spec.name).read_text()))


@harness.needs("user namespaces", "subordinate ids")
class Redis(Example):
    name = "redis"

    def stored(self, data):
        return b"".join(path.read_bytes() for path in data.glob("appendonlydir/*.aof"))

    @needs_program("/usr/bin/redis-server")
    def test_data_outlive_the_container(self):
        data = self.make_writable("data")
        first = self.run_example_well()
        self.assertEqual(first.stdout.splitlines(),
                         ["visits: 1", "SET greeting: OK", "GET greeting: kept on the host"])
        self.assertIn(b"kept on the host", self.stored(data))
        self.assertIn("visits: 2", self.run_example_well().stdout.splitlines())

    @needs_program("/usr/bin/redis-server")
    def test_data_belong_to_whom_the_readme_says(self):
        data = self.make_writable("data")
        self.run_example_well()
        owner = CONTAINER_ID if harness.is_root() else os.geteuid()
        owners = {path.stat().st_uid for path in data.rglob("*")}
        self.assertEqual(owners, {owner})

    def test_data_are_the_only_writable_place(self):
        self.make_writable("data")
        self.change_spec(lambda spec: {**spec, "args": harness.shell(
            "for place in . /opt/redis/redis.conf / /etc /usr /opt/redis /srv; do\n"
            "  [ ! -w $place ] || echo $place; done")})
        self.assertEqual(self.run_example_well().stdout, ".\n")

    def test_a_missing_folder_is_named(self):
        result = self.run_example()
        self.assert_refusal(result)
        self.assertIn(str(self.folder / "data"), result.stderr)


@harness.needs("user namespaces", "subordinate ids")
class TimeLimit(Example):
    name = "time-limit"

    def test_in_time_the_status_is_the_programs_own(self):
        self.change_spec(lambda spec: {**spec, "limits": {"timeout": f"{harness.PATIENCE:.0f}s"}})
        self.assertEqual(self.run_example_well().stdout, "step 1 of 1\ndone\n")

    def test_too_late_the_status_is_124_and_the_output_is_kept(self):
        result = self.run_example(arguments=["600"])
        self.assertEqual(result.returncode, harness.TIMED_OUT, result.stderr)
        self.assertTrue(result.stdout.startswith("step 1 of 600\n"), result.stdout)
        self.assertNotIn("done", result.stdout)

    def test_an_option_lowers_the_limit(self):
        file = self.folder / "result.json"
        result = self.run_example("--timeout", "500ms", "--result", file, arguments=["600"])
        self.assertEqual(result.returncode, harness.TIMED_OUT, result.stderr)
        told = json.loads(file.read_text())
        self.assertTrue(told["timed_out"])
        self.assertGreaterEqual(told["wall_seconds"], 0.5)
        self.assertLess(told["wall_seconds"], 5)


@harness.needs("user namespaces", "subordinate ids", "a C compiler")
class CBuild(Example):
    name = "c-build"

    def build(self, *options, arguments=()):
        file = self.folder / "result.json"
        result = self.run_example("--result", file, *options, arguments=arguments)
        return result, json.loads(file.read_text())

    def test_builds_and_tests_a_program_that_runs_on_the_host(self):
        out = self.make_writable("out")
        result, told = self.build()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("8 cases pass", result.stdout)
        self.assertEqual(
            subprocess.run([out / "roman", "2024"], capture_output=True, text=True).stdout,
            "MMXXIV\n")
        self.assertEqual((told["exit_code"], told["hardrun_exit_status"], told["error"]),
                         (0, 0, None))
        self.assertIs(told["timed_out"], False)
        self.assertGreater(told["wall_seconds"], 0)
        self.assertGreater(told["cpu_user_seconds"] + told["cpu_system_seconds"], 0)

    def test_the_result_names_what_is_relaxed_and_why(self):
        self.make_writable("out")
        _, told = self.build()
        reasons = {entry["name"]: entry["reason"] for entry in told["relaxations"]}
        self.assertEqual(set(reasons) - set(fitting({}).get("relax", {})),
                         {"write", "exec-paths"})
        self.assertIn("read-only", reasons["write"])

    @harness.needs("cgroup v2")
    def test_the_result_tells_the_peaks(self):
        self.make_writable("out")
        _, told = self.build()
        self.assertGreater(told["memory_peak_bytes"], 1024 * 1024)
        self.assertGreaterEqual(told["pids_peak"], 3)
        self.assertEqual((told["oom_kills"], told["pids_max_hits"]), (0, 0))

    def test_a_failed_build_is_told(self):
        self.make_writable("out")
        (self.folder / "src/main.c").write_text("int main(void) { return missing; }\n")
        result, told = self.build()
        self.assertEqual((result.returncode, told["exit_code"]), (2, 2), result.stderr)
        self.assertIn("missing", result.stderr)

    def test_sources_cannot_be_changed(self):
        self.make_writable("out")
        (self.folder / "src/Makefile").write_text("all:\n\techo changed > /src/main.c\n")
        before = (self.folder / "src/main.c").read_text()
        result, _ = self.build()
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual((self.folder / "src/main.c").read_text(), before)

    def test_further_arguments_reach_make(self):
        out = self.make_writable("out")
        self.assertEqual(self.build()[0].returncode, 0)
        self.assertEqual(self.build(arguments=["clean"])[0].returncode, 0)
        self.assertEqual(list(out.iterdir()), [])


@harness.needs("user namespaces", "subordinate ids")
class CodingAgent(Example):
    name = "coding-agent"

    allowed = {
        "write a file in the project",
        "run it with Python",
        "commit it with git",
        "use scratch space in /tmp",
    }
    denied = {
        "read somebody's ~/.ssh",
        "read /etc/shadow",
        "follow a link out of the project",
        "write beside the project",
        "write to /etc",
        "write to /usr",
        "run a program that it wrote",
        "connect to the network",
        "resolve a name",
        "open a raw socket",
        "connect to a container engine",
        "trace a process",
        "see the host's processes",
        "mount a file system",
        "make a user namespace",
        "become root",
    }

    @needs_program("/usr/bin/git")
    def test_can_do_its_work_and_nothing_else(self):
        project = self.make_writable("project")
        beside = sorted(self.folder.iterdir())
        result = self.run_example()
        attempts = {"allowed": set(), "denied": set()}
        for line in result.stdout.splitlines():
            verdict, name = line.split(maxsplit=1)
            attempts[verdict].add(name.split(":")[0])
        self.assertEqual(attempts, {"allowed": self.allowed, "denied": self.denied},
                         result.stdout + result.stderr)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual((project / "hello.py").read_text(), 'print("hello")\n')
        self.assertTrue((project / ".git/refs/heads/main").exists())
        self.assertEqual(sorted(self.folder.iterdir()), beside)

    @needs_program("/usr/bin/git")
    def test_says_when_it_can_do_more_than_it_should(self):
        """The attempts are real: with a control lifted, one of them succeeds."""
        self.make_writable("project")
        self.change_spec(lambda spec: {**spec, "relax": {**spec["relax"], **harness.relaxed(
            exec_paths={"paths": ["./project"]})}})
        result = self.run_example()
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("allowed  run a program that it wrote\n", result.stdout)


class Folder(unittest.TestCase):
    """All of the examples together."""

    names = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())

    def test_each_has_a_test(self):
        self.assertEqual(self.names, sorted(kind.name for kind in Example.__subclasses__()))

    def test_each_is_in_the_table(self):
        table = (EXAMPLES / "README.md").read_text()
        for name in self.names:
            self.assertIn(f"[{name}]({name}/)", table)

    def test_each_says_how_to_run_it(self):
        for name in self.names:
            self.assertRegex((EXAMPLES / name / "README.md").read_text(),
                             rf"hardrun (profiles/examples/{name}/)?{name}\.json")


if __name__ == "__main__":
    harness.main()
