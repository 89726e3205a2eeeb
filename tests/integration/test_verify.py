#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hardrun verify: each row fails when its control is changed behind hardrun's back, and alone.

A container is changed from outside, or it was launched weaker than its state says: the spec in
state.json, or the container's config.json, is replaced by a stricter one. The rows that fail must
be the one of the case and no other.
"""

import array
import contextlib
import ctypes
import json
import os
import pathlib
import pty
import shutil
import signal
import socket
import stat
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from containers import Containers, default_config                            # noqa: E402
from harness import HardrunTest, fitting, needs, relaxed, shell              # noqa: E402

FINDINGS = 1
UNCHECKED = 2
MODES = {"pass", "fail", "unknown"}

BPF_PROG_DETACH = 9
BPF_PROG_GET_FD_BY_ID = 13

# Whoever asks for a descriptor by its standard input, and keeps it.
RECEIVER = """
import array, socket, sys, time
connection = socket.socket(fileno=0)
connection.sendall(b"ready\\n")
fds = array.array("i", [0])
connection.recvmsg(1, socket.CMSG_SPACE(fds.itemsize))
connection.sendall(b"have\\n")
time.sleep(1000)
"""


def setUpModule():
    """Cgroups without limits are enough for many rows; a hybrid host has them for who mounts them."""
    if harness.is_root() and not (harness.CGROUP_ROOT / "cgroup.controllers").exists():
        subprocess.run(["mount", "-t", "cgroup2", "none", str(harness.CGROUP_ROOT)], check=False,
                       stderr=subprocess.DEVNULL)


def has_cgroups():
    return harness.is_root() and (harness.CGROUP_ROOT / "cgroup.controllers").exists()


harness.HOST["cgroups of version 2"] = has_cgroups


def require_cgroups(test):
    """Known when the module has been set up, not before."""
    if not has_cgroups():
        test.skipTest("this host lacks cgroups of version 2")


@contextlib.contextmanager
def sleeping():
    """A process of the host's, whatever becomes of the test."""
    with subprocess.Popen(["sleep", "1000"]) as process:
        try:
            yield process
        finally:
            process.kill()


def without_apparmor(spec):
    """Its profile follows from the whole spec, so it would change with whatever else does."""
    relax = {**spec.get("relax", {}), **relaxed(apparmor_off={})}
    return {**spec, "relax": relax}


def enter(running, kinds, *command):
    """Run @command of the host's in these namespaces of the container."""
    done = subprocess.run(["nsenter", "-t", str(running.init()), *kinds, "--", *command],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stderr)


def mount(*options):
    return lambda running: enter(running, ["-m"], "/usr/bin/mount", *options)


def write_in_cgroup(name, value):
    def change(running):
        cgroup = harness.CGROUP_ROOT / running.state()["cgroup"].lstrip("/")
        (cgroup / name).write_text(value)
    return change


def add_network_device(running):
    for kind in ("dummy", "ifb", "bridge", "veth"):
        with contextlib.suppress(AssertionError):
            return enter(running, ["-n"], "ip", "link", "add", "name", "extra0", "type", kind)
    raise unittest.SkipTest("this kernel can make no network device")


def detach_device_programs(running):
    folder = harness.CGROUP_ROOT / running.state()["cgroup"].lstrip("/")
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    ids = (ctypes.c_uint32 * 16)()
    attribute = (ctypes.c_uint32 * 32)()
    attribute[0] = fd
    attribute[1] = harness.BPF_CGROUP_DEVICE
    ctypes.cast(ctypes.byref(attribute, 16),
                ctypes.POINTER(ctypes.c_uint64))[0] = ctypes.addressof(ids)
    attribute[6] = len(ids)
    harness.syscall(harness.BPF, harness.BPF_PROG_QUERY, ctypes.addressof(attribute),
                    ctypes.sizeof(attribute))
    for i in range(attribute[6]):
        one = (ctypes.c_uint32 * 32)()
        one[0] = ids[i]
        program = harness.syscall(harness.BPF, BPF_PROG_GET_FD_BY_ID, ctypes.addressof(one),
                                  ctypes.sizeof(one))
        gone = (ctypes.c_uint32 * 32)()
        gone[0], gone[1], gone[2] = fd, program, harness.BPF_CGROUP_DEVICE
        harness.syscall(harness.BPF, BPF_PROG_DETACH, ctypes.addressof(gone),
                        ctypes.sizeof(gone))
        os.close(program)
    os.close(fd)


