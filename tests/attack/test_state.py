#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Attacks on hardrun's own: its state, its sockets, its cgroups, by a container or by another user."""

import array
import json
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import attacks                                                               # noqa: E402
import harness                                                               # noqa: E402
from harness import needs                                                    # noqa: E402

STRANGER = 65533

IDS = ("", ".", "..", "../web", "a/b", "/", "/etc", "a b", "a\n", "-rf/", "\x1b[2J", ".hidden",
       "a" * 1025, "ä", "%s", "web\\", "web;id", "*")


@needs("root")
class Names(attacks.Attack):
    def test_an_id_is_no_path(self):
        before = attacks.snapshot(self.victim.folder)
        self.victim.change(args=["/bin/true"])
        for name in IDS:
            for command in (["run"], ["create"], ["state"], ["delete", "--force"], ["kill"]):
                with self.subTest(name=name, command=command):
                    self.assertNotEqual(self.victim.run(*command, "--", name).returncode, 0)
        del before[str(self.victim.folder)]
        after = attacks.snapshot(self.victim.folder)
        self.assertEqual([path for path in before if path not in after], [])
        self.assertEqual(self.victim.ids(), [])


@needs("root")
class StateRoot(attacks.Attack):
    """A state root that another user prepared, or a container that another user planted in it."""

    def setUp(self):
        super().setUp()
        self.root = self.victim.root
        self.victim.change(args=["/bin/true"])

    def refuses_all(self):
        for command in (["run", "web"], ["create", "web"], ["state", "web"], ["list"],
                        ["delete", "--force", "web"], ["kill", "web", "9"], ["start", "web"],
                        ["exec", "web", "/bin/true"]):
            with self.subTest(command):
                self.assertNotEqual(self.victim.run(*command).returncode, 0)
        self.decoy_is_untouched()

    def test_of_another_user(self):
        self.root.mkdir(0o700)
        os.chown(self.root, STRANGER, STRANGER)
        self.refuses_all()

    def test_that_others_write_to(self):
        self.root.mkdir()
        for mode in (0o777, 0o1777, 0o770, 0o720):
            self.root.chmod(mode)
            self.refuses_all()

    def test_that_is_a_link(self):
        self.root.symlink_to(self.victim.decoy)
        self.refuses_all()

    def test_with_links_in_it(self):
        """Only root could have put them there; still they are not followed."""
        self.root.mkdir(0o700)
        (self.root / "oci").symlink_to(self.victim.decoy)
        self.refuses_all()
        (self.root / "oci").unlink()
        (self.root / "oci").mkdir(0o700)
        (self.root / "oci/web").symlink_to(self.victim.decoy)
        for command in (["state", "web"], ["start", "web"], ["kill", "web", "9"],
                        ["exec", "web", "/bin/true"], ["run", "web"], ["delete", "web"]):
            with self.subTest(command):
                self.assertNotEqual(self.victim.run(*command).returncode, 0)
        self.victim.run("delete", "--force", "web")
        self.decoy_is_untouched()

    def test_files_that_are_links_or_pipes(self):
        self.succeed("create", "web")
        folder = self.root / "oci/web"
        joining = ["exec", "web", "/bin/true"]
        needed = {"state.json": (joining, ["start", "web"]), "config.json": (joining,)}
        kept = {name: (folder / name).read_bytes() for name in needed}
        for name, content in kept.items():
            for make in (lambda path: path.symlink_to(self.victim.decoy / "mark"), os.mkfifo,
                         lambda path: path.write_text("{}"), pathlib.Path.mkdir,
                         lambda path: path.write_bytes(content[:len(content) // 2])):
                (folder / name).unlink()
                make(folder / name)
                with self.subTest(name=name):
                    for command in needed[name]:
                        done = self.victim.run(*command)
                        self.assertNotEqual(done.returncode, 0, command)
                    self.victim.run("state", "web")
                    self.victim.run("list")
                    self.decoy_is_untouched()
                if (folder / name).is_dir():
                    (folder / name).rmdir()
                else:
                    (folder / name).unlink()
                (folder / name).write_bytes(content)
        self.succeed("delete", "--force", "web")

    def test_it_is_for_its_owner_alone(self):
        self.victim.change(args=["/bin/sleep", "1000"])
        self.succeed("run", "--detach", "web")
        for path in (self.root, self.root / "oci", self.root / "oci/web"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o700, path)
        for path in (self.root / "oci/web").iterdir():
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_a_stranger_starts_nothing(self):
        self.succeed("create", "web")
        place = self.root / "oci/web/start.sock"
        for path in (self.victim.folder, self.root, self.root / "oci", self.root / "oci/web"):
            path.chmod(0o755)
        place.chmod(0o777)
        folder = os.open(place.parent, os.O_PATH)
        child = os.fork()
        if child == 0:
            try:
                os.setresgid(STRANGER, STRANGER, STRANGER)
                os.setresuid(STRANGER, STRANGER, STRANGER)
                with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stranger:
                    stranger.connect(f"/proc/self/fd/{folder}/start.sock")
                    with_rest = [b"", b"x", b"\0" * 64, b"\1\0\0\0" * 64, b"\xff" * 4096]
                    for text in with_rest:
                        stranger.send(text)
            except OSError:
                pass
            os._exit(0)
        os.waitpid(child, 0)
        os.close(folder)
        self.root.chmod(0o700)
        self.assertEqual(self.victim.state("web")["status"], "created")
        self.succeed("start", "web")


@needs("root")
class Notify(attacks.Attack):
    """The folder of NOTIFY_SOCKET, which is the host's and in the container."""

    def setUp(self):
        super().setUp()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.listener.close)
        self.path = f"/tmp/hardrun-attack.{os.getpid()}"
        self.listener.bind(self.path)
        self.addCleanup(os.unlink, self.path)
        self.listener.settimeout(harness.PATIENCE)
        self.environment = {**os.environ, "NOTIFY_SOCKET": self.path}

    def test_the_program_cannot_change_it(self):
        script = """
import json, os
folder = os.path.dirname(os.environ["NOTIFY_SOCKET"])
done = []
for name, attempt in {
        "unlink": lambda: os.unlink(os.environ["NOTIFY_SOCKET"]),
        "mkdir": lambda: os.mkdir(folder + "/new"),
        "link": lambda: os.symlink("/etc/shadow", folder + "/link"),
        "file": lambda: open(folder + "/file", "w"),
        "chmod": lambda: os.chmod(folder, 0o777)}.items():
    try:
        attempt()
        done.append(name)
    except OSError:
        pass
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ["NOTIFY_SOCKET"])
s.send(b"READY=1\\nMAINPID=1\\nSTATUS=owned\\nFDSTORE=1\\n")
print(json.dumps(done), flush=True)
import time
time.sleep(1000)
"""
        self.victim.change(args=harness.python(script))
        self.succeed("create", "web", env=self.environment)
        self.succeed("start", "web", env=self.environment)
        told = self.listener.recv(4096).decode()
        pid = json.loads(self.succeed("state", "web"))["pid"]
        self.assertEqual(told, f"READY=1\nMAINPID={pid}\n")
        self.assertEqual(os.listdir(self.victim.root / "oci/web/notify"), ["notify.sock"])

    def test_who_is_in_before_the_start_cannot_exchange_it(self):
        """The socket's mode is set by its name: never that of a link's target."""
        (self.victim.decoy / "mark").chmod(0o600)
        self.before = attacks.snapshot(self.victim.decoy)
        hostile = f"""
import os
folder = "/run/notify/"
while True:
    try:
        os.symlink({str(self.victim.decoy / "mark")!r}, folder + "link")
        while True:
            os.rename(folder + "link", folder + "notify.sock")
            os.symlink({str(self.victim.decoy / "mark")!r}, folder + "link")
    except OSError:
        pass
"""
        ready = """
import os, socket, time
try:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.connect(os.environ["NOTIFY_SOCKET"])
        s.send(b"READY=1")
finally:
    time.sleep(1000)
"""
        for _ in range(10):
            self.victim.change(args=harness.python(ready))
            self.succeed("create", "web", env=self.environment)
            with self.victim.start("exec", "web", *harness.python(hostile)) as joined:
                try:
                    self.succeed("start", "web", env=self.environment)
                finally:
                    self.succeed("kill", "web", "9")
                    joined.wait(harness.PATIENCE)
            self.decoy_is_untouched()
            self.succeed("delete", "--force", "web")

    def test_what_it_leaves_does_not_stay(self):
        script = """
import os
os.chdir("/run/notify")
for _ in range(40):
    try:
        os.mkdir("deep")
        os.chdir("deep")
    except OSError:
        break
"""
        self.victim.change(args=harness.python(script))
        self.succeed("create", "web", env=self.environment)
        self.victim.run("exec", "web", *harness.python(script))
        self.succeed("delete", "--force", "web")
        self.nothing_is_left()


@needs("root")
class Descriptors(attacks.Attack):
    """What is passed on purpose, and nothing besides."""

    HELD = """
import json, os
print(json.dumps({fd: os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                  if os.path.lexists(f"/proc/self/fd/{fd}") and int(fd) > 2}))
"""
    LEAK = """
import os, sys
os.closerange(3, 100)
fd = os.open(sys.argv[1], os.O_RDONLY)
for other in range(4, 13):
    os.dup2(fd, other)
os.set_inheritable(fd, True)
os.execvp(sys.argv[2], sys.argv[2:])
"""

    def held(self, *arguments):
        plain = self.victim.command(*arguments)
        done = subprocess.run(
            [harness.PYTHON, "-I", "-S", "-c", self.LEAK, str(self.victim.decoy / "mark"), *plain],
            cwd=self.victim.bundle, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=True)
        return sorted(int(fd) for fd, target in json.loads(done.stdout).items()
                      if not target.startswith("/proc"))

    def test_as_many_as_are_said(self):
        for count in (0, 1, 5):
            with self.subTest(count):
                self.victim.change(args=harness.python(self.HELD))
                options = ["--preserve-fds", str(count)]
                self.assertEqual(self.held("run", *options, "web"), list(range(3, 3 + count)))
                self.victim.change(args=["/bin/sleep", "1000"])
                self.succeed("run", "--detach", "other")
                self.assertEqual(self.held("exec", *options, "other",
                                           *harness.python(self.HELD)),
                                 list(range(3, 3 + count)))
                self.succeed("delete", "--force", "other")

    def test_more_than_there_are(self):
        self.victim.change(args=["/bin/true"])
        for count in ("600", "-1", "4294967299", "1e3"):
            with self.subTest(count):
                self.assertNotEqual(
                    self.victim.run("run", "--preserve-fds", count, "web").returncode, 0)


@needs("root")
class Sockets(attacks.Attack):
    """Sockets of the caller that are not what they seem: nothing hangs for ever, nothing stays."""

    def test_a_console_socket_that_is_none(self):
        places = {}
        for name, make in {"a file": lambda path: path.touch(), "a pipe": os.mkfifo,
                           "a folder": lambda path: path.mkdir(),
                           "a link": lambda path: path.symlink_to("/nowhere")}.items():
            places[name] = self.victim.folder / name.replace(" ", "-")
            make(places[name])
        closed = socket.socket(socket.AF_UNIX)
        closed.bind(str(self.victim.folder / "closed"))
        closed.close()
        places["nobody listens"] = self.victim.folder / "closed"
        self.victim.change(args=["/bin/true"], terminal=True)
        for name, path in places.items():
            with self.subTest(name):
                self.assertNotEqual(self.victim.run("create", "--console-socket", path,
                                                    "web").returncode, 0)
                self.nothing_is_left()

    def test_a_console_socket_that_leaves(self):
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.victim.folder / "socket"))
        listener.listen(1)
        self.victim.change(args=["/bin/true"], terminal=True)
        with self.victim.start("create", "--console-socket", self.victim.folder / "socket",
                               "web") as process:
            connection, _ = listener.accept()
            connection.close()
            self.assertEqual(process.wait(harness.PATIENCE), 0 if self.victim.ids() else 1)
        self.victim.run("delete", "--force", "web")
        self.nothing_is_left()

    def test_only_the_terminal_is_sent(self):
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.victim.folder / "socket"))
        listener.listen(1)
        listener.settimeout(harness.PATIENCE)
        self.victim.change(args=["/bin/true"], terminal=True)
        self.succeed("create", "--console-socket", self.victim.folder / "socket", "web")
        connection, _ = listener.accept()
        fds = array.array("i")
        _, control, _, _ = connection.recvmsg(4096, 1024)
        for _, _, data in control:
            fds.frombytes(data)
        self.addCleanup(lambda: [os.close(fd) for fd in fds])
        self.assertEqual([os.readlink(f"/proc/self/fd/{fd}").rsplit("/", 1)[-1] for fd in fds],
                         ["ptmx"])
        self.assertEqual(connection.recv(4096), b"")


