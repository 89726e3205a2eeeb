#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What engines rely on: options, files, sockets, descriptors, statuses and wording of the verbs."""

import array
import json
import os
import re
import signal
import socket
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from containers import Containers, default_config                            # noqa: E402
from harness import needs                                                    # noqa: E402

SHELL = "/bin/sh"
OCI_FAILED = 1
EXEC_FAILED = 255


def fails(containers, status, words, *arguments):
    """The command fails with this status and these words."""
    done = containers.run(*arguments)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    assert words in done.stderr, (arguments, done.stderr)


def receive(listener):
    """What one connection sends: its text and the descriptors."""
    connection, _ = listener.accept()
    with connection:
        fds = array.array("i")
        text, control, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(16 * fds.itemsize))
        for _, _, data in control:
            fds.frombytes(data[:len(data) - len(data) % fds.itemsize])
    return text.decode(), list(fds)


class Base(unittest.TestCase):
    def setUp(self):
        self.containers = Containers()
        self.addCleanup(self.containers.close)

    def succeed(self, *arguments, **options):
        done = self.containers.run(*arguments, **options)
        self.assertEqual(done.returncode, 0, (arguments, done.stderr))
        return done.stdout

    def stopped(self, name):
        self.assertTrue(harness.until(
            lambda: self.containers.state(name)["status"] == "stopped"))

    def listener(self, name):
        path = self.containers.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        # The path is longer than an address can be.
        folder = os.open(path.parent, os.O_PATH)
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
        os.close(folder)
        listener.listen(1)
        listener.settimeout(harness.PATIENCE)
        return listener, str(path)


