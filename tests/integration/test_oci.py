#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verbs of an OCI runtime, from outside: the same tests for hardrun and, as a control, runc.

Bundles are made of a static busybox. What limits do is compared figure by figure.
"""

import array
import atexit
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import HARDRUN, PATIENCE, needs                                 # noqa: E402

CGROUP = harness.CGROUP_ROOT
RUNC = shutil.which("runc") or "/usr/sbin/runc"


def find_busybox():
    """A busybox that needs no library."""
    for path in ("/srv/busybox/bin/busybox", "/usr/bin/busybox", "/bin/busybox"):
        if os.access(path, os.X_OK):
            told = subprocess.run(["ldd", path], capture_output=True, text=True, check=False)
            if "not a dynamic" in told.stdout + told.stderr or "statically" in told.stdout:
                return path
    return None


BUSYBOX = find_busybox()

harness.HOST.update({
    "a static busybox": lambda: BUSYBOX is not None,
    "systemd": lambda: os.path.isdir("/run/systemd/system"),
    "runc": lambda: os.access(RUNC, os.X_OK),
    "the helper for systemd": lambda: os.access(
        os.path.join(os.path.dirname(shutil.which(HARDRUN) or HARDRUN), "hardrun-systemd-cgroup"),
        os.X_OK),
})

CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_MKNOD", "CAP_SETGID",
                "CAP_SETUID"]


def config_of(*args, **more):
    """A config.json that asks for what runc's `spec` asks for."""
    config = {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False, "user": {"uid": 0, "gid": 0}, "args": list(args), "cwd": "/",
            "env": ["PATH=/bin", "TERM=xterm"], "noNewPrivileges": True,
            "capabilities": {kind: CAPABILITIES for kind in (
                "bounding", "effective", "permitted")},
        },
        "root": {"path": "rootfs", "readonly": False},
        "hostname": "box",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
             "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs",
             "options": ["nosuid", "noexec", "nodev", "ro"]},
        ],
        "linux": {"namespaces": [{"type": kind} for kind in (
            "pid", "network", "ipc", "uts", "mount")]},
    }
    for name, value in more.items():
        if name in ("process", "linux"):
            config[name] = {**config[name], **value}
        else:
            config[name] = value
    return config


class Applets:
    """Folders of busybox under all its names. Each is a bundle's /bin, then that of another."""

    def __init__(self):
        self.folder = None
        self.spare = []
        self.count = 0

    def take(self, place):
        if not self.spare:
            self.spare.append(self.make())
        os.rename(self.spare.pop(), place)

    def give_back(self, place):
        self.count += 1
        self.spare.append(self.folder / str(self.count))
        os.rename(place, self.spare[-1])

    def make(self):
        if self.folder is None:
            self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hardrun-applets."))
            atexit.register(shutil.rmtree, self.folder)
        self.count += 1
        new = self.folder / str(self.count)
        new.mkdir()
        shutil.copy(BUSYBOX, new / "busybox")
        for applet in subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True,
                                     check=True).stdout.split():
            if applet != "busybox":
                os.symlink("busybox", new / applet)
        return new


APPLETS = Applets()