@needs("root")
class Programs(attacks.Attack):
    """Programs that make trouble for whoever looks after them."""

    def test_names_that_look_like_state(self):
        script = """
import ctypes, os, time
ctypes.CDLL(None).prctl(15, b"x) Z 1 (", 0, 0, 0)
print("named", flush=True)
time.sleep(1000)
"""
        self.victim.change(args=harness.python(script))
        self.succeed("run", "--detach", "web")
        pid = self.victim.state("web")["pid"]
        self.assertTrue(harness.until(lambda: harness.read(f"/proc/{pid}/comm") == "x) Z 1 (\n"))
        self.assertEqual(self.victim.state("web")["status"], "running")
        self.succeed("exec", "web", "/bin/true")
        self.succeed("kill", "web", "9")
        self.succeed("delete", "--force", "web")
        self.nothing_is_left()

    def test_a_fork_bomb_ends(self):
        script = """
import os, time
for _ in range(200):
    if os.fork() == 0:
        break
os.setsid()
for number in range(1, 65):
    try:
        import signal
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
time.sleep(1000)
"""
        self.victim.change(args=harness.python(script),
                           rlimits=[{"type": "RLIMIT_NPROC", "soft": 4096, "hard": 4096}])
        self.succeed("run", "--detach", "web")
        self.succeed("delete", "--force", "web")
        self.nothing_is_left()

    def test_cgroups_without_an_end(self):
        """A container whose cgroup is its own makes deep and many ones below it."""
        if not (harness.CGROUP_ROOT / "cgroup.controllers").exists():
            self.skipTest("this host lacks cgroup v2")
        script = """
import os
os.chdir("/sys/fs/cgroup")
for number in range(100):
    os.mkdir(f"wide{number}")
made = 0
for _ in range(1500):
    try:
        os.mkdir("d")
        os.chdir("d")
        made += 1
    except OSError:
        break
open("cgroup.procs", "w").write("0")
print(made, flush=True)
import time
time.sleep(1000)
"""
        cgroup = {**attacks.CGROUP, "options": ["nosuid", "noexec", "nodev"]}
        namespaces = [{"type": kind} for kind in ("pid", "mount", "ipc", "uts", "network",
                                                  "cgroup")]
        self.victim.change([attacks.SYS, cgroup], {"namespaces": namespaces},
                           args=harness.python(script))
        self.succeed("run", "--detach", "web")
        top = harness.CGROUP_ROOT / self.victim.cgroups[-1][1:]
        self.assertTrue(harness.until(lambda: self.is_deep(top)))
        for command in (["ps", "--format", "json", "web"], ["pause", "web"], ["resume", "web"],
                        ["kill", "--all", "web", "TERM"]):
            self.victim.run(*command)
        try:
            self.succeed("delete", "--force", "web")
            self.nothing_is_left()
        finally:
            self.remove(top)

    @staticmethod
    def is_deep(top):
        return "populated 1" in (harness.read(top / "d/cgroup.events") or "")

    @staticmethod
    def remove(top):
        """What the runtime could not."""
        if top.exists():
            fds = [os.open(top, os.O_RDONLY)]
            while True:
                try:
                    fds.append(os.open("d", os.O_RDONLY, dir_fd=fds[-1]))
                except OSError:
                    break
            while len(fds) > 1:
                os.close(fds.pop())
                os.rmdir("d", dir_fd=fds[-1])
            for name in os.listdir(fds[0]):
                if name.startswith("wide"):
                    os.rmdir(name, dir_fd=fds[0])
            os.close(fds[0])
            os.rmdir(top)


if __name__ == "__main__":
    attacks.shield()
    attacks.mount_cgroup2()
    attacks.main()