class Case:
    """
    A row, and how to make it alone fail: the container is launched with @spec, @change is done to
    it, and its state gets @strict over its spec (a member that is None is removed).
    """

    def __init__(self, row, spec=None, change=None, strict=None, host=("root",), find=None):
        self.row = row
        self.spec = spec or {}
        self.change = change
        self.strict = strict
        self.host = host
        self.find = find


def weak(row, entries, spec=None, strict=None, host=()):
    """Launched with these entries of relax, of which the state then knows nothing."""
    return Case(row, {**(spec or {}), "relax": relaxed(**entries)}, strict=strict or {}, host=host)


CASES = (
    weak("user", {"root_user": {}}, {"user": "0:65532"}, {"user": "65532:65532"}),
    Case("groups", {"user": "65532:1234"}, strict={"user": "65532:65532"}),
    weak("user-namespace", {"user_namespace_off": {}}, host=("root",)),
    Case("nested-user-namespaces", change=lambda running: enter(
        running, ["-U", "-S", "0", "-G", "0"], "/bin/sh", "-c",
        "echo 10 > /proc/sys/user/max_user_namespaces"), find="10"),
    weak("no-new-privileges", {"new_privileges": {}}),
    weak("capabilities", {"capabilities": {"add": ["NET_BIND_SERVICE"]}}),
    weak("dangerous-capabilities", {"capabilities": {"add": ["NET_RAW"]}}),
    weak("pid-namespace", {"host_pid": {}}),
    weak("network-namespace", {"host_network": {}}),
    weak("ipc-namespace", {"host_ipc": {}}),
    weak("uts-namespace", {"host_uts": {}}),
    Case("root", change=mount("-o", "remount,bind,rw,nosuid,nodev,noexec", "/")),
    Case("tmpfs", change=mount("-o", "remount,size=128m,nosuid,nodev,noexec", "/tmp"),
         find="134217728"),
    Case("mounts", change=mount("-t", "tmpfs", "-o", "ro,nosuid,nodev,noexec", "none",
                                "/usr/share")),
    Case("setuid", change=mount("-o", "remount,bind,suid,nodev,noexec", "/tmp")),
    Case("propagation", change=mount("--make-shared", "/tmp")),
    Case("masked-paths", change=lambda running: enter(running, ["-m", "-p"], "/usr/bin/umount",
                                                      "/proc/timer_list")),
    Case("read-only-paths", change=mount("-o", "remount,bind,rw,nosuid,nodev,noexec", "/proc")),
    Case("device-filter", change=detach_device_programs, host=("root", "cgroups of version 2")),
    weak("environment", {"secrets_in_env": {"names": ["DB_PASSWORD"]}},
         {"env": {"DB_PASSWORD": "mellon"}}, {"env": {}}, host=("root",)),
    weak("seccomp", {"seccomp_off": {}}),
    weak("landlock", {"landlock_off": {}}, host=("Landlock",)),
    Case("rlimits", {"limits": {"nofile": 1000}}, strict={"limits": {"nofile": 900}},
         find="1000"),
    Case("sysctl", {"relax": relaxed(sysctl={"values": {"net.ipv4.ip_unprivileged_port_start":
                                                        "80"}})},
         change=lambda running: enter(running, ["-n"], "/bin/sh", "-c",
                                      "echo 1 > /proc/sys/net/ipv4/ip_unprivileged_port_start")),
    Case("hostname", change=lambda running: enter(running, ["-u"], "hostname", "another"),
         find="another"),
    Case("network-devices", change=add_network_device, find="extra0"),
    Case("routes", change=lambda running: enter(running, ["-n"], "ip", "route", "add",
                                                "10.0.0.0/8", "dev", "lo")),
    Case("memory", change=write_in_cgroup("memory.max", "1073741824"), find="1073741824",
         host=("root", "cgroup v2")),
    Case("swap", change=write_in_cgroup("memory.swap.max", "max"), host=("root", "cgroup v2")),
    Case("oom-group", change=write_in_cgroup("memory.oom.group", "0"),
         host=("root", "cgroup v2")),
    Case("cpu", change=write_in_cgroup("cpu.max", "max"), host=("root", "cgroup v2")),
    Case("pids", change=write_in_cgroup("pids.max", "4000"), host=("root", "cgroup v2")),
)


