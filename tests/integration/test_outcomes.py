#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a launch ends: exit statuses, signals, streams, and deaths at the wrong moment."""

import json
import os
import pathlib
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import HardrunTest, needs, python, relaxed, shell               # noqa: E402

MIB = 1 << 20


@needs("subordinate ids")
class Status(HardrunTest):
    """One shell tells all: a launch for each would tell nothing more."""

    def test_is_the_programs_own(self):
        spec = self.place.write(harness.fitting({"args": shell("exit $1")}))
        for status in (0, 1, 2, 77, 123, 124, 125, 126, 127, 128, 137, 254, 255):
            with self.subTest(status):
                result = self.place.run(spec, arguments=[str(status)])
                self.assertEqual((result.returncode, result.stderr), (status, b""))
        self.leave_nothing()

    def test_is_128_and_the_number_of_the_signal(self):
        spec = self.place.write(harness.fitting({"args": shell("kill -$1 $$")}))
        for name in ("HUP", "INT", "QUIT", "ILL", "ABRT", "KILL", "USR1", "SEGV", "PIPE", "ALRM",
                     "TERM", "XCPU", "SYS"):
            with self.subTest(name):
                number = getattr(signal, "SIG" + name)
                result = self.place.run(spec, arguments=[str(number)])
                self.assertEqual((result.returncode, result.stderr), (128 + number, b""))
        self.leave_nothing()

    def test_signal_of_real_time(self):
        number = signal.SIGRTMIN + 3
        result = self.place.run({"args": shell(f"kill -{number} $$")})
        self.assertEqual(result.returncode, 128 + number)

    def test_is_124_when_time_was_up(self):
        spec = {"args": ["/usr/bin/sleep", "1000"], "limits": {"timeout": "200ms"}}
        result = self.place.run(spec)
        self.assertEqual(result.returncode, harness.TIMED_OUT)
        self.leave_nothing()

    def test_is_124_for_a_program_that_ignores_signals(self):
        script = ("import signal, os\n"
                  "for number in set(range(1, 65)) - {9, 19, 32, 33}:\n"
                  "    signal.signal(number, signal.SIG_IGN)\n"
                  "while True:\n    signal.pause()\n")
        result = self.place.run({"args": python(script), "limits": {"timeout": "1s"}})
        self.assertEqual(result.returncode, harness.TIMED_OUT)
        self.leave_nothing()

    def test_time_that_is_not_up_changes_nothing(self):
        result = self.place.run({"args": shell("exit 3"), "limits": {"timeout": "1h"}})
        self.assertEqual(result.returncode, 3)

    def test_seccomp_can_kill(self):
        profile = self.place.folder / "profile.json"
        profile.write_text('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}')
        self.assert_refusal(self.place.run({"args": ["/usr/bin/true"],
                                            "seccomp": str(profile)}))
        default = harness.HERE.parent.parent / "profiles" / "seccomp" / "default.json"
        rules = json.loads(default.read_text())
        for rule in rules["syscalls"]:
            rule["names"] = [name for name in rule["names"] if name != "uname"]
        rules["syscalls"].insert(0, {"names": ["uname"], "action": "SCMP_ACT_KILL_PROCESS"})
        profile.write_text(json.dumps(rules))
        result = self.place.run({"args": ["/usr/bin/uname"], "seccomp": str(profile)})
        self.assertEqual(result.returncode, 128 + signal.SIGSYS, result.stderr)
        self.leave_nothing()