@needs("root")
class Life(Base):
    def test_from_create_to_delete(self):
        self.succeed("create", "--bundle", str(self.containers.bundle), "web")
        state = self.containers.state("web")
        self.assertEqual(state["status"], "created")
        self.assertEqual(state["bundle"], str(self.containers.bundle))
        self.assertEqual(state["rootfs"], str(self.containers.bundle / "rootfs"))
        self.assertRegex(state["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$")
        self.assertEqual(state["owner"], "root")
        self.assertEqual(state["ociVersion"], "1.3.0")
        self.succeed("start", "web")
        self.assertEqual(self.containers.state("web")["status"], "running")
        self.succeed("kill", "web", "9")
        self.stopped("web")
        self.assertEqual(self.containers.state("web")["pid"], 0)
        self.succeed("delete", "web")
        self.assertEqual(self.containers.leftovers(), [])

    def test_a_created_container_is_deleted(self):
        self.succeed("create", "web")
        self.succeed("delete", "web")
        self.assertEqual(self.containers.leftovers(), [])

    def test_run_has_the_status_of_the_program(self):
        self.containers.configure(args=[SHELL, "-c", "exit 7"])
        self.assertEqual(self.containers.run("run", "web").returncode, 7)
        self.assertEqual(self.containers.leftovers(), [])

    def test_run_keeps_the_container(self):
        self.containers.configure(args=["/bin/true"])
        self.succeed("run", "--keep", "web")
        self.assertEqual(self.containers.state("web")["status"], "stopped")

    def test_annotations_are_in_the_state(self):
        config = default_config()
        config["annotations"] = {"org.example": "a \"quoted\"\nword"}
        self.containers.write(config)
        self.succeed("create", "web")
        self.assertEqual(self.containers.state("web")["annotations"], config["annotations"])

    def test_an_ended_process_is_no_other_one(self):
        self.succeed("run", "--detach", "web")
        os.kill(self.containers.state("web")["pid"], signal.SIGKILL)
        self.stopped("web")


@needs("root")
class Wording(Base):
    def test_of_what_does_not_exist(self):
        for command in (["state"], ["start"], ["kill"], ["delete"], ["pause"], ["resume"], ["ps"],
                        ["events"], ["update"]):
            fails(self.containers, OCI_FAILED, "container does not exist", *command, "web")
        fails(self.containers, EXEC_FAILED, "container does not exist", "exec", "web", "id")
        self.succeed("delete", "--force", "web")

    def test_of_what_has_stopped(self):
        self.containers.configure(args=["/bin/true"])
        self.succeed("run", "--detach", "web")
        self.stopped("web")
        for command in ("kill", "pause", "events", "update"):
            fails(self.containers, OCI_FAILED, "container not running", command, "web")
        fails(self.containers, OCI_FAILED, "container not paused", "resume", "web")
        fails(self.containers, OCI_FAILED, "cannot start a container that has stopped", "start",
              "web")
        fails(self.containers, EXEC_FAILED, "container not running", "exec", "web", "id")

    def test_of_what_is_running(self):
        self.succeed("run", "--detach", "web")
        fails(self.containers, OCI_FAILED, "that is not stopped: running", "delete", "web")
        fails(self.containers, OCI_FAILED, "already exists", "create", "web")
        fails(self.containers, OCI_FAILED, "already running", "start", "web")
        fails(self.containers, OCI_FAILED, "container not paused", "resume", "web")
        self.assertEqual(self.containers.state("web")["status"], "running")

    def test_of_programs_that_cannot_be_executed(self):
        config = default_config()
        config["linux"]["cgroupsPath"] = self.containers.cgroup + ".other"
        self.containers.write(config)
        self.succeed("run", "--detach", "other")
        for program, words in (("/missing", "no such file or directory"),
                               ("missing", "no such file or directory"),
                               ("/etc", "permission denied")):
            fails(self.containers, EXEC_FAILED, words, "exec", "other", program)
            self.containers.configure(args=[program])
            fails(self.containers, OCI_FAILED, words, "run", "web")
            fails(self.containers, OCI_FAILED, words, "create", "web")
            fails(self.containers, OCI_FAILED, "container does not exist", "state", "web")

    def test_of_a_program_that_fails_at_the_start(self):
        script = self.containers.bundle / "rootfs/script"
        script.write_text("#!/missing\n")
        script.chmod(0o755)
        self.containers.configure(args=["/script"])
        self.succeed("create", "web")
        fails(self.containers, OCI_FAILED, "no such file or directory", "start", "web")
        self.succeed("delete", "web")

    def test_of_ids_and_operands(self):
        for name in ("", "a/b", "..", "a b"):
            fails(self.containers, OCI_FAILED, "invalid container id", "create", name)
        fails(self.containers, OCI_FAILED, "too few arguments", "create")
        fails(self.containers, OCI_FAILED, "too many arguments", "state", "a", "b")
        fails(self.containers, EXEC_FAILED, "no program", "exec", "web")
        fails(self.containers, OCI_FAILED, "unknown signal", "kill", "web", "NONSENSE")
        fails(self.containers, OCI_FAILED, "does not exist", "checkpoint", "--image-path", "x",
              "web")
        fails(self.containers, OCI_FAILED, "cannot find the folder checkpoint", "restore",
              "-no-subreaper", "web")


@needs("root")
class Files(Base):
    def test_log(self):
        path = self.containers.folder / "log.json"
        log = ["--log", str(path), "--log-format", "json"]
        self.succeed(*log, "create", "web")
        # Without a policy of the host the container's weaknesses are told of.
        told = [json.loads(line)["level"] for line in path.read_text().splitlines()]
        self.assertEqual(set(told), {"warning"})
        path.unlink()
        fails(self.containers, OCI_FAILED, "already exists", *log, "create", "web")
        entry = json.loads(path.read_text())
        self.assertEqual(entry["level"], "error")
        self.assertEqual(entry["msg"], "container with given ID already exists: web")
        self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT")

    def test_log_of_a_failure_is_one_object(self):
        path = self.containers.folder / "log.json"
        log = ["--log", str(path), "--log-format", "json"]
        self.containers.configure(args=["/missing"], capabilities={"bounding": ["CAP_NONSENSE"]})
        fails(self.containers, OCI_FAILED, "no such file", *log, "run", "web")
        self.assertIn("no such file or directory", json.loads(path.read_text())["msg"])
        self.containers.configure(args=["/bin/true"], capabilities={"bounding": ["CAP_NONSENSE"]})
        path.unlink()
        self.succeed(*log, "run", "web")
        self.assertEqual(json.loads(path.read_text().splitlines()[0])["level"], "warning")

    def test_log_of_a_wrong_command_line(self):
        path = self.containers.folder / "log.json"
        fails(self.containers, OCI_FAILED, "unknown option", "--log", str(path), "--log-format",
              "json", "create", "--nonsense", "web")
        self.assertIn("unknown option", json.loads(path.read_text())["msg"])

    def test_pid_file(self):
        path = self.containers.folder / "pid"
        path.write_text("what was there")
        self.succeed("create", "--pid-file", str(path), "web")
        self.assertEqual(path.read_text(), str(self.containers.state("web")["pid"]))
        self.succeed("start", "web")
        self.succeed("exec", "--detach", "--pid-file", str(path), "web", "/bin/sleep", "1000")
        pid = path.read_text()
        self.assertRegex(pid, r"^\d+$")
        self.assertEqual(harness.read(f"/proc/{pid}/comm"), "sleep\n")
        self.assertEqual(sorted(os.listdir(self.containers.folder)), ["bundle", "pid", "root"])

    def test_a_pid_file_that_cannot_be_written(self):
        fails(self.containers, OCI_FAILED, "no such file or directory", "create", "--pid-file",
              "/missing/pid", "web")
        self.assertEqual(self.containers.leftovers(), [])

    def test_console_socket(self):
        listener, path = self.listener("a" * 200 + "/" + "b" * 60)
        self.containers.configure(terminal=True, args=[SHELL, "-c", "stty size; tty"])
        self.succeed("create", "--console-socket", path, "web")
        name, fds = receive(listener)
        self.assertEqual(len(fds), 1)
        self.assertLess(len(name), 4096)
        with open(fds[0], "rb", buffering=0) as terminal:
            self.assertTrue(os.isatty(terminal.fileno()))
            self.succeed("start", "web")
            text = b""
            while b"/dev/pts" not in text:
                text += terminal.read(100)
        self.succeed("delete", "--force", "web")

    def test_console_socket_of_exec(self):
        listener, path = self.listener("console")
        self.succeed("run", "--detach", "web")
        self.succeed("exec", "--tty", "--detach", "--console-socket", path, "web", SHELL, "-c",
                     "tty; sleep 1000")
        _, fds = receive(listener)
        self.assertEqual(len(fds), 1)
        with open(fds[0], "rb", buffering=0) as terminal:
            self.assertIn(b"/dev/pts", terminal.read(100))

    def test_a_terminal_that_nobody_holds(self):
        self.containers.configure(terminal=True)
        fails(self.containers, OCI_FAILED, "nobody would hold the terminal", "create", "web")
        self.containers.configure()
        fails(self.containers, OCI_FAILED, "no terminal", "create", "--console-socket", "/x",
              "web")
        self.assertEqual(self.containers.leftovers(), [])

    def test_pidfd_socket(self):
        listener, path = self.listener("pidfd")
        self.succeed("create", "--pidfd-socket", path, "web")
        _, fds = receive(listener)
        number = re.search(r"^Pid:\s*(\d+)$", harness.read(f"/proc/self/fdinfo/{fds[0]}"),
                           re.MULTILINE)[1]
        self.assertEqual(int(number), self.containers.state("web")["pid"])
        os.close(fds[0])

    def test_spec_writes_no_file_over(self):
        (self.containers.bundle / "config.json").unlink()
        self.succeed("spec")
        fails(self.containers, OCI_FAILED, "exists. Remove it first", "spec")


@needs("root")
class Descriptors(Base):
    def passed(self, environment, *options):
        """What a container finds: the environment's variables and the descriptors from 3 on."""
        self.containers.configure(args=[
            SHELL, "-c", "echo ${LISTEN_FDS-none} ${LISTEN_PID-none}; "
            "for i in 3 4 5 6; do [ -e /proc/self/fd/$i ] && echo $i; done; exit 0"])
        # Descriptors have numbers of their own in the child alone.
        script = "".join(f"exec {fd}</etc/hostname; " for fd in (3, 4))
        done = subprocess.run(
            [SHELL, "-c", script + 'exec "$@"', SHELL,
             *self.containers.command("run", *options, "web")],
            env={**os.environ, **environment}, cwd=self.containers.bundle, capture_output=True,
            text=True, stdin=subprocess.DEVNULL, timeout=harness.PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def test_none(self):
        self.assertEqual(self.passed({}), ["none", "none"])

    def test_preserved(self):
        self.assertEqual(self.passed({}, "--preserve-fds", "1"), ["none", "none", "3"])

    def test_listening(self):
        self.assertEqual(self.passed({"LISTEN_FDS": "2"}), ["2", "1", "3", "4"])

    def test_both(self):
        self.assertEqual(self.passed({"LISTEN_FDS": "1"}, "--preserve-fds", "1"),
                         ["1", "1", "3", "4"])

    def test_the_same_twice(self):
        self.assertEqual(self.passed({"LISTEN_FDS": "2"}, "--preserve-fds", "2"),
                         ["2", "1", "3", "4"])

    def test_a_pipe_of_conmon_is_not_one(self):
        self.assertEqual(self.passed({"LISTEN_FDS": "1", "_OCI_SYNCPIPE": "4"}, "--preserve-fds",
                                     "1"), ["1", "1", "3"])

    def test_too_many(self):
        fails(self.containers, OCI_FAILED, "descriptors are to be passed", "create",
              "--preserve-fds", "9", "web")


@needs("root")
class Notify(Base):
    """A container's READY=1 reaches the caller's NOTIFY_SOCKET, and nothing else of it does."""

    PROGRAM = ("import os, socket, time; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); "
               "s.connect(os.environ['NOTIFY_SOCKET']); s.send(b'MAINPID=1\\nSTATUS=x'); "
               "time.sleep(0.2); s.send(b'X=1\\nREADY=1\\n'); time.sleep({})")

    def setUp(self):
        super().setUp()
        self.host = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.host.close)
        path = str(self.containers.folder / "host.sock")
        self.host.bind(path)
        self.host.settimeout(harness.PATIENCE)
        self.environment = {**os.environ, "NOTIFY_SOCKET": path}

    def configure(self, seconds):
        self.containers.configure(args=[harness.PYTHON, "-c", self.PROGRAM.format(seconds)])

    def test_start_waits(self):
        self.configure(1000)
        self.succeed("create", "web", env=self.environment)
        self.succeed("start", "web", env=self.environment)
        pid = self.containers.state("web")["pid"]
        self.assertEqual(self.host.recv(4096).decode(), f"READY=1\nMAINPID={pid}\n")

    def test_run_in_the_foreground_does_not(self):
        self.configure(0.2)
        self.succeed("run", "web", env=self.environment)
        self.assertEqual(self.host.recv(4096).decode(), "READY=1\n")
        self.assertEqual(self.containers.leftovers(), [])

    def test_a_program_that_ends_before(self):
        self.containers.configure(args=["/bin/true"])
        self.succeed("run", "--detach", "web", env=self.environment)
        self.stopped("web")


@needs("root")
class Exec(Base):
    def setUp(self):
        super().setUp()
        self.succeed("run", "--detach", "web")

    def test_status(self):
        self.assertEqual(self.containers.run("exec", "web", SHELL, "-c", "exit 9").returncode, 9)
        self.assertEqual(self.containers.run("exec", "web", SHELL, "-c",
                                             "kill -TERM $$").returncode, 128 + signal.SIGTERM)

    def test_options_end_at_the_id(self):
        self.assertEqual(self.succeed("exec", "-e", "A=1", "-env", "B=2", "--cwd=/tmp", "web",
                                      SHELL, "-c", "echo $A $B $PWD $#", "--", "-x", "--help"),
                         "1 2 /tmp 2\n")

    def test_process_file(self):
        path = self.containers.folder / "process.json"
        path.write_text(json.dumps({
            "user": {"uid": 7, "gid": 8}, "cwd": "/tmp", "env": ["A=b"],
            "args": [SHELL, "-c", "echo $(/usr/bin/id -u):$(/usr/bin/id -g) $PWD $A"]}))
        self.assertEqual(self.succeed("exec", "--process", str(path), "web"), "7:8 /tmp b\n")

    def test_user_is_numbers(self):
        for user in ("root", "1:", ":1", "-1", "4294967296", "01", " 1"):
            done = self.containers.run("exec", "--user", user, "web", "/usr/bin/id")
            self.assertEqual(done.returncode, EXEC_FAILED, user)
        self.assertEqual(self.succeed("exec", "-u", "1", "web", "/usr/bin/id", "-u"), "1\n")

    def test_many_at_once(self):
        running = [self.containers.start("exec", "web", "/bin/true") for _ in range(16)]
        self.assertEqual({process.wait() for process in running}, {0})
        self.assertEqual(self.containers.state("web")["status"], "running")


@needs("root")
class Options(Base):
    def test_one_dash_and_switches(self):
        done = subprocess.run([harness.HARDRUN, f"-root={self.containers.root}", "-debug",
                               "--rootless=false", "-systemd-cgroup=false", "list", "-f", "json"],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "[]\n", ""))

    def test_they_are_no_options_of_a_spec(self):
        done = self.containers.run("--systemd-cgroup", "x.json")
        self.assertEqual(done.returncode, harness.FAILED)
        self.assertIn("unknown option --systemd-cgroup", done.stderr)

    def test_list_and_ps(self):
        self.succeed("run", "--detach", "web")
        pid = self.containers.state("web")["pid"]
        self.assertEqual(self.succeed("list", "-q"), "web\n")
        (entry,) = json.loads(self.succeed("list", "--format=json"))
        self.assertEqual((entry["id"], entry["pid"], entry["status"]), ("web", pid, "running"))
        lines = self.succeed("list").splitlines()
        self.assertEqual(lines[0].split(),
                         ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"])
        self.assertEqual(lines[1].split()[:3], ["web", str(pid), "running"])
        self.assertEqual(json.loads(self.succeed("ps", "--format", "json", "web")), [pid])
        self.assertEqual(self.succeed("ps", "web", "-o", "pid,args").split(),
                         ["PID", "COMMAND", str(pid), "/bin/sleep", "1000"])

    def test_ps_of_a_long_line(self):
        self.succeed("run", "--detach", "web")
        pid = self.containers.state("web")["pid"]
        self.succeed("exec", "--detach", "web", "/bin/sh", "-c", "sleep 1000; :",
                     f"forged {pid} " * 2000)
        pids = json.loads(self.succeed("ps", "--format", "json", "web"))
        _, *lines = self.succeed("ps", "web", "-eo", "user,pid,args").splitlines()
        self.assertEqual([int(line.split()[1]) for line in lines], pids)

    def test_version(self):
        for arguments in (["--version"], ["-v"], ["version"]):
            done = self.containers.run(*arguments)
            self.assertEqual(done.stderr, "")
            lines = done.stdout.splitlines()
            self.assertRegex(lines[0], r"^runc version hardrun \d")
            self.assertRegex(lines[1], r"^hardrun version \d")
            self.assertRegex(lines[2], r"^commit: ")
            self.assertEqual(lines[3], "spec: 1.3.0")

    def test_features(self):
        done = self.containers.run("features")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        features = json.loads(done.stdout)
        self.assertEqual(features["ociVersionMax"], "1.3.0")
        self.assertEqual(features["hooks"], sorted(features["hooks"]))
        self.assertEqual(len(features["hooks"]), 6)
        self.assertLessEqual({"rro", "rbind", "idmap", "tmpcopyup"}, set(features["mountOptions"]))
        self.assertEqual(features["linux"]["namespaces"],
                         ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"])
        self.assertEqual(features["linux"]["capabilities"][0], "CAP_CHOWN")
        self.assertEqual(features["linux"]["cgroup"]["v1"], False)
        self.assertIn("SCMP_ACT_NOTIFY", features["linux"]["seccomp"]["actions"])


if __name__ == "__main__":
    harness.main()