class VerifyTest(HardrunTest):
    def command(self, *arguments):
        return subprocess.run([harness.HARDRUN, "--root", str(self.place.root), "verify",
                               *map(str, arguments)],
                              capture_output=True, text=True, check=False,
                              timeout=harness.PATIENCE)

    def look(self, *arguments):
        """The report, and its rows by the name of their control."""
        done = self.command("--json", *arguments)
        self.assertIn(done.returncode, (0, FINDINGS), (done.stdout, done.stderr))
        report = json.loads(done.stdout)
        rows = {row["control"]: row for row in report["rows"]}
        self.assertEqual(len(rows), len(report["rows"]))
        self.assertEqual(done.returncode, FINDINGS if report["failed"] else 0)
        return report, rows

    def failed(self, rows):
        return {control: row for control, row in rows.items() if row["verdict"] == "fail"}

    def assert_clean(self, *arguments):
        report, rows = self.look(*arguments)
        self.assertEqual(self.failed(rows), {})
        return report, rows

    def launch(self, spec, **more):
        running = self.place.start({"args": shell("echo; exec sleep 1000"), **spec}, **more)
        running.read_line()
        return running

    def rewrite(self, running, strict):
        """The state says that another spec was launched."""
        path = self.place.root / "containers" / running.name / "state.json"
        state = json.loads(path.read_text())
        lacking = fitting({})["relax"] if "relax" in fitting({}) else {}
        relax = {**lacking, **relaxed(apparmor_off={})}
        relax.pop("apparmor-if-available", None)
        state["spec"] = {**state["spec"], **strict, "relax": relax}
        path.write_text(json.dumps(state))


class Rows(VerifyTest):
    def check(self, case):
        lacking = [name for name in case.host if not harness.HOST[name]()]
        if case.change and "root" not in case.host:
            lacking += [] if harness.is_root() else ["root"]
        if lacking:
            self.skipTest("this host lacks " + ", ".join(lacking))
        running = self.launch(without_apparmor(case.spec))
        if case.strict is None:
            self.assert_clean(running.name)
        if case.change:
            case.change(running)
        if case.strict is not None:
            self.rewrite(running, case.strict)
        _, rows = self.look(running.name)
        self.assertEqual(set(self.failed(rows)), {case.row}, self.failed(rows))
        if case.find:
            self.assertIn(case.find, rows[case.row]["found"])
        running.kill(signal.SIGTERM)
        running.wait()


def add_case(case):
    def test(self):
        self.check(case)
    setattr(Rows, "test_" + case.row.replace("-", "_"), test)


for each in CASES:
    add_case(each)


