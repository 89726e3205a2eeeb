#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everything that a payload must not manage, tried from inside by probe/.

The default spec lets nothing through. Each entry of relax opens what the table says, and nothing
else. Bombs stop at their limits, and neither the host nor a neighbour has to wait for them.
"""

import fnmatch
import itertools
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(1, os.path.join(sys.path[0], "..", "integration"))

import attacks                                                               # noqa: E402
import harness                                                               # noqa: E402
import test_relax                                                            # noqa: E402
from harness import Place, needs, relaxed                                    # noqa: E402

PROBE = os.environ.get("PROBE", "probe")
PROFILE = harness.HERE.parent.parent / "profiles" / "seccomp" / "default.json"

# Where root puts it: the default spec executes what is in /usr, and nothing that is brought along.
SHELVES = ("/usr/local/games", "/usr/games", "/usr/local/src", "/usr/src")

# An ordinary user has no other way than to let it arrive on standard input.
RECEIVE = """
import os, sys
size = int(sys.argv[1])
fd = os.memfd_create("probe")
while size > 0:
    size -= os.write(fd, os.read(0, min(size, 1 << 20)))
os.execve(fd, ["probe", *sys.argv[2:]], {})
"""

THROUGH = "through"

# What is wanted of the default spec: the last row that fits counts, and any of its words will do.
# The first word is what the filter, the mounts or the kernel say on most hosts.
WANTED = """
    call:*                               EPERM
    call:clone3                          ENOSYS
    call:listmount                       ENOSYS
    call:lsm_set_self_attr               ENOSYS
    call:open_tree_attr                  EPERM ENOSYS
    call:statmount                       ENOSYS
    call:unknown                         ENOSYS
    i386:*                               EPERM
    i386:clone3                          ENOSYS
    i386:listmount                       ENOSYS
    i386:lsm_set_self_attr               ENOSYS
    i386:open_tree_attr                  EPERM ENOSYS
    i386:socketcall                      ENOSYS
    i386:statmount                       ENOSYS
    i386-way:*                           EPERM
    i386-way:socketcall-alg              ENOSYS
    i386-way:unknown                     ENOSYS
    x32:*                                ENOSYS
    x32-way:*                            ENOSYS

    ioctl:*                              EPERM EACCES
    ioctl:keyboard-mode                  ENOTTY EACCES
    ioctl:tone                           ENOTTY EACCES
    ioctl:virtual-terminal               ENOTTY EACCES
    ioctl:*-of-the-host                  EROFS EPERM EACCES ENOTTY EOPNOTSUPP
    ioctl:block-of-a-file                EPERM
    ioctl:immutable                      EPERM ENOTTY EOPNOTSUPP
    ioctl:append-only                    EPERM ENOTTY EOPNOTSUPP
    ioctl:project                        EINVAL EPERM ENOTTY EOPNOTSUPP
    ioctl:interface-*                    EPERM
    ioctl:bridge                         EPERM ENOPKG

    mount:*                              EPERM

    unshare:*                            EPERM
    clone:*                              EPERM
    clone:*-by-clone3                    ENOSYS
    join:*                               EPERM
    join:init-by-file                    EACCES
    nested:*                             EPERM

    kernel:*                             EPERM
    kernel:wake-by-*                     EPERM EOPNOTSUPP

    read:*                               EACCES ENOENT EPERM empty
    read:/proc/1/*                       EACCES
    read:/proc/kmsg                      EACCES EPERM
    read:/proc/keys                      empty
    read:/proc/timer_list                empty
    read:/proc/kcore                     empty ENOENT
    read:/sys/firmware                   empty
    read:addresses-of-*                  empty EACCES

    write:*                              EACCES EROFS EPERM ENOENT
    write:/proc/self/exe                 EROFS ETXTBSY EACCES
    cgroup:*                             EROFS ENOENT EACCES
    cgroup:new                           EROFS ENOENT
    cgroup:above                         ENOENT

    create:*                             EROFS EACCES ENOENT
    change:*                             EROFS EACCES
    change:link-to-program               EXDEV EACCES EPERM
    change:mode-of-proc                  EROFS EPERM

    see:*                                ENOENT
    host-file:*                          ENOENT
    host-file:by-*-of-init               EACCES
    link:*                               EACCES
    descriptor:*                         EACCES EPERM
    descriptor:inherited                 empty

    device:*                             ENOENT EACCES EPERM
    device:others                        empty
    node:*                               EPERM

    execute:*                            EACCES
    map:*                                EPERM EACCES
    mark:*                               EPERM

    family:*                             EPERM
    socket:*                             EPERM EACCES
    netlink:*                            EPERM
    option:*                             EPERM EACCES ENOPROTOOPT
    peer:low-port                        EACCES
    peer:loopback-of-host                ECONNREFUSED
    peer:outside                         ENETUNREACH
    peer:metadata-service                ENETUNREACH
    peer:abstract                        ECONNREFUSED
    peer:forged-*                        EPERM
    configure:*                          EPERM

    init:*                               EPERM
    init:kill                            empty EACCES
    init:stop                            empty EACCES
    host:*                               ESRCH
    self:*                               EPERM
    self:nice                            EACCES
    self:new-privileges                  EINVAL
    self:no-filter                       EINVAL
"""

# A program in memory, which no mount and no rule of Landlock can forbid: AppArmor does.
WITHOUT_APPARMOR = """
    execute:memory                       through
"""

# What each entry of relax changes. A row that begins with a "?" may be so, or as by default; any
# other must be so. "*" is anything. All that is not named must be as by default. The names of the
# entries are those of test_relax.py, or of MORE below.
NOTHING = ""
OPENS = {
    "root-user": """
        i386-way:chown-root              through
        i386-way:setuid-root             through
        mark:owner-root                  through
        mark:group-root                  through
    """,
    "capabilities": """
        peer:low-port                    through
    """,
    # An ordinary user who shows files is himself inside, and owns what he gives as input.
    "write": """
        ?descriptor:mode-of-input        through
        ?descriptor:owner-of-input       through
    """,
    "writable-root": """
        create:/                         through
        create:/etc                      through
        ?create:/etc/ssl                 through ENOENT
        create:nameless-in-root          through
        write:/etc/group                 through
        write:/etc/hosts                 through
        write:/etc/passwd                through
        write:/etc/resolv.conf           through
        change:mode-of-root              through EACCES
        change:owner-of-passwd           through
        change:length-of-passwd          through
        change:removal-of-passwd         through
        change:name-of-hostname          through
        change:link-in-root              through
        change:directory-in-root         through
        change:socket-in-root            through
        ?change:*-of-tmp                 EBUSY
    """,
    "exec-paths": """
        execute:/tmp                     through
        execute:setuid                   through
        map:/tmp                         through
        map:turned                       through
    """,
    "devices": """
        ?device:@DEVICE@                 through EACCES
        ?device:others                   through
    """,
    "syscalls": """
        call:keyctl                      EOPNOTSUPP
        call:get_mempolicy               EINVAL
        ?i386:keyctl                     EOPNOTSUPP
        ?i386:get_mempolicy              EINVAL
        kernel:keyring*                  through
    """,
    # What needs a capability, a mount or a namespace is refused all the same.
    "seccomp-off": """
        ?call:*                          *
        ?i386:*                          *
        call:get_mempolicy               EINVAL
        call:keyctl                      EOPNOTSUPP
        call:setns                       EBADF
        ?i386-way:clone-user             ENOSPC
        ?i386-way:unshare-user           ENOSPC
        ?i386-way:socket-*               *
        ?i386-way:socket-packet          EPERM EACCES
        ?i386-way:socketcall-alg         *
        ?i386-way:ioctl-*                ENOTTY EPERM EIO
        ?i386-way:mknod-mem              EACCES
        i386-way:personality             through
        ?ioctl:sti*                      through EIO EPERM
        ?ioctl:linux*                    ENOTTY
        ?ioctl:discipline*               EINVAL EPERM
        ?mount:mask-off                  ENOENT
        ?unshare:user*                   ENOSPC EINVAL
        ?clone:user*                     ENOSPC EINVAL
        ?clone:cgroup-by-clone3          EBADF
        ?join:user                       EINVAL
        nested:*                         ENOSPC
        ?kernel:module*                  EPERM ENOSYS
        ?kernel:next-kernel              EPERM ENOSYS
        ?kernel:port*                    EPERM ENOSYS
        ?kernel:handle                   EOVERFLOW
        ?kernel:counter                  through EACCES
        ?kernel:fault-handler            through
        ?kernel:ring                     through
        kernel:quota                     through
        kernel:key*                      through
        kernel:addresses*                through
        kernel:executable-data           through
        kernel:memory-policy             through
        kernel:segments                  through
        ?node:*                          EACCES
        ?node:whiteout                   EACCES through
        ?family:*                        *
        ?family:packet                   EPERM EACCES
        ?socket:*                        *
        ?socket:raw-*                    EPERM EACCES
        ?socket:packet-of-old            EPERM EACCES
        ?netlink:*                       *
        init:be-traced                   through EACCES
        ?self:core-scheduling            EINVAL ENODEV
    """,
    "apparmor-off": """
        execute:memory                   through
    """,
    "apparmor-if-available": NOTHING,
    # Not even what the host gave as a stream can be opened anew, but for Landlock.
    "landlock-off": """
        descriptor:input-to-*            through
        descriptor:errors-to-read        through
    """,
    "new-privileges": NOTHING,
    "user-namespace-off": NOTHING,
    "host-pid": """
        ?init:kill                       untried
        ?init:stop                       untried
        ?host:signal                     EPERM EACCES
        ?host:limits                     EPERM EACCES
        host:open-process                through
        ?host:affinity                   through EACCES
    """,
    "host-ipc": NOTHING,
    "host-uts": NOTHING,
    # Its /sys is the host's, which an ordinary user can only show with all that is mounted on it.
    "host-network": """
        peer:loopback-of-host            through
        ?peer:outside                    through
        ?peer:metadata-service           through
        ?peer:abstract                   EPERM EACCES
        ?create:/sys/fs/cgroup           EROFS
        ?read:/sys/kernel/*              through
    """,
    "nested-user-namespaces": """
        call:setns                       EBADF
        ?i386:setns                      EBADF
        ?i386-way:clone-user             through
        ?i386-way:unshare-user           through
        unshare:user                     through
        ?unshare:user-with-a-high-bit    EINVAL
        clone:user*                      through
        clone:user-by-clone3             ENOSYS
        ?join:user                       EINVAL
        ?nested:id-map                   EROFS
    """,
    "unmasked-paths": """
        read:/proc/keys                  through
    """,
    "sysctl": NOTHING,
    "no-limits of descriptors": NOTHING,
    "no-limits of core files": """
        ?self:core                       empty
    """,
    "no-limits of memory": NOTHING,
    "no-limits of swap": NOTHING,
    "no-limits of processors": NOTHING,
    "no-limits of processes": NOTHING,
    "secrets-in-env": NOTHING,
    "sensitive-mount": """
        ?descriptor:mode-of-input        through
        ?descriptor:owner-of-input       through
    """,
    "capability NET_RAW": """
        socket:raw-*                     through
        option:mark                      through
        option:priority                  through
        option:transparent               through
    """,
    "capability NET_ADMIN": """
        ioctl:interface-*                through
        ?ioctl:bridge                    through ENOPKG
        option:mark                      through
        option:priority                  through
        option:transparent               through
        option:repair                    through
        ?option:*tables                  EINVAL ENOPROTOOPT
        configure:link                   through
        ?configure:address               EINVAL
        configure:route                  through
    """,
    # It is the right to administer its own user namespace, behind the filter.
    "capability SYS_ADMIN": """
        ?ioctl:freeze                    EOPNOTSUPP
        mark:label                       through
        ?mark:integrity                  through
        peer:forged-process              through
    """,
    "capability CHOWN": """
        i386-way:chown-root              through
        mark:owner-*                     through
        mark:group-*                     through
    """,
    "capability SETUID": """
        i386-way:setuid-root             through
        peer:forged-user                 through
        self:user-*                      through
    """,
    "capability SETGID": """
        self:group-*                     through
        self:groups                      through
    """,
    "capability SETPCAP": """
        self:bounding                    through
    """,
    "capability SETFCAP": """
        mark:capabilities                through
    """,
    "capability SYS_CHROOT": """
        self:capabilities                through
        self:inheritable                 through
        self:ambient                     through
    """,
    "capabilities over the machine": NOTHING,
}

# The machine is not the user namespace's, so these give nothing there.
OVER_THE_MACHINE = (
    "AUDIT_CONTROL", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "DAC_OVERRIDE",
    "DAC_READ_SEARCH", "FOWNER", "IPC_LOCK", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN",
    "MAC_OVERRIDE", "MKNOD", "PERFMON", "SYSLOG", "SYS_BOOT", "SYS_MODULE", "SYS_NICE",
    "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
    "WAKE_ALARM",
)

MORE = {
    **{name: test_relax.Case({"capabilities": {"add": [name.split()[1]]}}, {})
       for name in OPENS if name.startswith("capability ")},
    "capabilities over the machine": test_relax.Case(
        {"capabilities": {"add": list(OVER_THE_MACHINE)}}, {}),
}

# Each denial is written to a log, which takes an emulated machine long; there are those entries
# tried for which it makes a difference that it has AppArmor.
IS_SLOW = float(os.environ.get("HARDRUN_TEST_SLOW", "1")) > 1
OF_A_GUEST = ("apparmor-off", "host-network", "landlock-off", "no-limits of processes", "root-user",
              "seccomp-off", "writable-root")

# What allowing a group of calls of the profile opens besides the calls themselves; each group is
# named by one of its calls. Mounting, modules, the clock and such need a capability all the same.
CALLS_OPEN = {
    "bpf": "?kernel:counter through EACCES",
    "init_module": "?kernel:module* EPERM ENOSYS\n?kernel:next-kernel EPERM ENOSYS",
    "mount": "?mount:* EPERM EACCES ENOENT",
    "setns": "?join:user EINVAL",
    "keyctl": "kernel:key* through",
    "ptrace": "init:be-traced through EACCES",
    "userfaultfd": "?kernel:fault-handler through",
    "io_uring_setup": "?kernel:ring through",
    "name_to_handle_at": "?kernel:handle EOVERFLOW",
    "quotactl": "kernel:quota through",
    "mbind": "kernel:memory-policy through",
    "iopl": "?kernel:port* EPERM ENOSYS\nkernel:segments through",
    "clone3": "?clone:user-by-clone3 ENOSPC\n?clone:cgroup-by-clone3 EBADF",
    "clock_settime": NOTHING,
    "sysfs": NOTHING,
}


def read_table(text):
    """The rows as pairs: a pattern, and the words behind it."""
    return [(words[0], words[1:]) for words in map(str.split, text.splitlines()) if words]


def last_of(table, name):
    """What the last row says that fits @name; None where none does."""
    found = [words for pattern, words in table if fnmatch.fnmatchcase(name, pattern)]
    return found[-1] if found else None


def wanted_by_default():
    table = read_table(WANTED)
    return table if harness.has_apparmor() else table + read_table(WITHOUT_APPARMOR)


def has_entry_of_32_bits():
    return subprocess.run([PROBE, "entry"], check=False).returncode == 0


def denied_groups():
    """The names that the profile denies whatever their arguments, rule by rule."""
    rules = json.loads(PROFILE.read_text(encoding="utf-8"))["syscalls"]
    return [rule["names"] for rule in rules
            if rule["action"] == "SCMP_ACT_ERRNO" and not rule.get("args")]


def shelve():
    """
    Put the probe into /usr as this script's mount namespace sees it, and cgroups of version 2 in
    their place; begin anew there.
    """
    if not harness.is_root() or "PROBE_IS_SHELVED" in os.environ:
        return
    harness.unshare_mounts()
    attacks.mount_cgroup2()
    shelf = next(path for path in SHELVES if os.path.isdir(path))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", shelf], check=True)
    os.environ["PROBE"] = shutil.copy(PROBE, shelf)
    os.environ["PROBE_IS_SHELVED"] = "1"
    os.execv(harness.PYTHON, [harness.PYTHON, os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def probe_args(*words):
    """The args of a spec; what they expect on standard input is what first_input() returns."""
    if PROBE.startswith("/usr/"):
        return [PROBE, *words]
    return harness.python(RECEIVE, str(os.path.getsize(PROBE)), *words)


def first_input():
    return b"" if PROBE.startswith("/usr/") else pathlib.Path(PROBE).read_bytes()


class Target:
    """What of the host is in reach, if anything is: a file, a port, an abstract socket."""

    def __init__(self, place):
        self.file = place.folder / "of-the-host"
        self.file.write_text("the host's\n")
        self.name = f"hardrun-probe-{os.getpid()}"
        self.tcp = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind("\0" + self.name)
        self.unix.listen(1024)

    def close(self):
        self.tcp.close()
        self.unix.close()

    def words(self):
        return [str(self.file), str(os.getpid()), str(self.tcp.getsockname()[1]), self.name]


class Attempts(unittest.TestCase):
    """A launch of the probe for each row of a table of specs."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not harness.has_own_ids():
            raise unittest.SkipTest("this host lacks subordinate ids")
        cls.place = Place()
        cls.addClassCleanup(cls.place.close)
        cls.target = Target(cls.place)
        cls.addClassCleanup(cls.target.close)
        cls.folder = str(cls.place.make_folder("data"))
        cls.default = cls.attempt({})

    @classmethod
    def attempt(cls, spec):
        """What each attempt got; standard input and errors are files of the host."""
        streams = [cls.place.folder / "input", cls.place.folder / "errors"]
        streams[0].write_bytes(first_input())
        streams[1].write_bytes(b"")
        for path in streams:
            path.chmod(0o666)
        with open(streams[0], "rb") as given, open(streams[1], "ab") as errors:
            result = cls.place.run({"name": "probe", **spec,
                                    "args": probe_args(*cls.target.words())},
                                   stdin=given, stderr=errors)
        if result.returncode != 0:
            raise AssertionError(f"the probe ended with {result.returncode}: "
                                 f"{streams[1].read_text(errors='replace')}")
        got = dict(line.split() for line in result.stdout.decode().splitlines())
        if not has_entry_of_32_bits():
            got = {name: what for name, what in got.items() if not name.startswith("i386")}
        return got

    def fill_in(self, case):
        """Its spec, with this run's paths in place of the marks."""
        text = json.dumps({**case.spec, "relax": case.relax})
        device = test_relax.spare_device() or ""
        return json.loads(text.replace(test_relax.FOLDER, self.folder).replace("@DEVICE@", device))

    def judge(self, got, opens):
        """@opens are the rows of what may or must be otherwise than by default."""
        allowed = [(pattern.lstrip("?"), words + ["default"] * pattern.startswith("?"))
                   for pattern, words in opens]
        default = wanted_by_default()
        lines = []
        for name, outcome in got.items():
            wanted = last_of(allowed, name) or ["default"]
            if "default" in wanted:
                wanted = [word for word in wanted if word != "default"]
                wanted += last_of(default, name) or []
            if outcome not in wanted and "*" not in wanted:
                lines.append(f"{name}: wanted {' or '.join(wanted)}, got {outcome}")
        for pattern, _ in opens:
            if not pattern.startswith("?") and not fnmatch.filter(got, pattern) and \
                    not pattern.startswith("i386"):
                lines.append(f"{pattern}: no attempt has this name")
        self.assertEqual(lines, [])

    def test_default_lets_nothing_through(self):
        default = wanted_by_default()
        for name, outcome in self.default.items():
            print(f"# {name}: wanted {' or '.join(last_of(default, name) or [])}, got {outcome}")
        self.judge(self.default, [])

    @unittest.skipIf(IS_SLOW, "it takes a machine that is not emulated")
    def test_two_launches_get_the_same(self):
        self.assertEqual(self.attempt({}), self.default)

    def test_every_row_is_of_some_attempt(self):
        dead = [pattern for pattern, _ in wanted_by_default()
                if not fnmatch.filter(self.default, pattern) and not pattern.startswith("i386")]
        self.assertEqual(dead, [])

    def test_every_denied_call_is_tried(self):
        denied = {name for names in denied_groups() for name in names}
        tried = {name.partition(":")[2] for name in self.default
                 if name.startswith(("call:", "i386:"))}
        if not has_entry_of_32_bits():
            denied &= tried
        self.assertEqual(denied - tried, set())

    def test_every_entry_of_relax_is_judged(self):
        self.assertEqual(set(OPENS), {*test_relax.CASES, *MORE})

    def known_of(self, names):
        """Those of @names that this build knows; to the others the filter says ENOSYS."""
        return [name for name in names if name == "clone3" or
                "EPERM" in (self.default.get("call:" + name), self.default.get("i386:" + name))]

    @unittest.skipIf(IS_SLOW, "it takes a machine that is not emulated")
    def test_a_group_of_calls_opens_no_other(self):
        """
        Each group is allowed in three of six launches, no two in the same ones: for any two there
        is a launch with the one and without the other.
        """
        groups = list(map(self.known_of, denied_groups()))
        codes = list(itertools.combinations(range(6), 3))
        self.assertLessEqual(len(groups), len(codes))
        self.assertEqual(set(CALLS_OPEN) - set(itertools.chain(*groups)), set())
        for launch in range(6):
            allowed = [group for code, group in zip(codes, groups) if launch in code]
            names = list(itertools.chain(*allowed))
            opens = [(f"?{entry}:{name}", ["*"]) for entry in ("call", "i386") for name in names]
            for name in CALLS_OPEN.keys() & set(names):
                opens += read_table(CALLS_OPEN[name])
            with self.subTest(names):
                got = self.attempt({"relax": relaxed(syscalls={"allow": names})})
                self.judge(got, opens)
                # What needs no capability is answered by the kernel now.
                for group in allowed:
                    self.assertTrue([name for name in group for entry in ("call:", "i386:")
                                     if got.get(entry + name) != self.default.get(entry + name)],
                                    group)

    def test_nothing_is_left(self):
        self.assertEqual(self.place.leftovers(), [])



class Bombs(unittest.TestCase):
    """What uses up all there is: up to its limit, and without the others having to wait."""

    MIB = 1 << 20
    SMALL = {"limits": {"memory": "64MiB"}}

    def setUp(self):
        if not harness.has_own_ids():
            self.skipTest("this host lacks subordinate ids")
        self.place = Place()
        self.addCleanup(self.place.close)
        self.neighbour = self.place.start({"args": harness.shell("while read x; do echo $x; done")})
        self.others_go_on()

    def others_go_on(self):
        """The neighbour answers, and the host starts a program."""
        self.neighbour.process.stdin.write(b"well\n")
        self.assertEqual(self.neighbour.read_line(), "well\n")
        subprocess.run(["true"], timeout=harness.PATIENCE, check=True)

    def explode(self, kind, **spec):
        """Start a bomb; it holds what it got until it is finished."""
        running = self.place.start({**spec, "args": probe_args("bomb", kind)})
        running.process.stdin.write(first_input())
        return running

    def count(self, kind, **spec):
        """How much of it there was, and the error that was the end."""
        running = self.explode(kind, **spec)
        line = running.read_line().split()
        self.others_go_on()
        done = running.finish()
        self.assertTrue(line, done.stderr)
        self.others_go_on()
        self.leave_nothing()
        return int(line[0]), line[1]

    def leave_nothing(self):
        name = self.neighbour.name
        self.assertEqual([line for line in self.place.leftovers() if name not in line
                          and not line.startswith("slots/")], [])

    def is_killed(self, kind):
        running = self.explode(kind, **self.SMALL)
        running.wait()
        self.assertEqual(running.process.returncode, 128 + signal.SIGKILL)
        self.others_go_on()

    @needs("cgroup v2")
    def test_of_processes(self):
        count, error = self.count("processes")
        self.assertLess(count, 100)
        self.assertGreater(count, 80)
        self.assertEqual(error, "EAGAIN")

    @needs("cgroup v2")
    def test_of_memory(self):
        self.is_killed("memory")

    @needs("cgroup v2")
    def test_of_shared_memory(self):
        self.is_killed("shared-memory")

    @needs("cgroup v2")
    def test_of_files_in_memory(self):
        """A tmpfs is bigger than the limit: what is in it counts."""
        self.is_killed("space:/tmp")

    def test_of_descriptors(self):
        count, error = self.count("descriptors")
        self.assertLess(count, 1024)
        self.assertEqual(error, "EMFILE")

    def test_of_space(self):
        for folder, most in (("/tmp", 64), ("/run", 16), ("/dev/shm", 64)):
            with self.subTest(folder):
                count, error = self.count("space:" + folder)
                self.assertLessEqual(count, most)
                self.assertGreater(count, most - 2)
                self.assertEqual(error, "ENOSPC")

    def test_of_inodes(self):
        for folder in ("/tmp", "/run", "/dev/shm"):
            with self.subTest(folder):
                count, error = self.count("files:" + folder)
                self.assertLessEqual(count, 64 * 1024)
                self.assertEqual(error, "ENOSPC")

    def test_of_queues(self):
        # Landlock knows no place for them: with it there are none.
        count, error = self.count("queues", relax=relaxed(landlock_off={}))
        self.assertLess(count, 256)
        self.assertIn(error, ("EMFILE", "ENOSPC"))

    def test_of_terminals(self):
        count, error = self.count("terminals")
        self.assertLess(count, 1024)
        self.assertIn(error, ("EMFILE", "ENOSPC"))

    def test_of_watches(self):
        count, error = self.count("watches")
        self.assertLess(count, 1024)
        self.assertEqual(error, "EMFILE")

    @staticmethod
    def size_of(running):
        """KiB in memory."""
        return int(harness.status_of(running.pid)["VmRSS"].split()[0])

    def test_of_output(self):
        """Nobody reads at first: the program waits, and the supervisor does not grow."""
        running = self.explode("output")
        self.assertTrue(select.select([running.process.stdout], [], [], harness.PATIENCE)[0])
        before = self.size_of(running)
        self.others_go_on()
        total = 0
        while total < 64 * self.MIB:
            total += len(running.process.stdout.read(self.MIB))
        self.assertLessEqual(self.size_of(running), before)
        done = running.finish()
        self.assertEqual((done.returncode, done.stderr), (0, b"64 0\n"))


def add_case(name, case):
    def test(self):
        if IS_SLOW and name not in OF_A_GUEST:
            self.skipTest("it takes a machine that is not emulated")
        lacking = test_relax.lacks_nothing(*case.needs)
        if "@DEVICE@" in str(case.relax) and test_relax.spare_device() is None:
            lacking.append("a spare device")
        if lacking:
            self.skipTest("this host lacks " + ", ".join(lacking))
        rows = OPENS[name].replace("@DEVICE@", (test_relax.spare_device() or "")[len("/dev/"):])
        got = self.attempt(self.fill_in(case))
        self.judge(got, read_table(rows))
        if any(not pattern.startswith("?") for pattern, _ in read_table(rows)):
            # What it opens would be seen, were it not allowed to.
            with self.assertRaises(AssertionError):
                self.judge(got, [])

    setattr(Attempts, "test_" + re.sub("[^A-Za-z]", "_", name), test)


for _name, _case in {**test_relax.CASES, **MORE}.items():
    add_case(_name, _case)


if __name__ == "__main__":
    shelve()
    harness.main()
