#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attacks on a process that joins a container, and by what it is given: descriptors, ids, rights."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import attacks                                                               # noqa: E402
import harness                                                               # noqa: E402
from harness import PYTHON, needs                                            # noqa: E402

EXECUTIONS = 100

# Descriptors 3 to 20 are a directory, and stay open.
LEAK = """
import os, sys
os.closerange(3, 100)
folder = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
for fd in range(4, 21):
    os.dup2(folder, fd)
os.set_inheritable(folder, True)
os.execvp(sys.argv[2], sys.argv[2:])
"""

# Without privileges in the container: what a program of it has.
STATUS = """
import json, os
status = dict(line.rstrip("\\n").split(":\\t", 1) for line in open("/proc/self/status")
              if ":\\t" in line)
held = {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
        if os.path.lexists(f"/proc/self/fd/{fd}")}
print(json.dumps({"status": status, "fds": held, "here": os.listdir("."), "cwd": os.getcwd()}))
"""


class Watched(attacks.Attack):
    """A container whose program is the watcher, with the right to look into others."""

    def setUp(self):
        super().setUp()
        shutil.copy(shutil.which(attacks.WATCHER), self.victim.rootfs / "watcher")

    def configure(self, *args, **more):
        self.victim.change(args=list(args),
                           capabilities=attacks.capabilities("CAP_SYS_PTRACE"), **more)

    def judge(self, text):
        """Nothing but the container's was found, and there was something to be found."""
        lines = text.splitlines()
        self.assertEqual([line for line in lines if line.startswith("found")], [])
        self.assertGreater(int(lines[-1].split()[1]), 0, text)


# In the container, with the right to trace: seizes all that comes, and says what it could do.
TRACER = """
import ctypes, os
ptrace = ctypes.CDLL(None, use_errno=True).ptrace
ptrace.argtypes = [ctypes.c_long] * 4
SEIZE, INTERRUPT, DETACH, ALL = 0x4206, 0x4207, 17, 0x40000000
def status(pid):
    with open(f"/proc/{pid}/status") as lines:
        return dict(line.rstrip("\\n").split(":\\t", 1) for line in lines if ":\\t" in line)
seen = {str(os.getpid())}
print("own", status("self")["CapBnd"], flush=True)
while True:
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or pid in seen:
            continue
        seen.add(pid)
        if ptrace(SEIZE, int(pid), 0, 0) != 0:
            continue
        try:
            held = status(pid)
            print("seized", held["CapPrm"], held["CapEff"], held["Name"], flush=True)
        except OSError:
            pass
        ptrace(INTERRUPT, int(pid), 0, 0)
        if os.WIFSTOPPED(os.waitpid(int(pid), ALL)[1]):
            ptrace(DETACH, int(pid), 0, 0)
"""