class OtherRows(VerifyTest):
    """Those whose container needs more than a spec."""

    def fails_alone(self, running, row):
        _, rows = self.look(running.name)
        self.assertEqual(set(self.failed(rows)), {row}, self.failed(rows))
        return rows[row]

    def test_volumes(self):
        folder = self.place.make_folder("data")
        running = self.launch(without_apparmor(
            {"relax": relaxed(write={"paths": [str(folder)]})}))
        self.assert_clean(running.name)
        self.rewrite(running, {"mounts": [{"source": str(folder), "target": str(folder)}]})
        self.assertIn(str(folder), self.fails_alone(running, "volumes")["found"])

    @needs("root")
    def test_sensitive_mounts(self):
        path = next((path for path in ("/etc/ssh", "/etc/pam.d", "/etc/sudoers.d")
                     if os.path.isdir(path)), None)
        if path is None:
            self.skipTest("this host has no folder of the kind")
        running = self.launch(without_apparmor(
            {"mounts": [{"source": path, "target": "/host"}],
             "relax": relaxed(sensitive_mount={"paths": [path]})}))
        self.assert_clean(running.name)
        self.rewrite(running, {"mounts": []})
        self.assertIn(path, self.fails_alone(running, "sensitive-mounts")["found"])

    @needs("root")
    def test_secrets(self):
        (self.place.folder / "token").write_text("mellon")
        running = self.launch(without_apparmor(
            {"secrets": {"token": str(self.place.folder / "token")}}))
        self.assert_clean(running.name)
        enter(running, ["-m", "-U", "-S", "0", "-G", "0"], "/bin/sh", "-c",
              "mount -o remount,bind,rw,nosuid,nodev,noexec /run/secrets && "
              "chmod 0444 /run/secrets/token && "
              "mount -o remount,bind,ro,nosuid,nodev,noexec /run/secrets")
        self.assertIn("0444", self.fails_alone(running, "secrets")["found"])

    def test_members_of_the_cgroup_alone(self):
        require_cgroups(self)
        running = self.launch(without_apparmor({}))
        self.assert_clean(running.name)
        with sleeping() as stranger:
            write_in_cgroup("cgroup.procs", str(stranger.pid))(running)
            found = self.fails_alone(running, "members")["found"]
        self.assertIn(str(stranger.pid), found)

    def test_members_outside_the_cgroup(self):
        require_cgroups(self)
        running = self.launch(without_apparmor({}))
        program = running.program()
        pathlib.Path(harness.CGROUP_ROOT / "cgroup.procs").write_text(str(program))
        self.assertIn(str(program), self.fails_alone(running, "members")["found"])

    def test_terminal(self):
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        running = self.place.start(without_apparmor({"args": ["/bin/sleep", "1000"],
                                                     "terminal": True}),
                                   stdin=follower, stdout=follower, stderr=follower)
        os.close(follower)
        self.assertTrue(harness.until(
            lambda: (self.place.root / "containers" / running.name / "state.json").exists()
            and harness.children(running.init())
            and (harness.read(f"/proc/{running.program()}/comm") or "") == "sleep\n"))
        self.assert_clean(running.name)
        self.rewrite(running, {"terminal": False})
        self.fails_alone(running, "terminal")

    @needs("root")
    def test_descriptors(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            running = self.place.start(without_apparmor({"args": harness.python(RECEIVER)}),
                                       stdin=theirs)
            ours.settimeout(harness.PATIENCE)
            self.assertEqual(ours.recv(100), b"ready\n")
            self.assert_clean(running.name)
            fd = os.open("/etc", os.O_RDONLY | os.O_DIRECTORY)
            ours.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                   array.array("i", [fd]))])
            os.close(fd)
            self.assertEqual(ours.recv(100), b"have\n")
            self.assertIn("/etc", self.fails_alone(running, "descriptors")["found"])

    @needs("root", "AppArmor")
    def test_apparmor(self):
        running = self.launch({"relax": relaxed(apparmor_off={})})
        self.rewrite(running, {})
        path = self.place.root / "containers" / running.name / "state.json"
        state = json.loads(path.read_text())
        state["spec"]["relax"].pop("apparmor-off")
        path.write_text(json.dumps(state))
        self.assertIn("unconfined", self.fails_alone(running, "apparmor")["found"])

    @needs("root", "AppArmor")
    def test_apparmor_as_launched(self):
        _, rows = self.assert_clean(self.launch({}).name)
        self.assertIn("(enforce)", rows["apparmor"]["found"])

    @needs("cgroup v2", "root")
    def test_io(self):
        running = self.launch(without_apparmor({"limits": {"io": {"weight": 200}}}))
        cgroup = harness.CGROUP_ROOT / running.state()["cgroup"].lstrip("/")
        self.assert_clean(running.name)
        (cgroup / "io.weight").write_text("300")
        self.assertIn("300", self.fails_alone(running, "io")["found"])