class Runtime:
    """A runtime with a state root and containers of its own; it leaves nothing. A context."""

    def __init__(self, path):
        harness.adopt_orphans()
        self.path = path
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hardrun-oci."))
        self.root = self.folder / "state"
        self.ids = []
        self.left = []
        self.mounts = harness.read("/proc/self/mountinfo")

    def command(self, *words):
        return [self.path, "--root", str(self.root), *map(str, words)]

    def do(self, *words, said=None, cwd=None):
        """Run a verb to its end, with @said as its input; output is text."""
        # In files: a container that outlives the verb keeps what it was given.
        with contextlib.ExitStack() as stack:
            streams = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            streams[0].write(said.encode() if said else b"")
            streams[0].seek(0)
            process = stack.enter_context(subprocess.Popen(
                self.command(*words), cwd=cwd, stdin=streams[0], stdout=streams[1],
                stderr=streams[2]))
            harness.wait_and_bury(process)
            for stream in streams:
                stream.seek(0)
            _, out, err = (stream.read().decode(errors="replace") for stream in streams)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def bundle(self, config, name="bundle"):
        """Returns the id of a container to be, and the folder of its bundle."""
        number = len(self.ids) + 1
        folder = self.folder / f"{name}-{number}"
        for part in ("dev", "proc", "sys", "tmp", "etc"):
            (folder / "rootfs" / part).mkdir(parents=True)
        APPLETS.take(folder / "rootfs/bin")
        (folder / "config.json").write_text(json.dumps(config))
        self.ids.append(f"oci-{os.getpid()}-{id(self) % 10000}-{number}")
        return self.ids[-1], folder

    def run(self, *args, **more):
        """A container from its beginning to its end."""
        name, folder = self.bundle(config_of(*args, **more))
        done = self.do("run", "--bundle", folder, name)
        self.left += [f"state {name} of a run"] if self.has_state(name) else []
        APPLETS.give_back(folder / "rootfs/bin")
        return done

    def create(self, *args, options=(), **more):
        """Returns the id and the outcome of `create`."""
        name, folder = self.bundle(config_of(*args, **more))
        return name, self.do("create", "--bundle", folder, *options, name)

    def start(self, *args, options=(), **more):
        """Returns the id of a container that runs."""
        name, created = self.create(*args, options=options, **more)
        assert created.returncode == 0, created.stderr
        started = self.do("start", name)
        assert started.returncode == 0, started.stderr
        return name

    def state(self, name):
        return json.loads(self.do("state", name).stdout)

    def wait_for(self, name, status):
        until = time.monotonic() + PATIENCE
        while self.state(name)["status"] != status:
            assert time.monotonic() < until, self.state(name)
            harness.bury()
            time.sleep(0.02)

    def has_state(self, name):
        return self.root.is_dir() and any(self.root.rglob(name))

    def close(self):
        """Returns what should have gone."""
        for name in filter(self.has_state, self.ids):
            self.do("delete", "--force", name)
        left = self.left + harness.lingering()
        left += [f"state {name}" for name in filter(self.has_state, self.ids)]
        if (CGROUP / "cgroup.controllers").exists():
            left += [f"cgroup {path}" for name in self.ids for path in CGROUP.rglob(f"*{name}*")]
        if harness.read("/proc/self/mountinfo") != self.mounts:
            left.append("a mount of the host")
        for place in self.folder.glob("*/rootfs/bin"):
            APPLETS.give_back(place)
        shutil.rmtree(self.folder, ignore_errors=True)
        return left