# A filter that asks hardrun for a right, as those of engines do.
FILTER = {"defaultAction": "SCMP_ACT_ALLOW",
          "syscalls": [{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
                       {"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}


@needs("root")
class TracedFromWithin(attacks.Attack):
    """A process that joins is taken over by one of the container's that may trace others."""

    def trace(self, executions=EXECUTIONS, **more):
        """What was seized while processes came, and all that the container may have."""
        self.victim.change(args=harness.python(TRACER),
                           capabilities=attacks.capabilities("CAP_SYS_PTRACE"), **more)
        with tempfile.TemporaryFile("w+") as out:
            tracing = subprocess.Popen(self.victim.command("run", "web"), stdout=out,
                                       stdin=subprocess.DEVNULL, cwd=self.victim.bundle)
            with tracing:
                self.assertTrue(harness.until(lambda: os.pread(out.fileno(), 4, 0) == b"own "))
                for _ in self.tries(executions):
                    self.victim.run("exec", "web", "/bin/true")
                self.succeed("kill", "web", "9")
            out.seek(0)
            own, *lines = out.read().splitlines()
        return int(own.split()[1], 16), [line.split() for line in lines]

    def judge(self, own, seized):
        self.assertGreater(len(seized), 0)
        for _, permitted, effective, *name in seized:
            self.assertEqual((int(permitted, 16) | int(effective, 16)) & ~own, 0, name)

    def test_it_can_do_no_more_than_the_container(self):
        self.judge(*self.trace())

    def test_with_a_filter_that_takes_a_right_to_load(self):
        self.judge(*self.trace(linux={"seccomp": FILTER}, noNewPrivileges=False))

    def test_with_no_new_privileges(self):
        self.judge(*self.trace(linux={"seccomp": FILTER}, noNewPrivileges=True))

    def test_a_filter_that_could_not_be_loaded_in_time_is_refused(self):
        strict = {"defaultAction": "SCMP_ACT_ALLOW",
                  "syscalls": [{"names": ["setsid"], "action": "SCMP_ACT_ERRNO"}]}
        self.victim.change(args=["/bin/sleep", "1000"], linux={"seccomp": strict},
                           noNewPrivileges=False,
                           capabilities=attacks.capabilities("CAP_SYS_PTRACE"))
        self.succeed("run", "--detach", "web")
        done = self.victim.run("exec", "web", "/bin/true")
        self.assertNotEqual(done.returncode, 0)
        if not attacks.is_control():
            self.assertIn("forbids setsid", done.stderr)
            self.assertIn("exec --no-new-privs", done.stderr)
        self.succeed("exec", "--no-new-privs", "web", "/bin/true")


@needs("root")
class CVE_2016_9962(Watched):
    """Host descriptors of a process that is joining or waiting, taken from within."""

    def test_a_process_that_joins(self):
        self.configure("/watcher", "1000000000")
        with tempfile.TemporaryFile("w+") as out:
            watching = subprocess.Popen(self.victim.command("run", "web"), stdout=out,
                                        stdin=subprocess.DEVNULL, cwd=self.victim.bundle)
            with watching:
                self.assertTrue(harness.until(
                    lambda: os.pread(out.fileno(), 9, 0) == b"watching\n"))
                for _ in self.tries(EXECUTIONS):
                    self.succeed("exec", "web", "/bin/true")
                self.succeed("kill", "web", "9")
            out.seek(0)
            found = {line.split(" ", 2)[2] for line in out if line.startswith("found")}
        self.assertEqual(found, set())

    def test_an_init_that_waits(self):
        self.configure("/bin/true")
        self.succeed("create", "web")
        self.judge(self.succeed("exec", "web", "/watcher", "3"))
        self.succeed("delete", "web")

    def test_an_init_seen_from_another_container(self):
        self.configure("/bin/sleep", "1000")
        self.succeed("run", "--detach", "first")
        pid = json.loads(self.succeed("state", "first"))["pid"]
        namespaces = attacks.default_config()["linux"]["namespaces"]
        for namespace in namespaces:
            if namespace["type"] == "pid":
                namespace["path"] = f"/proc/{pid}/ns/pid"
        self.configure("/bin/true", linux={"namespaces": namespaces})
        self.succeed("create", "second")
        # Its root and what is mounted there is no descriptor of the host's.
        text = self.succeed("exec", "first", "/watcher", "1")
        self.assertNotIn(str(self.victim.root), text)


@needs("root")
class CVE_2024_21626(attacks.Attack):
    """A leaked descriptor of a host's directory, as working directory or inherited."""

    def leaky(self, *arguments):
        """The command, with a directory of the host open from 3 on."""
        plain = self.victim.command
        self.victim.command = lambda *more: [
            PYTHON, "-I", "-S", "-c", LEAK, str(self.victim.decoy), *plain(*more)]
        try:
            return self.victim.run(*arguments)
        finally:
            self.victim.command = plain

    @staticmethod
    def cwds(folder):
        """By the number of every descriptor that the runtime may have by then."""
        yield from (f"{folder}/{number}" for number in range(24))
        yield from (f"{folder}/{number}/.." for number in (3, 12, 20))

    def judge(self, done):
        if done.returncode != 0:
            return
        seen = json.loads(done.stdout)
        self.assertNotIn("mark", seen["here"])
        self.assertTrue(seen["cwd"].startswith("/"), seen["cwd"])
        outside = {fd: target for fd, target in seen["fds"].items()
                   if int(fd) > 2 and not target.startswith("/proc/")}
        self.assertEqual(outside, {})

    def test_as_cwd_of_the_first_program(self):
        for cwd in (*self.cwds("/proc/self/fd"), "/proc/1/fd/3", "/proc/thread-self/fd/20/.."):
            with self.subTest(cwd):
                self.victim.change(args=harness.python(STATUS), cwd=cwd)
                self.judge(self.leaky("run", "web"))
        self.nothing_is_left()

    def test_as_cwd_of_one_that_joins(self):
        self.victim.change(args=["/bin/sleep", "1000"])
        self.succeed("run", "--detach", "web")
        (self.victim.rootfs / "way").symlink_to("/proc/self/fd")
        for cwd in (*self.cwds("/proc/self/fd"), "/way/3", "/way/20/.."):
            with self.subTest(cwd):
                self.judge(self.leaky("exec", "--cwd", cwd, "web", *harness.python(STATUS)))

    def test_inherited(self):
        self.victim.change(args=harness.python(STATUS))
        done = self.leaky("run", "web")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.judge(done)
        self.victim.change(args=["/bin/sleep", "1000"])
        self.succeed("run", "--detach", "web")
        done = self.leaky("exec", "web", *harness.python(STATUS))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.judge(done)

    def test_as_a_standard_stream(self):
        show = [attacks.SHELL, "-c", "ls /proc/self/fd/0/ /proc/self/fd/0/decoy"]
        self.victim.change(args=["/bin/sleep", "1000"])
        self.succeed("run", "--detach", "other")
        self.victim.change(args=show)
        for flags in (os.O_RDONLY, os.O_PATH):
            for command in (["run", "web"], ["exec", "other", *show]):
                folder = os.open(self.victim.folder, flags | os.O_DIRECTORY)
                with subprocess.Popen(self.victim.command(*command), cwd=self.victim.bundle,
                                      stdin=folder, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True) as done:
                    out, _ = done.communicate(timeout=harness.PATIENCE)
                os.close(folder)
                self.assertNotIn("mark", out)


@needs("root")
class CVE_2022_29162(attacks.Attack):
    """Also CVE-2022-24769 and CVE-2022-27650: inheritable capabilities that nobody asked for."""

    def sets(self, text):
        status = json.loads(text)["status"]
        return {name: int(status[name], 16) for name in harness.CAPABILITY_SETS}

    def test_nothing_is_inheritable_without_being_ambient(self):
        self.victim.change(args=["/bin/sleep", "1000"],
                           capabilities=attacks.capabilities("CAP_CHOWN", "CAP_NET_RAW"))
        self.succeed("run", "--detach", "web")
        for options in ([], ["--user", "1000"], ["--cap", "CAP_SETUID"],
                        ["--user", "1000", "--cap", "CAP_SETUID"]):
            with self.subTest(options):
                sets = self.sets(self.succeed("exec", *options, "web", *harness.python(STATUS)))
                self.assertEqual(sets["CapInh"], sets["CapAmb"])
                self.assertEqual(sets["CapInh"], 0)

    def test_a_file_with_inheritable_capabilities_gains_nothing(self):
        program = self.victim.rootfs / "gain"
        shutil.copy(shutil.which("setpriv"), program)
        # struct vfs_cap_data, version 2: no permitted bits, all inheritable ones.
        os.setxattr(program, "security.capability",
                    b"\x00\x00\x00\x02" + b"\x00\x00\x00\x00" + b"\xff\xff\xff\xff"
                    + b"\x00\x00\x00\x00" + b"\xff\x01\x00\x00")
        self.victim.change(args=["/bin/sleep", "1000"],
                           capabilities=attacks.capabilities("CAP_CHOWN", "CAP_SETUID"))
        self.succeed("run", "--detach", "web")
        done = self.succeed("exec", "--user", "1000", "--cap", "CAP_NET_RAW", "web", "/gain",
                            *harness.python(STATUS))
        sets = self.sets(done)
        self.assertEqual((sets["CapPrm"], sets["CapEff"]), (0, 0))


@needs("root")
class CVE_2026_30892(attacks.Attack):
    """`exec -u 1` that is taken for another user."""

    GOOD = {"0": (0, 0), "1": (1, 0), "10": (10, 0), "0:5": (0, 5), "1:1": (1, 1),
            "1000:0": (1000, 0), "65534:65534": (65534, 65534)}
    BAD = ("user", "", "+1", "-1", "01", " 1", "1 ", "0x1", "1:", ":1", "1:2:3", "1:-1", "1e3",
           "4294967295", "4294967296", "18446744073709551617", "1:4294967296", "root")

    def test_each_way_to_write_one(self):
        self.victim.change(args=["/bin/sleep", "1000"])
        self.succeed("run", "--detach", "web")
        ids = harness.python("import json, os; print(json.dumps([os.getuid(), os.getgid()]))")
        for text, wanted in self.GOOD.items():
            with self.subTest(text):
                self.assertEqual(json.loads(self.succeed("exec", "-u", text, "web", *ids)),
                                 list(wanted))
        for text in self.BAD:
            with self.subTest(text):
                done = self.victim.run("exec", "-u", text, "web", *ids)
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertEqual(done.stdout, "")


@needs("root")
class CVE_2016_3697(attacks.Attack):
    """A user whose name is a number, and who is root."""

    def test_a_number_is_a_number(self):
        (self.victim.rootfs / "etc/passwd").write_text("1000:x:0:0::/root:/bin/sh\n")
        (self.victim.rootfs / "etc/group").write_text("1000:x:0:\n")
        ids = harness.python("import json, os; print(json.dumps([os.getuid(), os.getgid(),"
                             " os.geteuid(), os.environ.get('HOME')]))")
        self.victim.change(args=ids, user={"uid": 1000, "gid": 1000})
        self.assertEqual(json.loads(self.succeed("run", "web")), [1000, 1000, 1000, "/"])
        self.victim.change(args=["/bin/sleep", "1000"])
        self.succeed("run", "--detach", "web")
        self.assertEqual(json.loads(self.succeed("exec", "-u", "1000:1000", "web", *ids)),
                         [1000, 1000, 1000, "/"])


if __name__ == "__main__":
    attacks.main()