@needs("subordinate ids")
class NotStarted(HardrunTest):
    """126 and 127 are about the program; all else of hardrun's own is 125."""

    def put(self, name, content, mode=0o755):
        path = self.place.folder / name
        path.write_bytes(content)
        path.chmod(mode)
        return {"source": str(path), "target": "/program"}

    def run_file(self, content, mode=0o755):
        mount = self.put("program", content, mode)
        spec = {"args": ["/program"], "mounts": [mount],
                "relax": relaxed(exec_paths={"paths": ["/program"]})}
        return self.place.run(spec)

    def assert_not_started(self, result, status, *words):
        text = self.assert_refusal(result, status)
        self.assertIn("stage: exec", text)
        for word in words:
            self.assertIn(word, text)
        self.assertEqual(result.stdout, b"")
        self.leave_nothing()

    def test_missing_is_127(self):
        self.assert_not_started(self.place.run({"args": ["/usr/bin/is-not-there"]}),
                                harness.NOT_FOUND, "/usr/bin/is-not-there", "/args")

    def test_missing_in_path_is_127(self):
        self.assert_not_started(self.place.run({"args": ["is-not-there"]}),
                                harness.NOT_FOUND, "is-not-there")

    def test_path_is_searched(self):
        result = self.run_well({"args": ["true"]})
        self.assertEqual(result.stderr, b"")
        result = self.place.run({"args": ["true"], "env": {"PATH": "/is-not-there:/usr/bin"}})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_not_started(self.place.run({"args": ["true"], "env": {"PATH": "/etc"}}),
                                harness.NOT_FOUND)

    def test_relative_program_is_sought_in_the_working_directory(self):
        self.run_well({"args": ["./true"], "cwd": "/usr/bin"})

    def test_directory_is_126(self):
        self.assert_not_started(self.place.run({"args": ["/usr/bin"]}), harness.NOT_EXECUTABLE)

    def test_without_the_right_is_126(self):
        self.assert_not_started(self.place.run({"args": ["/etc/passwd"]}),
                                harness.NOT_EXECUTABLE)

    def test_noexec_is_126(self):
        spec = {"args": ["/program"], "mounts": [self.put("program", b"#!/bin/sh\n")]}
        self.assert_not_started(self.place.run(spec), harness.NOT_EXECUTABLE)

    def test_script_runs(self):
        result = self.run_file(b"#!/bin/sh\necho script\n")
        self.assertEqual((result.returncode, result.stdout), (0, b"script\n"), result.stderr)

    def test_missing_interpreter_is_127(self):
        self.assert_not_started(self.run_file(b"#!/is/not/there\n"), harness.NOT_FOUND)

    def test_interpreter_without_the_right_is_126(self):
        self.assert_not_started(self.run_file(b"#!/etc/passwd\n"), harness.NOT_EXECUTABLE)

    def test_text_is_126(self):
        self.assert_not_started(self.run_file(b"echo no interpreter\n"), harness.NOT_EXECUTABLE)

    def test_empty_file_is_126(self):
        self.assert_not_started(self.run_file(b""), harness.NOT_EXECUTABLE)

    def test_broken_binary_is_126(self):
        true = pathlib.Path("/usr/bin/true").read_bytes()
        self.assert_not_started(self.run_file(true[:64]), harness.NOT_EXECUTABLE)

    def test_binary_without_its_loader_is_127(self):
        true = pathlib.Path("/usr/bin/true").read_bytes()
        loader = next((name for name in (b"/lib64/ld-linux-x86-64.so.2",
                                         b"/lib/ld-linux-aarch64.so.1") if name in true), None)
        if loader is None:
            self.skipTest("this host lacks a dynamic /usr/bin/true")
        missing = b"/is-not-there".ljust(len(loader), b"\0")
        self.assert_not_started(self.run_file(true.replace(loader, missing)), harness.NOT_FOUND)

    def test_program_that_only_others_may_execute(self):
        """0700 of the host's root: the user inside is someone else."""
        if not harness.is_root():
            self.skipTest("this host lacks root")
        self.assert_not_started(self.run_file(b"#!/bin/sh\n", 0o700), harness.NOT_EXECUTABLE)

    def test_missing_working_directory_is_125(self):
        result = self.place.run({"args": ["/usr/bin/true"], "cwd": "/is/not/there"})
        text = self.assert_refusal(result)
        self.assertIn("/cwd", text)
        self.leave_nothing()

    def test_error_is_told_once(self):
        result = self.place.run({"args": ["/usr/bin/is-not-there"]})
        self.assertEqual(result.stderr.count(b"is-not-there"), 1, result.stderr)