class OciTest(unittest.TestCase):
    path = HARDRUN

    def setUp(self):
        self.runtime = Runtime(self.path)
        self.addCleanup(self.check_clean)

    def check_clean(self):
        self.assertEqual(self.runtime.close(), [])

    def succeed(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return done


@needs("root", "a static busybox")
class Run(OciTest):
    def test_relays_output_and_status(self):
        done = self.runtime.run("/bin/sh", "-c", "echo said; exit 7")
        self.assertEqual((done.stdout, done.returncode), ("said\n", 7), done.stderr)

    def test_death_by_a_signal(self):
        done = self.runtime.run("/bin/sh", "-c", "kill -9 $$; sleep 9", linux={
            "namespaces": [{"type": "mount"}, {"type": "uts"}]})
        self.assertEqual(done.returncode, 137, done.stderr)

    def test_the_first_process_is_the_program(self):
        done = self.succeed(self.runtime.run("/bin/sh", "-c", "echo $$; hostname; id -u"))
        self.assertEqual(done.stdout, "1\nbox\n0\n")

    def test_a_program_that_is_missing(self):
        done = self.runtime.run("/nonexistent")
        self.assertEqual(done.returncode, 1 if self.path == HARDRUN else done.returncode)
        self.assertIn("no such file or directory", done.stderr)

    def test_a_program_that_is_a_directory(self):
        done = self.runtime.run("/bin")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "permission denied|is a directory")

    def test_user_groups_umask_and_environment(self):
        done = self.succeed(self.runtime.run(
            "/bin/sh", "-c", "id; umask; echo $WORD",
            process={"user": {"uid": 5, "gid": 6, "additionalGids": [7], "umask": 0o27},
                     "env": ["PATH=/bin", "WORD=said"]}))
        self.assertRegex(done.stdout, r"uid=5 gid=6 groups=(6,)?7\n0027\nsaid\n")

    def test_a_read_only_root(self):
        done = self.runtime.run("/bin/touch", "/file", root={"path": "rootfs", "readonly": True})
        self.assertEqual(done.returncode, 1)
        self.assertIn("Read-only", done.stderr)

    def test_masked_and_read_only_paths(self):
        done = self.runtime.run(
            "/bin/sh", "-c", "cat /proc/kcore | head -c 1; echo 1 > /proc/sys/kernel/panic",
            linux={"maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"]})
        self.assertEqual(done.stdout, "")
        self.assertIn("Read-only", done.stderr)

    def test_rlimits_and_oom_score(self):
        done = self.succeed(self.runtime.run(
            "/bin/sh", "-c", "ulimit -n; cat /proc/self/oom_score_adj",
            process={"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 99, "hard": 99}],
                     "oomScoreAdj": 100}))
        self.assertEqual(done.stdout, "99\n100\n")


