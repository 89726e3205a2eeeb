#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Every control of a launch by default, as the program sees it and as the host sees it. System calls
are tried by tests/attack/test_probe.py.
"""

import contextlib
import errno
import json
import os
import pathlib
import socket
import stat
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import HardrunTest, Place, needs, relaxed                        # noqa: E402

USER = 65532
EMPTY_SET = "0000000000000000"
WRITABLE = ("/tmp", "/run", "/dev/shm")
MIB = 1 << 20


class Inside(unittest.TestCase):
    """One launch of the smallest spec, with a program that looks around."""

    @classmethod
    def setUpClass(cls):
        if not harness.has_own_ids():
            raise unittest.SkipTest("this host lacks subordinate ids")
        cls.place = Place()
        cls.addClassCleanup(cls.place.close)
        cls.host = {name: harness.namespace_of("self", name) for name in harness.NAMESPACES}
        # Descriptors and groups that must not come along.
        groups = {"extra_groups": [4, 27]} if harness.is_root() else {}
        with contextlib.ExitStack() as stack:
            fds = [os.open("/", os.O_RDONLY | os.O_DIRECTORY) for _ in range(3)]
            for fd in fds:
                stack.callback(os.close, fd)
            cls.spec = cls.place.write(harness.fitting({"args": harness.probe_args()}), "small")
            result = cls.place.run(cls.spec, pass_fds=fds, cwd="/usr", **groups,
                                   env={**os.environ, "FROM_OUTSIDE": "1"})
        assert result.returncode == 0, result.stderr.decode()
        cls.facts = json.loads(result.stdout)

    def fact(self, name):
        return self.facts[name]

    def topic(self, name):
        return {fact[len(name) + 1:]: value for fact, value in self.facts.items()
                if fact.startswith(name + ":")}

    def test_user_is_not_root_and_is_alone(self):
        self.assertEqual(self.fact("user:uids"), [USER] * 3)
        self.assertEqual(self.fact("user:gids"), [USER] * 3)
        self.assertLessEqual(set(self.fact("user:groups")), {USER})

    def test_all_five_capability_sets_are_empty(self):
        for name in harness.CAPABILITY_SETS:
            self.assertEqual(self.fact("status:" + name), EMPTY_SET, name)

    def test_securebits_are_locked(self):
        # Source: capabilities(7), "The securebits flags".
        bits = self.fact("user:securebits")
        for bit, name in ((0, "noroot"), (2, "no_setuid_fixup")):
            self.assertTrue(bits & 1 << bit, f"{name} is not set: {bits:#x}")
            self.assertTrue(bits & 2 << bit, f"{name} is not locked: {bits:#x}")
        self.assertTrue(bits & 1 << 5, f"keep_caps is not locked: {bits:#x}")
        self.assertFalse(bits & 1 << 4, f"keep_caps is set: {bits:#x}")

    def test_no_new_privileges(self):
        self.assertEqual(self.fact("status:NoNewPrivs"), "1")

    def test_no_other_user_can_be_had(self):
        self.assertEqual(self.fact("user:become-root"), "EPERM")

    def test_one_filter_of_system_calls(self):
        own = int(harness.status_of("self").get("Seccomp_filters", "0"))
        self.assertEqual(self.fact("status:Seccomp"), "2")
        self.assertEqual(int(self.fact("status:Seccomp_filters")), own + 1)

    def test_all_eight_namespaces_are_its_own(self):
        for name in harness.NAMESPACES:
            self.assertNotEqual(self.fact("namespace:" + name), self.host[name], name)

    def test_no_user_namespace_inside(self):
        self.assertEqual(self.fact("sysctl:user.max_user_namespaces"), "0")

    def test_files_move_between_folders(self):
        """Landlock refuses that to all who do not ask for the right."""
        self.assertEqual(self.fact("move:/tmp"), "ok")

    def test_landlock_is_one_layer(self):
        if harness.landlock_abi() == 0:
            self.skipTest("this host lacks Landlock")
        self.assertEqual(self.fact("landlock:layers"), "1")

    @needs("AppArmor")
    def test_a_profile_is_enforced(self):
        self.assertRegex(self.fact("user:label"), r"^(.*//&)?hardrun-[0-9a-f]+.* \(enforce\)$")

    def test_mounts_are_locked(self):
        for target, text in self.topic("mount").items():
            kind, flags = text.split(" ", 1)
            flags = set(flags.split(","))
            with self.subTest(target, kind=kind):
                self.assertIn("nosuid", flags)
                # Devices, and what hides a file: both are nodes of the host's /dev.
                if not (target.startswith("/dev/") and target != "/dev/shm" or
                        self.topic("mask").get(target) == "empty file"):
                    self.assertIn("nodev", flags)
                if kind == "tmpfs" or target.startswith(("/proc", "/sys", "/dev", "/etc")):
                    self.assertIn("noexec", flags)
                # Read-only is a device's node, too, not the device.
                if target not in (*WRITABLE, "/dev/pts"):
                    self.assertIn("ro", flags)

    def test_mounts_are_of_the_sandbox_alone(self):
        for target in self.topic("mount"):
            self.assertRegex(target, r"^/($|usr|bin|lib|sbin|etc|dev|proc|sys|tmp|run)")
        for target, peers in self.topic("propagation").items():
            self.assertFalse([peer for peer in peers if peer.startswith(("shared", "master"))],
                             target)

    def test_nothing_can_be_written_elsewhere(self):
        allowed = {path for path, outcome in self.topic("write").items() if outcome == "ok"}
        self.assertEqual(allowed, set(WRITABLE))
        for path, outcome in self.topic("write").items():
            self.assertIn(outcome, ("ok", "EROFS", "EACCES", "ENOENT", "EPERM"), path)
        for path in ("/", "/etc", "/usr", "/usr/bin", "/dev", "/sys"):
            self.assertEqual(self.fact("write:" + path), "EROFS", path)

    def test_no_file_of_the_system_opens_for_writing(self):
        for path, outcome in self.topic("open-to-write").items():
            self.assertIn(outcome, ("EROFS", "EACCES", "ENOENT", "EPERM"), path)

    def test_nothing_written_can_be_executed(self):
        self.assertEqual({path: self.fact("execute:" + path) for path in WRITABLE},
                         {path: "EACCES" for path in WRITABLE})

    def test_tmpfs_have_their_sizes(self):
        self.assertEqual(self.fact("size:/tmp"), 64 * MIB)
        self.assertEqual(self.fact("size:/run"), 16 * MIB)
        self.assertEqual(self.fact("size:/dev/shm"), 64 * MIB)
        for path in WRITABLE:
            self.assertGreater(self.fact("inodes:" + path), 0)
            self.assertLessEqual(self.fact("inodes:" + path), 64 * 1024)

    def test_masked_paths_are_empty(self):
        for path, seen in self.topic("mask").items():
            self.assertIn(seen, ("ENOENT", "empty file", "empty directory"), path)
            if os.path.exists(path) and seen == "ENOENT":
                self.assertTrue(path.startswith("/proc"), path)
        self.assertIn("empty file", self.topic("mask").values())

    def test_nothing_of_the_host_is_there(self):
        for path in ("/home", "/root", "/var", "/srv", "/boot", "/mnt", "/media", "/opt"):
            self.assertEqual(self.fact("list:" + path), "ENOENT", path)
        self.assertLessEqual(set(self.fact("list:/")), {
            "usr", "bin", "lib", "lib32", "lib64", "libx32", "sbin", "etc", "dev", "proc", "sys",
            "tmp", "run"})
        self.assertEqual(self.fact("list:/tmp"), [])
        self.assertEqual(self.fact("list:/run"), [])

    def test_etc_is_hardruns_own(self):
        self.assertLessEqual(set(self.fact("list:/etc")), {
            "alternatives", "group", "hostname", "hosts", "ld.so.cache", "localtime", "mtab",
            "nsswitch.conf", "os-release", "passwd", "pki", "resolv.conf", "ssl"})
        self.assertEqual(self.fact("read:/etc/shadow"), "ENOENT")
        accounts = [line.split(":")[0] for line in self.fact("read:/etc/passwd").splitlines()]
        self.assertEqual(accounts, ["root", "user", "nobody"])
        self.assertNotIn("nameserver", self.fact("read:/etc/resolv.conf"))

    def test_devices_are_the_standard_ones(self):
        devices = self.topic("device")
        self.assertEqual(devices, {
            "null": "character 1:3", "zero": "character 1:5", "full": "character 1:7",
            "random": "character 1:8", "urandom": "character 1:9", "tty": "character 5:0",
            "ptmx": "link to pts/ptmx", "fd": "link to /proc/self/fd",
            "stdin": "link to /proc/self/fd/0", "stdout": "link to /proc/self/fd/1",
            "stderr": "link to /proc/self/fd/2", "core": "link to /proc/kcore",
            "pts": "directory", "shm": "directory"})
        self.assertEqual({name: outcome for name, outcome in self.topic("use").items()},
                         {f"/dev/{name}": "ok" for name in ("null", "zero", "full", "random",
                                                            "urandom", "ptmx")} |
                         {"/dev/tty": "ENXIO"})

    def test_no_device_can_be_made(self):
        self.assertEqual(self.topic("make-device"),
                         {"character": "EPERM", "block": "EPERM", "whiteout": "EPERM"})

    def test_network_is_loopback_alone_and_up(self):
        self.assertEqual(self.topic("network"), {"lo": "up"})
        self.assertEqual(self.fact("network-routes"), 0)
        self.assertEqual(self.fact("network-loopback"), "ok")
        self.assertEqual(self.fact("network-outside"), "ENETUNREACH")
        self.assertEqual(self.fact("network-low-port"), "EACCES")

    def test_name_is_the_containers(self):
        self.assertEqual(self.fact("name:host"), "small")
        self.assertEqual(self.fact("read:/etc/hostname"), "small")
        self.assertIn(self.fact("name:domain"), ("(none)", ""))

    def test_umask_and_limits(self):
        self.assertEqual(self.fact("process:umask"), "0o27")
        self.assertEqual(self.fact("created-mode:/tmp"), "0o100640")
        self.assertEqual(self.fact("limit:core"), [0, 0])
        self.assertEqual(self.fact("limit:nofile"), [1024, 1024])

    def test_session_is_its_own_without_a_terminal(self):
        own = str(self.fact("process:pid"))
        self.assertEqual((self.fact("process:session"), self.fact("process:group")), (own, own))
        self.assertEqual(self.fact("process:terminal"), "0")

    def test_descriptors_are_the_standard_three(self):
        self.assertEqual(self.fact("process:descriptors"), [0, 1, 2])

    def test_no_signal_is_ignored_or_blocked(self):
        # SIGPIPE and SIGXFSZ are ignored by Python itself.
        self.assertEqual(int(self.fact("status:SigIgn"), 16) & ~(1 << 12 | 1 << 24), 0)
        self.assertEqual(int(self.fact("status:SigBlk"), 16), 0)

    def test_starts_in_the_root(self):
        self.assertEqual(self.fact("process:cwd"), "/")

    def test_environment_is_what_is_documented(self):
        environment = self.topic("environment")
        # Python sets LC_CTYPE for itself where there is no locale.
        environment.pop("LC_CTYPE", None)
        self.assertEqual(environment, {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/tmp", "HOSTNAME": "small"})

    def test_is_the_child_of_a_small_init(self):
        self.assertEqual(self.fact("process:parent"), 1)
        self.assertEqual(self.fact("process:others"), [1])
        # It takes its name while the program starts.
        self.assertIn(self.fact("init:name"), ("hardrun-init", "exec"))

    def test_init_cannot_be_read(self):
        for name in ("exe", "root", "cwd", "environ", "maps", "mem", "auxv", "fd", "map_files"):
            self.assertIn(self.fact("init:" + name), ("EACCES", "EPERM"), name)

    def test_cgroup_is_its_own_root(self):
        if not harness.has_cgroup2():
            self.skipTest("this host lacks cgroup v2")
        self.assertEqual(self.fact("cgroup:self"), "0::/")

    def test_limits_are_in_the_cgroup(self):
        if not harness.has_cgroup2():
            self.skipTest("this host lacks cgroup v2")
        self.assertEqual(self.fact("cgroup:memory.max"), str(512 * MIB))
        self.assertEqual(self.fact("cgroup:memory.oom.group"), "1")
        self.assertEqual(self.fact("cgroup:cpu.max"), "100000 100000")
        self.assertEqual(self.fact("cgroup:pids.max"), "100")
        # Without swap in the kernel there is no such file.
        self.assertIn(self.fact("cgroup:memory.swap.max"), ("0", "ENOENT"))

    def test_nothing_is_left(self):
        self.assertEqual(self.place.leftovers(), [])


class Outside(unittest.TestCase):
    """Two containers that wait, and what the host knows of them."""

    @classmethod
    def setUpClass(cls):
        if not harness.has_own_ids():
            raise unittest.SkipTest("this host lacks subordinate ids")
        cls.place = Place()
        cls.addClassCleanup(cls.place.close)
        spec = {"args": harness.shell("echo ready; read line")}
        cls.pair = [cls.place.start(spec), cls.place.start(spec)]
        for running in cls.pair:
            assert running.read_line() == "ready\n", running.process.stderr.read()
        cls.running = cls.pair[0]
        cls.pid = cls.running.program()

    def test_program_in_numbers_of_the_host(self):
        status = harness.status_of(self.pid)
        for name in harness.CAPABILITY_SETS:
            self.assertEqual(status[name], EMPTY_SET, name)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")
        depth = len(harness.status_of("self")["NSpid"].split())
        self.assertEqual(len(status["NSpid"].split()), depth + 1)

    def test_root_inside_is_an_unprivileged_id_outside(self):
        for running in self.pair:
            extents = [list(map(int, line.split())) for line in
                       pathlib.Path(f"/proc/{running.program()}/uid_map").read_text().splitlines()]
            self.assertEqual(sum(count for _, _, count in extents), harness.IDS_OF_A_CONTAINER)
            self.assertTrue(all(outer > 0 for _, outer, _ in extents), extents)

    def test_the_user_is_where_the_map_says(self):
        base = int(pathlib.Path(f"/proc/{self.pid}/uid_map").read_text().split()[1])
        status = harness.status_of(self.pid)
        self.assertEqual(status["Uid"].split(), [str(base + USER)] * 4)
        self.assertEqual(status["Gid"].split()[0],
                         str(int(pathlib.Path(f"/proc/{self.pid}/gid_map").read_text().split()[1])
                             + USER))

    @needs("root")
    def test_two_containers_share_no_id(self):
        ranges = []
        for running in self.pair:
            first = int(pathlib.Path(f"/proc/{running.program()}/uid_map").read_text().split()[1])
            ranges.append(range(first, first + harness.IDS_OF_A_CONTAINER))
        self.assertTrue(ranges[0][-1] < ranges[1][0] or ranges[1][-1] < ranges[0][0], ranges)

    @needs("root")
    def test_namespaces_differ_from_the_hosts_and_the_others(self):
        for name in harness.NAMESPACES:
            inodes = {harness.namespace_of(pid, name) for pid in
                      ("self", self.pid, self.pair[1].program())}
            self.assertEqual(len(inodes), 3, name)
            self.assertEqual(harness.namespace_of(self.pid, name),
                             harness.namespace_of(self.running.init(), name), name)

    @needs("root")
    def test_init_keeps_nothing(self):
        init = self.running.init()
        # It gives up the rest while the program starts.
        self.assertTrue(harness.until(lambda: harness.status_of(init)["Seccomp"] == "2"))
        status = harness.status_of(init)
        self.assertEqual(status["Name"], "hardrun-init")
        for name in harness.CAPABILITY_SETS:
            self.assertEqual(status[name], EMPTY_SET, name)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertNotEqual(status["Uid"].split()[0], "0")
        for name in os.listdir(f"/proc/{init}/fd"):
            target = os.readlink(f"/proc/{init}/fd/{name}")
            self.assertFalse(target.startswith("/") and os.path.isdir(target),
                             f"descriptor {name} of the init is {target}")

    @needs("root")
    def test_the_hosts_root_is_out_of_sight(self):
        for pid in (self.pid, self.running.init()):
            names = set(os.listdir(f"/proc/{pid}/root/"))
            self.assertFalse(names & {"home", "root", "var", "srv", "boot"}, pid)
            self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")

    @needs("root")
    def test_writes_through_proc_fail_even_for_root(self):
        for name in ("/x", "/etc/x", "/usr/x"):
            with self.assertRaises(OSError) as raised:
                os.open(f"/proc/{self.pid}/root{name}", os.O_WRONLY | os.O_CREAT)
            self.assertEqual(raised.exception.errno, errno.EROFS, name)

    @needs("root")
    def test_binary_of_the_init_is_out_of_reach(self):
        """R8: whoever gets hold of the init's executable does not hold the host's binary."""
        path = f"/proc/{self.running.init()}/exe"
        ours, host = os.stat(path), os.stat(harness.HARDRUN)
        if (ours.st_dev, ours.st_ino) == (host.st_dev, host.st_ino):
            # Then it must be unreachable by construction: non-dumpable, of another user
            # namespace's root.
            self.assertEqual(os.stat(f"/proc/{self.running.init()}/environ").st_uid, 0)

    def test_state_is_private_and_says_what_runs(self):
        for path in (self.place.root, *self.place.root.rglob("*")):
            status = path.lstat()
            if not stat.S_ISLNK(status.st_mode):
                self.assertEqual(status.st_mode & 0o077, 0, path)
                self.assertEqual(status.st_uid, os.geteuid(), path)
        state = self.running.state()
        self.assertEqual(state["status"], "running")
        self.assertEqual(state["supervisor"], self.running.pid)
        self.assertEqual({item["name"] for item in state["relaxations"]},
                         set(harness.what_the_host_lacks()))
        self.assertEqual(state["landlock"], harness.landlock_abi())
        self.assertEqual(state["spec"]["args"][0], "/bin/sh")

    @needs("cgroup v2")
    def test_cgroup_holds_all_and_has_the_limits(self):
        folder = harness.CGROUP_ROOT / self.running.state()["cgroup"].lstrip("/")
        inside = set(map(int, (folder / "cgroup.procs").read_text().split()))
        self.assertEqual(inside, {self.running.init(), self.pid})
        expected = {"memory.max": str(512 * MIB), "memory.oom.group": "1", "pids.max": "100",
                    "cpu.max": "100000 100000"}
        if (folder / "memory.swap.max").exists():
            expected["memory.swap.max"] = "0"
        self.assertEqual({name: (folder / name).read_text().strip() for name in expected},
                         expected)

    @needs("cgroup v2")
    def test_cgroup_cannot_be_managed_from_inside(self):
        folder = harness.CGROUP_ROOT / self.running.state()["cgroup"].lstrip("/")
        base = int(pathlib.Path(f"/proc/{self.pid}/uid_map").read_text().split()[1])
        for path in (folder, folder / "cgroup.procs", folder / "memory.max"):
            owner = path.stat().st_uid
            self.assertFalse(base <= owner < base + harness.IDS_OF_A_CONTAINER, path)

    @needs("cgroup v2", "root")
    def test_devices_are_decided_by_a_program(self):
        folder = harness.CGROUP_ROOT / self.running.state()["cgroup"].lstrip("/")
        parents = harness.query_device_programs(folder.parent)
        self.assertEqual(harness.query_device_programs(folder), parents + 1)

    @needs("AppArmor")
    def test_label_is_enforced(self):
        label = pathlib.Path(f"/proc/{self.pid}/attr/current").read_text().strip("\n\0")
        self.assertRegex(label, r"hardrun-.* \(enforce\)$")
        self.assertEqual(label.split()[0], self.running.state()["apparmor"])

    def test_streams_given_by_the_host_keep_their_owner(self):
        before = os.stat("/dev/null")
        self.place.run({"args": ["/usr/bin/true"]}, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        after = os.stat("/dev/null")
        self.assertEqual((before.st_uid, before.st_gid, before.st_mode),
                         (after.st_uid, after.st_gid, after.st_mode))


@needs("root", "Landlock")
class Landlock(HardrunTest):
    """
    What the mounts forbid, Landlock forbids once more. To see it alone, the host's root takes
    the mount's options away while the program runs.
    """

    SCRIPT = ("echo ready; read line\n"
              "(echo x > /data/new) 2>/dev/null && echo written\n"
              "(echo x >> /data/old) 2>/dev/null && echo changed\n"
              "mkdir /data/folder 2>/dev/null && echo made\n"
              "rm -f /data/old 2>/dev/null && echo removed\n"
              "/data/script 2>/dev/null\n"
              "cat /data/kept\n")

    def run_unlocked(self, **relax):
        """What the program could do in a mount that was opened to it."""
        folder = self.place.make_folder(f"data{len(relax)}")
        for name, content in (("old", ""), ("kept", "read\n"),
                              ("script", "#!/bin/sh\necho executed\n")):
            (folder / name).write_text(content)
            (folder / name).chmod(0o777)
        running = self.place.start({
            "args": harness.shell(self.SCRIPT),
            "mounts": [{"source": str(folder), "target": "/data"}],
            "relax": relaxed(**relax)})
        self.assertEqual(running.read_line(), "ready\n")
        self.unlock(running.init(), b"/data")
        return running.finish(b"\n").stdout.decode().split()

    def unlock(self, init, path):
        pid = os.fork()
        if pid == 0:
            try:
                fd = os.open(f"/proc/{init}/ns/mnt", os.O_RDONLY)
                harness.LIBC.setns(fd, 0)
                # MS_REMOUNT | MS_BIND, and no other flag.
                os._exit(harness.LIBC.mount(None, path, None, 0x1020, None) and 1)
            finally:
                os._exit(2)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)

    def test_stands_where_mounts_have_fallen(self):
        off = {"apparmor_off": {}} if harness.has_apparmor() else {}
        self.assertEqual(self.run_unlocked(landlock_off={}, **off),
                         ["written", "changed", "made", "removed", "executed", "read"])
        self.assertEqual(self.run_unlocked(**off), ["read"])

    @needs("AppArmor")
    def test_so_does_apparmor(self):
        self.assertEqual(self.run_unlocked(landlock_off={}), ["read"])


class Keyring(HardrunTest):
    """Only a program that may ask can say which keyring it has."""

    SCRIPT = """
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 250, "aarch64": 219}[platform.machine()]
text = ctypes.create_string_buffer(200)
serial = libc.syscall(ctypes.c_long(number), 0, ctypes.c_int(-3), 0)
length = libc.syscall(ctypes.c_long(number), 6, ctypes.c_int(serial), text, 200)
found = libc.syscall(ctypes.c_long(number), 10, ctypes.c_int(-3), b"keyring", b"kept-outside", 0)
print(serial, text.value.decode(), found)
"""

    @needs("subordinate ids")
    def test_session_keyring_is_not_the_callers(self):
        number = {"x86_64": 250, "aarch64": 219}[os.uname().machine]

        def join():
            # KEYCTL_JOIN_SESSION_KEYRING, and a key in it.
            harness.syscall(number, 1, b"of-the-test")
            serial = {"x86_64": 248, "aarch64": 217}[os.uname().machine]
            harness.syscall(serial, b"keyring", b"kept-outside", 0, 0, -3)

        spec = {"args": harness.python(self.SCRIPT),
                "relax": relaxed(syscalls={"allow": ["keyctl"]})}
        result = self.run_well(spec, preexec_fn=join)
        serial, description, found = result.stdout.decode().split()
        self.assertGreater(int(serial), 0)
        self.assertNotIn("of-the-test", description)
        self.assertEqual(found, "-1")


@unittest.skipUnless(harness.has_own_ids(), "this host lacks subordinate ids")
class Ways(HardrunTest):
    """What each tries a way out in a launch of its own."""

    def test_setuid_program_gains_nothing(self):
        programs = [path for path in ("/usr/bin/su", "/usr/bin/mount", "/usr/bin/passwd",
                                      "/usr/bin/newgrp") if os.path.exists(path)
                    and os.stat(path).st_mode & stat.S_ISUID]
        if not programs:
            self.skipTest("this host lacks a setuid program")
        script = ("import os, sys\n"
                  "sys.stdin = open('/dev/null')\n"
                  "pid = os.posix_spawn(sys.argv[1], [sys.argv[1], '--version'], {})\n"
                  "os.waitpid(pid, 0)\n"
                  "print(os.access(sys.argv[1], os.X_OK), os.stat(sys.argv[1]).st_uid)\n"
                  "print(os.statvfs(sys.argv[1]).f_flag & os.ST_NOSUID)\n")
        result = self.run_well({"args": harness.python(script, programs[0])})
        self.assertEqual(result.stdout.decode().splitlines()[-1], str(os.ST_NOSUID))

    def test_abstract_sockets_of_the_host_are_not_reached(self):
        name = f"hardrun-test-{os.getpid()}"
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("\0" + name)
            server.listen()
            script = ("import socket, sys\n"
                      "s = socket.socket(socket.AF_UNIX)\n"
                      "try:\n    s.connect('\\0' + sys.argv[1]); print('connected')\n"
                      "except OSError as error:\n    print(error.errno)\n")
            result = self.run_well({"args": harness.python(script, name)})
        self.assertIn(int(result.stdout), (errno.ECONNREFUSED, errno.EPERM, errno.EACCES))

    @needs("root")
    def test_no_mount_reaches_the_host(self):
        """On a host whose mounts are shared, as systemd makes them; with a namespace between."""
        script = ('mount --make-rshared / && cat /proc/self/mountinfo > "$1/before" || exit 99\n'
                  'folder=$1; shift\n'
                  '"$@" || exit 98\n'
                  'cat /proc/self/mountinfo > "$folder/after"\n')
        for relax in ({}, relaxed(user_namespace_off={})):
            with self.subTest(list(relax)):
                # The program looks at what the namespace of the launcher has by now.
                spec = self.place.write(harness.fitting({
                    "args": harness.shell("echo running; read line"), "relax": relax}))
                process = subprocess.Popen(
                    ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh",
                     self.place.folder, *self.place.command(spec)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
                self.assertEqual(process.stdout.read(8), b"running\n")
                meanwhile = harness.read(f"/proc/{process.pid}/mountinfo")
                process.communicate(b"\n", timeout=harness.PATIENCE)
                self.assertEqual(process.returncode, 0)
                before = (self.place.folder / "before").read_text()
                self.assertEqual(meanwhile, before)
                self.assertEqual((self.place.folder / "after").read_text(), before)
        self.leave_nothing()

    def test_binary_cannot_be_executed_through_proc(self):
        """CVE-2019-5736: the runtime as its own interpreter."""
        before = pathlib.Path(harness.HARDRUN).read_bytes()
        result = self.place.run({"args": ["/proc/self/exe", "--version"]})
        self.assertNotEqual(result.returncode, 0)
        self.assertNotIn(b"hardrun version", result.stdout)
        self.assertEqual(pathlib.Path(harness.HARDRUN).read_bytes(), before)

    def test_working_directory_is_no_way_out(self):
        """CVE-2024-21626: a descriptor of the host as working directory."""
        fds = [os.open("/", os.O_RDONLY | os.O_DIRECTORY) for _ in range(8)]
        try:
            for fd in range(3, max(fds) + 1):
                spec = {"args": ["/bin/pwd"], "cwd": f"/proc/self/fd/{fd}"}
                result = self.place.run(spec, pass_fds=fds)
                self.assert_refusal(result)
                self.assertEqual(result.stdout, b"")
        finally:
            for fd in fds:
                os.close(fd)


if __name__ == "__main__":
    harness.main()