# Says that it is ready, then the name of each signal that comes.
CATCHER = """
import os, signal
caught = (1, 2, 3, 10, 12, 14, 15)
signal.pthread_sigmask(signal.SIG_BLOCK, caught)
os.write(1, b"ready\\n")
number = 0
while number != signal.SIGTERM:
    number = signal.sigwait(caught)
    os.write(1, signal.Signals(number).name.encode() + b"\\n")
os._exit(9)
"""


@needs("subordinate ids")
class Signals(HardrunTest):
    def test_reach_the_program(self):
        running = self.place.start({"args": python(CATCHER)})
        self.assertEqual(running.read_line(), "ready\n", running)
        for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGTERM"):
            running.kill(getattr(signal, name))
            self.assertEqual(running.read_line(), name + "\n")
        self.assertEqual(running.finish().returncode, 9)
        self.leave_nothing()

    def test_end_a_program_that_does_not_catch_them(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            with self.subTest(number):
                running = self.place.start({"args": shell("echo ready; read line")})
                self.assertEqual(running.read_line(), "ready\n")
                running.kill(number)
                self.assertEqual(running.wait(), 128 + number)
                self.assertEqual(running.finish().stderr, b"")
        self.leave_nothing()

    def test_before_the_program_runs_they_are_not_lost(self):
        """Whenever it comes: the launch ends, with the signal's status or as a failure."""
        for _ in range(20):
            running = self.place.start({"args": ["/usr/bin/sleep", "1000"]})
            running.kill(signal.SIGTERM)
            status = running.wait()
            self.assertIn(status, (128 + signal.SIGTERM, -signal.SIGTERM, harness.FAILED))
        self.place.sweep()
        self.leave_nothing()

    def test_ignored_by_the_caller_are_not_ignored_inside(self):
        def ignore():
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})

        result = self.run_well({"args": ["/usr/bin/cat", "/proc/self/status"]},
                               preexec_fn=ignore)
        status = harness.process_status(result.stdout.decode())
        self.assertEqual((int(status["SigIgn"], 16), int(status["SigBlk"], 16)), (0, 0))