@needs("root", "a static busybox")
class Life(OciTest):
    def test_create_start_kill_delete(self):
        pid_file = self.runtime.folder / "pid"
        name, created = self.runtime.create("/bin/sleep", "1000",
                                            options=("--pid-file", pid_file))
        self.succeed(created)
        state = self.runtime.state(name)
        self.assertEqual((state["id"], state["status"], str(state["pid"])),
                         (name, "created", pid_file.read_text()))
        self.assertEqual(os.readlink(f"/proc/{state['pid']}/ns/pid"),
                         os.readlink(f"/proc/{state['pid']}/ns/pid_for_children"))
        self.succeed(self.runtime.do("start", name))
        self.assertEqual(self.runtime.state(name)["status"], "running")
        self.assertNotEqual(self.runtime.do("start", name).returncode, 0)
        refused = self.runtime.do("delete", name)
        self.assertNotEqual(refused.returncode, 0)
        self.succeed(self.runtime.do("kill", name, "KILL"))
        self.runtime.wait_for(name, "stopped")
        late = self.runtime.do("kill", name, "15")
        self.assertEqual(late.returncode, 1)
        self.assertRegex(late.stderr, "container not running|no such process")
        self.succeed(self.runtime.do("kill", "--all", name, "9"))
        self.succeed(self.runtime.do("delete", name))
        gone = self.runtime.do("state", name)
        self.assertEqual(gone.returncode, 1)
        self.assertIn("container does not exist", gone.stderr)

    def test_an_id_is_taken_once(self):
        name = self.runtime.start("/bin/sleep", "1000")
        _, folder = self.runtime.bundle(config_of("/bin/true"))
        again = self.runtime.do("create", "--bundle", folder, name)
        self.assertEqual(again.returncode, 1)
        self.assertEqual(self.runtime.state(name)["status"], "running")

    def test_delete_by_force(self):
        name = self.runtime.start("/bin/sh", "-c", "sleep 1000 & sleep 1000")
        self.succeed(self.runtime.do("delete", "--force", name))
        self.succeed(self.runtime.do("delete", "--force", name))

    def test_list_and_ps(self):
        name = self.runtime.start("/bin/sleep", "1000")
        listed = json.loads(self.runtime.do("list", "--format", "json").stdout)
        self.assertEqual([(item["id"], item["status"]) for item in listed], [(name, "running")])
        self.assertEqual(self.runtime.do("list", "-q").stdout, name + "\n")

    def test_exec(self):
        name = self.runtime.start("/bin/sleep", "1000")
        done = self.runtime.do("exec", name, "/bin/sh", "-c", "echo in; hostname; exit 9")
        self.assertEqual((done.stdout, done.returncode), ("in\nbox\n", 9), done.stderr)
        missing = self.runtime.do("exec", name, "/nonexistent")
        self.assertEqual(missing.returncode, 255)
        self.assertIn("no such file or directory", missing.stderr)
        same = self.succeed(self.runtime.do("exec", name, "/bin/cat", "/proc/1/cmdline"))
        self.assertEqual(same.stdout, "/bin/sleep\x001000\x00")

    def test_exec_of_a_process_file(self):
        name = self.runtime.start("/bin/sleep", "1000")
        file = self.runtime.folder / "process.json"
        pid_file = self.runtime.folder / "exec.pid"
        file.write_text(json.dumps({
            "args": ["/bin/sleep", "1000"], "cwd": "/tmp", "env": ["PATH=/bin"],
            "user": {"uid": 5, "gid": 6}}))
        self.succeed(self.runtime.do("exec", "--process", file, "--detach", "--pid-file", pid_file,
                                     name))
        status = harness.status_of(int(pid_file.read_text()))
        self.assertEqual(status["Uid"].split(), ["5"] * 4)
        self.assertEqual(os.readlink(f"/proc/{pid_file.read_text()}/ns/mnt"),
                         os.readlink(f"/proc/{self.runtime.state(name)['pid']}/ns/mnt"))

    def test_exec_in_what_has_stopped(self):
        name = self.runtime.start("/bin/true")
        self.runtime.wait_for(name, "stopped")
        done = self.runtime.do("exec", name, "/bin/true")
        self.assertEqual(done.returncode, 255)
        self.assertRegex(done.stderr, "not running|stopped")

    def test_a_failed_create_leaves_nothing(self):
        name, done = self.runtime.create("/bin/true", mounts=[
            {"destination": "/x", "type": "bind", "source": "/nonexistent", "options": ["bind"]}])
        self.assertEqual(done.returncode, 1)
        self.assertIn("container does not exist", self.runtime.do("state", name).stderr)

    def test_the_log_has_one_object(self):
        log = self.runtime.folder / "log.json"
        done = self.runtime.do("--log", log, "--log-format", "json", "start", "absent")
        self.assertEqual(done.returncode, 1)
        told = json.loads(log.read_text())
        self.assertEqual(told["level"], "error")
        self.assertIn("container does not exist", told["msg"])

    def test_hooks_get_the_state(self):
        def hook(name, status=0):
            out = self.runtime.folder / f"hook-{name}"
            return {"path": "/bin/sh", "args": ["sh", "-c", f"cat > {out}; exit {status}"]}

        names = ("prestart", "createRuntime", "poststart", "poststop")
        name = self.runtime.start("/bin/sleep", "1000", hooks={n: [hook(n)] for n in names})
        self.succeed(self.runtime.do("delete", "--force", name))
        told = {n: json.loads((self.runtime.folder / f"hook-{n}").read_text()) for n in names}
        self.assertEqual({state["id"] for state in told.values()}, {name})
        # runc says "creating" to all that run before the start, runc 1.1 "created" after it.
        self.assertRegex(" ".join(told[n]["status"] for n in names),
                         "^(creating|created) creating (running|created) stopped$")

    def test_a_failing_hook_ends_create(self):
        name, done = self.runtime.create("/bin/true", hooks={"createRuntime": [
            {"path": "/bin/false", "args": ["false"]}]})
        self.assertEqual(done.returncode, 1)
        self.assertIn("container does not exist", self.runtime.do("state", name).stderr)

    def test_the_console_socket_gets_a_terminal(self):
        path = str(self.runtime.folder / "console")
        received = []

        def receive(listener):
            with contextlib.closing(listener.accept()[0]) as peer:
                _, ancillary, _, _ = peer.recvmsg(4096, socket.CMSG_LEN(4))
                for _, _, data in ancillary:
                    received.extend(array.array("i", data))

        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
            listener.bind(path)
            listener.listen()
            thread = threading.Thread(target=receive, args=(listener,))
            thread.start()
            name = self.runtime.start(
                "/bin/sh", "-c", "tty; stty size; sleep 1000", options=("--console-socket", path),
                process={"terminal": True, "consoleSize": {"height": 33, "width": 99}})
            thread.join(PATIENCE)
        self.assertEqual(len(received), 1)
        said = b""
        while said.count(b"\n") < 2:
            said += os.read(received[0], 4096)
        self.assertEqual(said.split(), [b"/dev/pts/0", b"33", b"99"])
        os.close(received[0])
        self.succeed(self.runtime.do("delete", "--force", name))