@needs("root")
class ContainerRows(unittest.TestCase):
    """Rows that only a config.json can weaken: the container keeps a copy of it."""

    def setUp(self):
        self.containers = Containers()
        self.addCleanup(self.containers.close)

    def config(self, **members):
        config = default_config()
        config["process"].update({"user": {"uid": 1000, "gid": 1000, "umask": 0o022},
                                  "capabilities": {}, "noNewPrivileges": True})
        config["linux"].update(members)
        config["linux"]["maskedPaths"] = ["/proc/timer_list", "/proc/acpi"]
        config["linux"]["readonlyPaths"] = ["/proc/sys", "/proc/irq"]
        return config

    def look(self):
        done = self.containers.run("verify", "--json", "web")
        self.assertIn(done.returncode, (0, FINDINGS), done.stderr)
        return {row["control"]: row for row in json.loads(done.stdout)["rows"]}

    def failed(self):
        return {control for control, row in self.look().items() if row["verdict"] == "fail"}

    def begin(self, config):
        self.containers.write(config, has_own_cgroup=has_cgroups())
        done = self.containers.run("run", "--detach", "web")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({control: row for control, row in self.look().items()
                          if row["verdict"] == "fail"}, {})

    def keep(self, config):
        """From now on this was what the container was created from."""
        path = self.containers.root / "oci/web/config.json"
        path.write_text(json.dumps(config))

    def fails_alone(self, row, config, change):
        self.begin(config)
        change(config)
        if has_cgroups():
            config["linux"].setdefault("cgroupsPath", self.containers.cgroup)
        self.keep(config)
        self.assertEqual(self.failed(), {row})

    def test_umask(self):
        self.fails_alone("umask", self.config(),
                         lambda config: config["process"]["user"].update(umask=0o077))

    def test_cgroup_namespace(self):
        self.fails_alone("cgroup-namespace", self.config(),
                         lambda config: config["linux"]["namespaces"].append({"type": "cgroup"}))

    def test_time_namespace(self):
        self.fails_alone("time-namespace", self.config(),
                         lambda config: config["linux"]["namespaces"].append({"type": "time"}))

    def test_capabilities(self):
        config = self.config()
        config["process"]["capabilities"] = {"bounding": ["CAP_CHOWN", "CAP_SYS_ADMIN"]}
        self.fails_alone("dangerous-capabilities", config,
                         lambda config: config["process"]["capabilities"].update(
                             bounding=["CAP_CHOWN"]))

    def test_masked_paths(self):
        config = self.config()
        config["linux"]["maskedPaths"] = []
        self.fails_alone("masked-paths", config,
                         lambda config: config["linux"].update(maskedPaths=["/proc/timer_list"]))

    def test_a_target_may_lead_through_a_link(self):
        (self.containers.bundle / "rootfs/link").symlink_to("tmp")
        source = self.containers.folder / "source"
        source.mkdir()
        config = self.config()
        config["mounts"].append({"destination": "/link/inner", "type": "bind",
                                 "source": str(source), "options": ["rbind", "ro"]})
        self.begin(config)
        config["mounts"].pop()
        self.keep(config)
        self.assertEqual(self.failed(), {"mounts"})

    def test_devices(self):
        self.begin(self.config())
        folder = f"/proc/{self.containers.state('web')['pid']}/root/dev"
        os.mkdir(folder + "/net")
        os.mknod(folder + "/net/extra", stat.S_IFCHR | 0o600, os.makedev(1, 1))
        self.assertEqual(self.failed(), {"devices"})
        self.assertIn("/dev/net/extra (character 1:1)", self.look()["devices"]["found"])

    def test_other_limits(self):
        require_cgroups(self)
        self.fails_alone(
            "other-limits", self.config(resources={"unified": {"cgroup.max.depth": "5"}}),
            lambda config: config["linux"]["resources"].update(
                unified={"cgroup.max.depth": "4"}))

    def test_who_is_executed_in_it_counts(self):
        self.begin(self.config())
        done = self.containers.run("exec", "--detach", "--user", "0", "web", "/bin/sleep", "1000")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.failed(), {"user"})

    def test_ps_flags_users_and_strangers(self):
        config = self.config()
        self.begin(config)
        first = self.containers.state("web")["pid"]
        self.assertEqual(self.containers.run("exec", "--detach", "--user", "0", "web", "/bin/sleep",
                                             "1000").returncode, 0)
        numbers = json.loads(self.containers.run("ps", "--format", "json", "web").stdout)
        flags = json.loads(self.containers.run("ps", "--format", "flags", "web").stdout)
        self.assertEqual([each["pid"] for each in flags], numbers)
        told = {each["pid"]: each for each in flags}
        self.assertEqual(told[first]["flags"], "")
        self.assertEqual(told[first]["uid"], 1000)
        if not has_cgroups():
            self.skipTest("this host lacks cgroups of version 2: others are not known")
        second, = set(numbers) - {first}
        self.assertEqual(told[second]["flags"], "uid 0 of the host, from outside")
        with sleeping() as stranger:
            (harness.CGROUP_ROOT / self.containers.cgroup.lstrip("/") / "cgroup.procs").write_text(
                str(stranger.pid))
            lines = self.containers.run("ps", "web").stdout.splitlines()
        self.assertEqual(lines[0].split()[1], "PID")
        by_pid = {int(line.split()[1]): line for line in lines[1:]}
        self.assertTrue(by_pid[first].endswith("/bin/sleep 1000"), by_pid)
        self.assertTrue(by_pid[second].endswith("  [uid 0 of the host, from outside]"), by_pid)
        self.assertTrue(by_pid[stranger.pid].endswith(
            "  [uid 0 of the host, not in the container]"), by_pid)
        self.assertNotIn("[", self.containers.run("ps", "web", "-o", "pid,args").stdout)

    def test_ps_knows_user_0_of_a_user_namespace(self):
        config = self.config(uidMappings=[{"containerID": 0, "hostID": 700000, "size": 1000}],
                             gidMappings=[{"containerID": 0, "hostID": 700000, "size": 1000}])
        config["linux"]["namespaces"].append({"type": "user"})
        config["process"]["user"] = {"uid": 0, "gid": 0}
        self.containers.folder.chmod(0o755)
        self.begin(config)
        flags = json.loads(self.containers.run("ps", "--format", "flags", "web").stdout)
        self.assertEqual([(each["uid"], each["hostUid"], each["flags"]) for each in flags],
                         [(0, 700000, "uid 0")])

    def test_created_is_not_running(self):
        self.containers.write(self.config(), has_own_cgroup=has_cgroups())
        self.assertEqual(self.containers.run("create", "web").returncode, 0)
        done = self.containers.run("verify", "web")
        self.assertEqual(done.returncode, UNCHECKED)
        self.assertIn("not running", done.stderr)