@needs("subordinate ids")
class Processes(HardrunTest):
    def test_zombies_are_reaped(self):
        """A daemon's parent dies: the init takes the daemon, and buries it."""
        script = """
import os, sys
reader, writer = os.pipe()
pid = os.fork()
if pid == 0:
    if os.fork() == 0:
        os.close(reader)
        while os.getppid() != 1:
            pass
        os.write(writer, str(os.getpid()).encode())
        os._exit(0)
    os._exit(0)
os.close(writer)
os.waitpid(pid, 0)
orphan = os.read(reader, 20).decode()
os.read(reader, 1)
while os.path.exists("/proc/" + orphan):
    pass
print("buried")
"""
        result = self.run_well({"args": python(script)})
        self.assertEqual(result.stdout, b"buried\n")

    def test_all_ends_with_the_program(self):
        script = """
import os, signal, sys
if os.fork() == 0:
    os.setsid()
    for number in set(range(1, 65)) - {9, 19, 32, 33}:
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        os.write(1, b"ready\\n")
        while True:
            signal.pause()
    os._exit(0)
sys.stdin.readline()
sys.exit(6)
"""
        running = self.place.start({"args": python(script)})
        self.assertEqual(running.read_line(), "ready\n")
        self.assertEqual(running.finish(b"\n").returncode, 6)
        self.leave_nothing()

    def kill_and_look(self, choose, statuses, **relax):
        running = self.place.start({"args": shell("echo ready; read line"),
                                    "relax": relaxed(**relax)})
        self.assertEqual(running.read_line(), "ready\n")
        init, program = running.init(), running.program()
        os.kill(choose(running), signal.SIGKILL)
        self.assertTrue(harness.outlive(init), "the init is still there")
        # In a PID namespace of its own it goes with the init. Else AppArmor unties it from the
        # init when it is executed, and the cgroup is what finds it.
        if relax:
            self.place.sweep()
        self.assertTrue(harness.outlive(program), "the program is still there")
        self.assertIn(running.wait(), statuses)
        self.place.sweep()
        self.leave_nothing()

    def test_killed_launcher_takes_all_along(self):
        self.kill_and_look(lambda running: running.pid, {-signal.SIGKILL})

    @needs("root")
    def test_killed_init_takes_all_along(self):
        self.kill_and_look(lambda running: running.init(),
                           {128 + signal.SIGKILL, harness.FAILED})

    def test_killed_launcher_takes_all_along_among_the_hosts_processes(self):
        self.kill_and_look(lambda running: running.pid, {-signal.SIGKILL}, host_pid={})

    @needs("root")
    def test_killed_init_takes_all_along_among_the_hosts_processes(self):
        self.kill_and_look(lambda running: running.init(),
                           {128 + signal.SIGKILL, harness.FAILED}, host_pid={})

    @needs("root")
    def test_killed_program_is_a_killed_program(self):
        self.kill_and_look(lambda running: running.program(), {128 + signal.SIGKILL})

    def test_killed_launcher_leaves_nothing_after_the_next_command(self):
        for _ in range(3):
            running = self.place.start({"args": shell("echo ready; read line")})
            self.assertEqual(running.read_line(), "ready\n")
            running.kill()
            running.wait()
        self.assertEqual(self.place.sweep().returncode, 0)
        self.leave_nothing()

    @needs("cgroup v2")
    def test_memory_limit_kills_all(self):
        script = ("import os\n"
                  "if os.fork():\n    os.wait()\n    print('survived')\n"
                  "held = b'x' * %d\n" % (256 * MIB))
        result = self.place.run({"args": python(script), "limits": {"memory": "64MiB"}})
        self.assertEqual((result.returncode, result.stdout), (128 + signal.SIGKILL, b""))
        self.leave_nothing()

    @needs("cgroup v2")
    def test_smallest_memory_starts(self):
        result = self.place.run({"args": ["/usr/bin/true"], "limits": {"memory": "512KiB"}})
        self.assertEqual(result.returncode, 0, result.stderr)

    @needs("cgroup v2")
    def test_fork_bomb_is_contained(self):
        script = ("import os, sys\n"
                  "count = 0\n"
                  "try:\n"
                  "    while True:\n"
                  "        if os.fork() == 0:\n            import signal; signal.pause()\n"
                  "        count += 1\n"
                  "except BlockingIOError:\n    print(count)\n")
        result = self.run_well({"args": python(script), "limits": {"pids": 20}})
        # The init and the program are the other two.
        self.assertEqual(result.stdout, b"18\n")
        self.leave_nothing()