RESOURCES = {
    "memory": {"memory": {"limit": 134217728, "swap": 134217728, "reservation": 67108864}},
    "memory without swap": {"memory": {"limit": 134217728}},
    "unlimited memory": {"memory": {"limit": -1}},
    "quota": {"cpu": {"quota": 25000, "period": 50000}},
    "quota alone": {"cpu": {"quota": 25000}},
    "pids": {"pids": {"limit": 17}},
    "unlimited pids": {"pids": {"limit": -1}},
    "sets": {"cpu": {"cpus": "0", "mems": "0"}},
    "weight": {"blockIO": {"weight": 500}},
    "huge pages": {"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]},
    "unified": {"unified": {"memory.high": "100000000", "pids.max": "11"}},
}
FIGURES = ("memory.max", "memory.swap.max", "memory.low", "memory.high", "cpu.max", "cpuset.cpus",
           "cpuset.mems", "pids.max", "io.weight", "io.bfq.weight", "hugetlb.2MB.max",
           "hugetlb.2MB.rsvd.max")


def cgroup_of(pid):
    for line in (harness.read(f"/proc/{pid}/cgroup") or "").splitlines():
        if line.startswith("0::"):
            return CGROUP / line[3:].lstrip("/")
    return None


def figures_of(folder):
    return {name: harness.read(folder / name) for name in FIGURES}


@needs("root", "a static busybox", "cgroup v2")
class Cgroups(OciTest):
    def start_in(self, path, resources, options=()):
        name = self.runtime.start("/bin/sleep", "1000", options=options, linux={
            "cgroupsPath": path, "resources": resources,
            "namespaces": [{"type": kind} for kind in ("pid", "uts", "mount", "cgroup")]})
        return name, cgroup_of(self.runtime.state(name)["pid"])

    @needs("runc")
    def test_the_figures_are_runcs(self):
        other = Runtime(RUNC)
        self.addCleanup(lambda: self.assertEqual(other.close(), []))
        for label, resources in RESOURCES.items():
            with self.subTest(label):
                found = []
                for number, runtime in enumerate((self.runtime, other)):
                    path = f"/oci-test-{os.getpid()}/{number}"
                    name = runtime.start("/bin/sleep", "1000", linux={
                        "cgroupsPath": path, "resources": resources,
                        "namespaces": [{"type": kind} for kind in ("pid", "uts", "mount")]})
                    found.append(figures_of(CGROUP / path[1:]))
                    runtime.do("delete", "--force", name)
                self.assertEqual(found[0], found[1])
        (CGROUP / f"oci-test-{os.getpid()}").rmdir()

    def test_the_path_is_made_and_removed(self):
        top = f"oci-test-{os.getpid()}"
        name, folder = self.start_in(f"/{top}/a/b", {})
        self.assertEqual(folder, CGROUP / top / "a/b")
        self.assertIn("memory", (folder / "cgroup.controllers").read_text())
        self.succeed(self.runtime.do("delete", "--force", name))
        self.assertFalse(folder.exists())
        for path in (folder.parent, folder.parent.parent):
            path.rmdir()

    def test_a_cgroup_in_use_is_refused_and_spared(self):
        with subprocess.Popen(["sleep", "1000"]) as victim:
            folder = CGROUP / f"oci-test-{os.getpid()}"
            folder.mkdir()
            (folder / "cgroup.procs").write_text(str(victim.pid))
            name, done = self.runtime.create("/bin/true", linux={
                "cgroupsPath": f"/{folder.name}",
                "namespaces": [{"type": "pid"}, {"type": "uts"}, {"type": "mount"}]})
            self.assertEqual(done.returncode, 1)
            self.assertNotIn("namespace", done.stderr)
            self.runtime.do("delete", "--force", name)
            self.assertIsNone(victim.poll())
            victim.kill()
            victim.wait()
            folder.rmdir()

    def test_pause_resume_update_ps_events(self):
        name, folder = self.start_in(None, {"memory": {"limit": 134217728}})
        self.succeed(self.runtime.do("pause", name))
        self.assertEqual(self.runtime.state(name)["status"], "paused")
        self.assertEqual((folder / "cgroup.freeze").read_text(), "1\n")
        self.assertEqual(self.runtime.do("exec", name, "/bin/true").returncode, 255)
        self.succeed(self.runtime.do("resume", name))
        self.assertNotEqual(self.runtime.do("resume", name).returncode, 0)
        self.succeed(self.runtime.do("update", "--resources", "-", name, said=json.dumps(
            {"memory": {"limit": 67108864}, "pids": {"limit": 5}})))
        self.assertEqual((folder / "memory.max").read_text(), "67108864\n")
        self.assertEqual((folder / "pids.max").read_text(), "5\n")
        self.assertEqual(json.loads(self.runtime.do("ps", "--format", "json", name).stdout),
                         [self.runtime.state(name)["pid"]])
        event = json.loads(self.runtime.do("events", "--stats", name).stdout)
        self.assertEqual((event["type"], event["id"]), ("stats", name))
        self.assertEqual(event["data"]["pids"]["limit"], 5)
        self.assertGreater(event["data"]["memory"]["usage"]["usage"], 0)

    def test_devices_are_those_of_the_list(self):
        done = self.succeed(self.runtime.run(
            "/bin/sh", "-c", "cd /dev; for kind in mem,1,1 con,5,1; do IFS=,; set -- $kind;"
            " mknod $1 c $2 $3; (: < $1) 2>&1 && echo read $1; (: > $1) 2>&1 && echo wrote $1;"
            " done; : > /dev/null; head -c 1 /dev/zero > /dev/null; echo end",
            linux={"resources": {"devices": [
                {"allow": False, "access": "rwm"},
                {"allow": True, "type": "c", "major": 5, "minor": 1, "access": "r"}]}}))
        words = [line.split()[0].replace("/bin/", "") for line in done.stdout.splitlines()]
        self.assertEqual(words, ["sh:", "sh:", "read", "sh:", "end"], done.stdout)
        self.assertEqual(done.stdout.count("Operation not permitted"), 3, done.stdout)

    def test_kill_all_reaches_every_process(self):
        name, folder = self.start_in(None, {})
        self.succeed(self.runtime.do("exec", "--detach", name, "/bin/sleep", "1000"))
        self.succeed(self.runtime.do("kill", "--all", name, "KILL"))
        self.runtime.wait_for(name, "stopped")
        self.assertEqual((folder / "cgroup.procs").read_text(), "")

    @needs("systemd", "the helper for systemd")
    def test_systemd_makes_a_scope(self):
        name = None
        for label in ("first", "again"):
            with self.subTest(label):
                name, folder = self.start_by_systemd(name)
                unit = folder.name
                self.assertEqual(self.show(unit, "MemoryMax", "TasksMax", "Slice", "Delegate",
                                           "CPUQuotaPerSecUSec", "AllowedCPUs"),
                                 {"MemoryMax": "134217728", "TasksMax": "17",
                                  "Slice": "oci-test.slice", "Delegate": "yes",
                                  "CPUQuotaPerSecUSec": "500ms", "AllowedCPUs": "0"})
                self.assertEqual((folder / "memory.max").read_text(), "134217728\n")
                self.succeed(self.systemd("update", "--pids-limit", "9", name))
                self.assertEqual(self.show(unit, "TasksMax"), {"TasksMax": "9"})
                subprocess.run(["systemctl", "daemon-reload"], check=True)
                self.assertEqual((folder / "pids.max").read_text(), "9\n")
                self.succeed(self.systemd("delete", "--force", name))
                self.assertEqual(self.show(unit, "ActiveState"), {"ActiveState": "inactive"})
                self.assertFalse(folder.exists())
        subprocess.run(["systemctl", "stop", "oci-test.slice"], check=True)

    @needs("systemd", "the helper for systemd")
    def test_systemd_makes_a_scope_for_a_user_namespace(self):
        ids = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        name, bundle = self.runtime.bundle(config_of("/bin/sleep", "1000", linux={
            "cgroupsPath": f"oci-test.slice:user:{os.getpid()}",
            "resources": {"pids": {"limit": 17}}, "uidMappings": ids, "gidMappings": ids,
            "namespaces": [{"type": kind} for kind in
                           ("pid", "uts", "mount", "ipc", "network", "user")]}))
        self.succeed(self.systemd("create", "--bundle", bundle, name))
        folder = cgroup_of(self.runtime.state(name)["pid"])
        self.assertEqual((folder / "pids.max").read_text(), "17\n")
        self.succeed(self.systemd("delete", "--force", name))
        subprocess.run(["systemctl", "stop", "oci-test.slice"], check=True)

    @needs("systemd", "the helper for systemd")
    def test_a_failure_is_told_though_systemd_has_taken_the_scope_away(self):
        for _ in range(8):
            name, bundle = self.runtime.bundle(config_of("/nonexistent", linux={
                "cgroupsPath": f"oci-test.slice:gone:{os.getpid()}",
                "resources": {"pids": {"limit": 17}},
                "namespaces": [{"type": kind} for kind in ("pid", "uts", "mount")]}))
            done = self.systemd("create", "--bundle", bundle, name)
            self.assertIn("no such file or directory", done.stderr)

    def systemd(self, *words):
        return self.runtime.do("--systemd-cgroup", *words)

    def start_by_systemd(self, name):
        if name is None:
            name, _ = self.runtime.bundle(config_of("/bin/sleep", "1000", linux={
                "cgroupsPath": f"oci-test.slice:box:{os.getpid()}",
                "resources": {"memory": {"limit": 134217728}, "pids": {"limit": 17},
                              "cpu": {"quota": 50000, "period": 100000, "cpus": "0"}},
                "namespaces": [{"type": kind} for kind in ("pid", "uts", "mount", "cgroup")]}))
        bundle = next(self.runtime.folder.glob("bundle-*"))
        self.succeed(self.systemd("create", "--bundle", bundle, name))
        self.succeed(self.systemd("start", name))
        return name, cgroup_of(self.runtime.state(name)["pid"])

    def show(self, unit, *properties):
        said = subprocess.run(["systemctl", "show", unit, "-p", ",".join(properties)],
                              capture_output=True, text=True, check=True).stdout
        return dict(line.split("=", 1) for line in said.splitlines())


def control(case):
    """The same tests, of runc."""
    return needs("runc")(type(f"{case.__name__}ByRunc", (case,), {
        "path": RUNC, "__module__": case.__module__, "test_the_figures_are_runcs": None}))


if "TEST_CONTROL" in os.environ:
    RunByRunc = control(Run)
    LifeByRunc = control(Life)
    CgroupsByRunc = control(Cgroups)

if __name__ == "__main__":
    harness.main()