class Command(VerifyTest):
    @needs("an ordinary user")
    def test_what_a_user_may_not_see_is_told(self):
        report, rows = self.assert_clean(self.launch({}).name)
        self.assertIn("you may not look", rows["descriptors"]["why"])
        self.assertGreater(report["passed"], 30)

    def test_default_launch_is_clean(self):
        report, rows = self.assert_clean(self.launch({}).name)
        self.assertEqual({row["verdict"] for row in rows.values()} - MODES, set())
        self.assertEqual(report["against"], "spec")
        self.assertGreater(report["passed"], 30)
        self.assertEqual(report["processes"], 2)
        for row in rows.values():
            self.assertTrue(row["why"] or row["verdict"] != "unknown", row)

    def test_relaxations_are_told_and_are_no_findings(self):
        running = self.launch({"relax": relaxed(host_ipc={}, seccomp_off={})})
        report, _ = self.assert_clean(running.name)
        self.assertLessEqual({"host-ipc", "seccomp-off"},
                             {entry["name"] for entry in report["relaxations"]})

    def test_against_the_default(self):
        running = self.launch({"relax": relaxed(host_ipc={})})
        _, rows = self.look("--hardened", running.name)
        self.assertEqual(rows["ipc-namespace"]["verdict"], "fail")

    def test_foreign_process(self):
        with sleeping() as process:
            report, rows = self.look("--pid", process.pid)
        self.assertEqual(report["against"], "default")
        self.assertIsNone(report["name"])
        self.assertLessEqual({"mount-namespace", "pid-namespace", "no-new-privileges", "seccomp",
                              "sensitive-mounts"}, set(self.failed(rows)))

    def test_text(self):
        running = self.launch({})
        done = self.command(running.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no new privileges", done.stdout)
        self.assertNotIn("\033", done.stdout)
        self.assertRegex(done.stdout.splitlines()[-1], r"^0 failed, \d+ unknown, \d+ passed")

    def test_all(self):
        self.assertEqual(self.command("--all").stdout, "no container is running\n")
        first, second = self.launch({}), self.launch({"relax": relaxed(host_ipc={})})
        done = self.command("--all", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({report["name"] for report in json.loads(done.stdout)},
                         {first.name, second.name})

    def test_list_shows_relaxations(self):
        def list_them(*options):
            return subprocess.run([harness.HARDRUN, "--root", str(self.place.root), "list",
                                   *options], capture_output=True, text=True, check=True).stdout

        running = self.launch({"relax": relaxed(host_ipc={}, seccomp_off={})})
        lines = [line.split(None, 3) for line in list_them("--format", "relaxations").splitlines()]
        self.assertEqual(lines[0], ["ID", "PID", "RELAXES", "BECAUSE"])
        for name in ("host-ipc", "seccomp-off"):
            self.assertIn([running.name, str(running.init()), name, harness.REASON], lines)
        # What engines read is of the containers of engines alone, as before.
        self.assertEqual(list_them("--format", "json"), "[]\n")
        self.assertEqual(len(list_them().splitlines()), 1)

    def test_what_cannot_be_checked(self):
        with subprocess.Popen(["true"]) as ended:
            ended.wait()
        for arguments in (["nobody"], [], ["--pid", "0"], ["--pid", "x"], ["--pid", ended.pid],
                          ["a", "--all"]):
            with self.subTest(arguments=arguments):
                done = self.command(*arguments)
                self.assertEqual(done.returncode, UNCHECKED, done.stderr)
                self.assertTrue(done.stderr.startswith("hardrun: "), done.stderr)

    def test_hostile_names(self):
        script = ("import ctypes, os, time\n"
                  "ctypes.CDLL(None).prctl(15, b'\\x1b[31m\\xff\\n\"\\\\')\n"
                  "print(flush=True)\ntime.sleep(1000)")
        running = self.place.start(without_apparmor(
            {"args": harness.python(script), "relax": relaxed(new_privileges={})}))
        running.read_line()
        self.rewrite(running, {})
        for arguments in ([running.name], ["--json", running.name]):
            done = subprocess.run([harness.HARDRUN, "--root", str(self.place.root), "verify",
                                   *arguments], capture_output=True, check=False)
            self.assertEqual(done.returncode, FINDINGS, done.stderr)
            self.assertTrue(done.stdout.isascii())
            self.assertNotIn(b"\x1b", done.stdout)
            self.assertIn(b"x1b[31m", done.stdout)
        json.loads(done.stdout)

    def test_threads_are_looked_at(self):
        script = ("import ctypes, threading, time\n"
                  "threading.Thread(target=time.sleep, args=(1000,)).start()\n"
                  "print(flush=True)\ntime.sleep(1000)")
        running = self.place.start({"args": harness.python(script)})
        running.read_line()
        self.assert_clean(running.name)

    def test_damaged_state(self):
        running = self.launch({})
        path = self.place.root / "containers" / running.name / "state.json"
        text = path.read_text()
        for damage in ("", "{}", "[1]", text[:-20], text.replace('"init":', '"exit":')):
            path.write_text(damage)
            self.assertEqual(self.command(running.name).returncode, UNCHECKED, damage)
        path.write_text(text)
        self.assert_clean(running.name)


if __name__ == "__main__":
    assert shutil.which("nsenter")
    harness.main()