@needs("subordinate ids")
class Streams(HardrunTest):
    def test_pass_through_untouched(self):
        data = os.urandom(3 * MIB)
        result = self.run_well({"args": shell("cat; echo err >&2")}, input=data)
        self.assertEqual(result.stdout, data)
        self.assertEqual(result.stderr, b"err\n")

    def test_are_the_same_open_files(self):
        path = self.place.folder / "out"
        with open(path, "wb") as file:
            file.write(b"before\n")
            file.flush()
            self.run_well({"args": shell("echo inside")}, stdout=file)
            file.seek(0, os.SEEK_END)
            file.write(b"after\n")
        self.assertEqual(path.read_bytes(), b"before\ninside\nafter\n")

    def close_and_run(self, *fds):
        def close():
            for fd in fds:
                os.close(fd)

        path = self.place.folder / "seen"
        path.touch(mode=0o666)
        path.chmod(0o666)
        script = ("import os, sys\n"
                  "seen = [os.readlink('/proc/self/fd/' + fd) for fd in sys.argv[2:]]\n"
                  "file = os.open(sys.argv[1], os.O_WRONLY)\n"
                  "os.write(file, ' '.join(seen).encode())\n")
        result = self.place.run({"args": python(script, str(path), *map(str, fds)),
                                 "relax": relaxed(write={"paths": [str(path)]})},
                                stdin=None, stdout=None, stderr=None, preexec_fn=close)
        return result.returncode, path.read_text()

    def test_closed_ones_do_no_harm(self):
        """What stands in their place is none of hardrun's files."""
        for fds in ((0,), (1,), (2,), (0, 1), (0, 1, 2)):
            with self.subTest(fds):
                status, seen = self.close_and_run(*fds)
                self.assertEqual(status, 0)
                self.assertEqual(seen.split(), ["/dev/null"] * len(fds))
        self.leave_nothing()

    def test_directory_of_the_host_is_refused(self):
        spec = self.place.write(harness.fitting({"args": ["/usr/bin/true"]}))
        root = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, root)
        result = subprocess.run(self.place.command(spec), stdin=root, capture_output=True,
                                text=True, check=False, timeout=harness.PATIENCE)
        self.assertEqual((result.returncode, result.stderr),
                         (harness.FAILED, "hardrun: standard input is a directory of the host\n"))

    def test_broken_pipe_ends_the_program(self):
        running = self.place.start({"args": shell("while echo y; do :; done; exit 5")})
        self.assertEqual(running.read_line(), "y\n")
        running.process.stdout.close()
        self.assertIn(running.wait(), (128 + signal.SIGPIPE, 5))
        self.leave_nothing()

    def test_spec_from_standard_input(self):
        spec = harness.fitting({"args": ["/usr/bin/cat"]})
        result = self.place.run("-", input=json.dumps(spec).encode())
        self.assertEqual((result.returncode, result.stdout), (0, b""), result.stderr)


@needs("subordinate ids")
class Several(HardrunTest):
    def test_two_at_a_time_do_not_disturb_each_other(self):
        script = shell("echo ready; read line; cat /proc/sys/kernel/hostname")
        path = self.place.write(harness.fitting({"args": script}), "twin")
        pair = [subprocess.Popen(self.place.command(path), stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE) for _ in range(2)]
        for process in pair:
            self.addCleanup(process.stdin.close)
            self.assertEqual(process.stdout.readline(), b"ready\n")
        names = os.listdir(self.place.root / "containers")
        self.assertEqual(len(names), 2)
        self.assertIn("twin", names)
        pair[0].kill()
        pair[0].communicate()
        out, _ = pair[1].communicate(b"\n", timeout=harness.PATIENCE)
        self.assertEqual(pair[1].returncode, 0)
        self.assertIn(out.decode().strip(), names)
        self.place.sweep()
        self.leave_nothing()

    def test_an_explicit_name_is_taken_once(self):
        running = self.place.start({"name": "only", "args": shell("echo ready; read line")})
        self.assertEqual(running.read_line(), "ready\n")
        result = self.place.run({"name": "only", "args": ["/usr/bin/true"]})
        self.assertIn("only", self.assert_refusal(result))
        self.assertEqual(running.finish(b"\n").returncode, 0)
        self.run_well({"name": "only", "args": ["/usr/bin/true"]})
        self.leave_nothing()

    def test_many_in_turn_leave_nothing(self):
        spec = self.place.write(harness.fitting({"args": ["/usr/bin/true"]}))
        for _ in range(10):
            self.assertEqual(self.place.run(spec).returncode, 0)
        self.leave_nothing()

    def test_many_at_once(self):
        spec = self.place.write(harness.fitting({"args": ["/usr/bin/true"]}))
        pack = [subprocess.Popen(self.place.command(spec), stdin=subprocess.DEVNULL)
                for _ in range(12)]
        self.assertEqual([process.wait(harness.PATIENCE) for process in pack], [0] * len(pack))
        self.leave_nothing()


if __name__ == "__main__":
    harness.main()
