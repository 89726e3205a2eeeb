#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each entry of relax lifts its own control and no other.

The probe is run by default and once more for each case. Every fact that differs must be one that
the case names; and what the entry is for must differ. Facts are named in probe.py.
"""

import json
import os
import re
import socket
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import Place, relaxed                                           # noqa: E402

ABSTRACT = f"hardrun-test-{os.getpid()}"
SPARE_DEVICES = ("/dev/fuse", "/dev/kvm", "/dev/net/tun", "/dev/loop-control", "/dev/hwrng")
NAME = "relaxed"


def lacks_nothing(*names):
    return [name for name in names if not harness.HOST[name]()]


class Case:
    """
    A relax block and what it does: @must maps facts to their new value (a callable judges);
    @may holds patterns of facts that can differ along with them.
    """

    def __init__(self, relax, must, may=(), spec=None, needs=()):
        self.relax = relaxed(**relax)
        self.must = must
        self.may = [re.compile(pattern) for pattern in may]
        self.spec = spec or {}
        self.needs = needs

    def allows(self, fact):
        return fact in self.must or any(pattern.fullmatch(fact) for pattern in self.may)


def spare_device():
    return next((path for path in SPARE_DEVICES if os.path.exists(path)), None)


def is_not(value):
    return lambda seen: seen != value


def has_flag(flag):
    return lambda seen: flag in re.split("[ ,]", seen)


def lacks_flag(flag):
    return lambda seen: flag not in re.split("[ ,]", seen)


PRIVILEGED = format(1 << 10, "016x")  # CAP_NET_BIND_SERVICE

# A path of the host that has a meaning inside: both are the same with relax.write.
FOLDER = "@FOLDER@"

# Where files of the host are shown, an ordinary user is the same user inside: what was refused as
# someone else's is then refused because it is read-only.
OWN_CGROUP = "open-to-write:/sys/fs/cgroup/.*"

CASES = {
    "root-user": Case(
        {"root_user": {}},
        {"user:uids": [0] * 3, "user:gids": [0] * 3},
        # Root inside owns what is root's, and has no capability over it; the mounts hold.
        may=["user:groups", "user:become-root", "read:/etc/(passwd|group)", "write:/sys.*",
             "write:/proc", "open-to-write:.*", "list:.*", "init:.*", "write:/run/secrets"]),
    "capabilities": Case(
        {"capabilities": {"add": ["NET_BIND_SERVICE"]}},
        {**{"status:" + name: PRIVILEGED for name in harness.CAPABILITY_SETS},
         "network-low-port": "ok"}),
    "write": Case(
        {"write": {"paths": [FOLDER]}},
        {"mount:" + FOLDER: has_flag("rw"), "write:" + FOLDER: "ok"},
        may=["list:/tmp", "created-mode:" + FOLDER, "list:" + FOLDER, "(size|inodes):" + FOLDER,
             "execute:" + FOLDER, OWN_CGROUP]),
    "writable-root": Case(
        {"writable_root": {}},
        {"mount:/": has_flag("rw"), "write:/": "ok", "write:/etc": "ok"},
        may=["created-mode:(/|/etc)", "open-to-write:/etc/passwd"]),
    "exec-paths": Case(
        {"exec_paths": {"paths": ["/tmp"]}},
        {"mount:/tmp": lacks_flag("noexec"), "execute:/tmp": "ok"}),
    "devices": Case(
        {"devices": {"paths": ["@DEVICE@"]}},
        {"mount:@DEVICE@": lambda seen: True, "list:/dev": is_not(None)},
        may=["device:[a-z-]+"]),
    "syscalls": Case(
        {"syscalls": {"allow": ["keyctl", "get_mempolicy"]}},
        {"call:keyctl": "ok", "call:get_mempolicy": "ok"}),
    "seccomp-off": Case(
        {"seccomp_off": {}},
        {"status:Seccomp": "0", "status:Seccomp_filters": "0", "call:clone3": "EINVAL",
         "call:fsopen": is_not("ENOSYS"), "call:get_mempolicy": "ok",
         # Landlock and the kernel still stand before these; a whiteout is no device.
         **{"make-device:" + kind: is_not("ok") for kind in ("character", "block")}},
        may=["call:.*", "make-device:whiteout"]),
    "apparmor-off": Case(
        {"apparmor_off": {}}, {"user:label": lambda seen: seen.startswith("unconfined")},
        # The profile stands before some of the same doors.
        may=["init:.*", "call:socket-raw"], needs=["AppArmor"]),
    # An ordinary user may find a profile that root has loaded.
    "apparmor-if-available": Case({"apparmor_if_available": {}}, {}, may=["user:label"]),
    "landlock-off": Case({"landlock_off": {}}, {"landlock:layers": "0"}, needs=["Landlock"]),
    "new-privileges": Case({"new_privileges": {}}, {"status:NoNewPrivs": "0"}),
    "user-namespace-off": Case(
        {"user_namespace_off": {}},
        {"namespace:user": "host", "user:uid-map-size": (1 << 32) - 1},
        # The limit of nested ones is a setting of the own user namespace.
        may=["sysctl:user.max_user_namespaces", "process:oom-adjustment", "mount:/usr",
             "mount:/etc/.*"],
        needs=["root"]),
    "host-pid": Case(
        {"host_pid": {}},
        {"namespace:pid": "host", "process:others": is_not([1]), "process:pid": is_not(None)},
        may=["process:.*", "init:.*", "mount:/proc.*", "open-to-write:/proc/1/.*",
             "mask:.*", "write:/proc"]),
    "host-ipc": Case({"host_ipc": {}}, {"namespace:ipc": "host"}, may=["sysctl:kernel.shmmax"]),
    "host-uts": Case(
        {"host_uts": {}},
        {"namespace:uts": "host", "name:host": os.uname().nodename},
        may=["environment:HOSTNAME", "read:/etc/host(s|name)", "name:domain"]),
    "host-network": Case(
        {"host_network": {}},
        {"namespace:net": "host",
         # The host's abstract sockets are in reach now, but for Landlock or AppArmor.
         "network-abstract": lambda seen: seen in ("EPERM", "EACCES") or
                                          harness.landlock_abi() < 6},
        # resolv.conf and nsswitch.conf follow.
        may=["network.*", "read:/etc/(resolv|nsswitch).conf", "sysctl:net[.].*", "mount:/sys.*",
             "mask:/sys/.*", "open-to-write:/proc/sys/net/.*", "write:/sys.*"]),
    "nested-user-namespaces": Case(
        {"nested_user_namespaces": {}},
        {"sysctl:user.max_user_namespaces": is_not("0"), "call:unshare-user": "ok",
         "call:clone-user": "ok", "call:setns": "EBADF"},
        # Without capabilities the kernel refuses the other namespaces.
        may=["call:unshare-(mount|net)"]),
    "unmasked-paths": Case(
        {"unmasked_paths": {"paths": ["/proc/keys"]}},
        {"mask:/proc/keys": lambda seen: True},
        may=["mount:/proc/keys"]),
    "sysctl": Case(
        {"sysctl": {"values": {"net.core.somaxconn": "77"}}},
        {"sysctl:net.core.somaxconn": "77"}),
    "no-limits of descriptors": Case(
        {"no_limits": {"limits": ["nofile"]}}, {"limit:nofile": is_not([1024, 1024])}),
    "no-limits of core files": Case(
        {"no_limits": {"limits": ["core"]}}, {"limit:core": is_not([0, 0])}),
    "no-limits of memory": Case(
        {"no_limits": {"limits": ["memory"]}}, {"cgroup:memory.max": "max"},
        may=["cgroup:memory.oom.group"], needs=["cgroup v2"]),
    "no-limits of swap": Case(
        {"no_limits": {"limits": ["swap"]}},
        {"cgroup:memory.swap.max": lambda seen: seen in ("max", "ENOENT")}, needs=["cgroup v2"]),
    "no-limits of processors": Case(
        {"no_limits": {"limits": ["cpus"]}}, {"cgroup:cpu.max": "max 100000"},
        needs=["cgroup v2"]),
    "no-limits of processes": Case(
        {"no_limits": {"limits": ["pids"]}}, {"cgroup:pids.max": "max"}, needs=["cgroup v2"]),
    "secrets-in-env": Case(
        {"secrets_in_env": {"names": ["API_TOKEN"]}},
        {"environment:API_TOKEN": "ghp_0123456789abcdefghijABCDEFGHIJ012345"},
        spec={"env": {"API_TOKEN": "ghp_0123456789abcdefghijABCDEFGHIJ012345"}}),
    "sensitive-mount": Case(
        {"sensitive_mount": {"paths": ["/etc/pam.d"]}},
        {"mount:/pam": has_flag("ro")},
        may=["list:/", "list:/pam", OWN_CGROUP],
        spec={"mounts": [{"source": "/etc/pam.d", "target": "/pam"}]}),
}

# What each case is tried without: the spec is then refused, or the fact does not differ.
REFUSED_WITHOUT = ("secrets-in-env", "sensitive-mount")


class Relax(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not harness.has_own_ids():
            raise unittest.SkipTest("this host lacks subordinate ids")
        cls.place = Place()
        cls.addClassCleanup(cls.place.close)
        cls.folder = str(cls.place.make_folder("data"))
        cls.server = socket.socket(socket.AF_UNIX)
        cls.server.bind("\0" + ABSTRACT)
        cls.server.listen(128)
        cls.addClassCleanup(cls.server.close)
        cls.default = cls.look({})

    @classmethod
    def look(cls, spec):
        """The facts of a launch; namespaces as "own" or "host", AppArmor's label by its kind."""
        wishes = {"write": [cls.folder], "execute": [cls.folder], "look": [cls.folder],
                  "abstract": ABSTRACT}
        facts = harness.probe(cls.place, {"name": NAME, **spec}, wishes)
        for name in harness.NAMESPACES:
            is_hosts = facts["namespace:" + name] == harness.namespace_of("self", name)
            facts["namespace:" + name] = "host" if is_hosts else "own"
        # The init takes its name while the program starts.
        facts.pop("init:name")
        facts["user:label"] = re.sub("hardrun-[0-9a-f]+", "hardrun", facts["user:label"])
        return facts

    def fill_in(self, value):
        """Put this run's paths in place of the marks."""
        if isinstance(value, str):
            return value.replace(FOLDER, self.folder).replace("@DEVICE@", spare_device() or "")
        if isinstance(value, list):
            return [self.fill_in(item) for item in value]
        if isinstance(value, dict):
            return {self.fill_in(key): self.fill_in(item) for key, item in value.items()}
        return value

    def check(self, case):
        filled = Case({}, self.fill_in(case.must),
                      [self.fill_in(pattern.pattern) for pattern in case.may])
        facts = self.look({**case.spec, "relax": self.fill_in(case.relax)})
        different = {fact for fact in self.default.keys() | facts.keys()
                     if self.default.get(fact) != facts.get(fact)}
        astray = {fact: (self.default.get(fact), facts.get(fact)) for fact in different
                  if not filled.allows(fact)}
        self.assertEqual(astray, {}, "facts that this entry has no business with")
        for fact, wanted in filled.must.items():
            seen = facts.get(fact)
            if callable(wanted):
                self.assertTrue(seen is not None and wanted(seen), (fact, seen))
            else:
                self.assertEqual(seen, wanted, fact)
        return different

    def test_the_table_has_every_entry(self):
        """By asking for one that is not there, and for every name of the schema."""
        schema = os.path.join(harness.HERE.parent.parent, "profiles", "schema",
                              "hardrun.schema.json")
        with open(schema, encoding="utf-8") as file:
            entries = json.load(file)["properties"]["relax"]["properties"]
        self.assertEqual({name.split(" ")[0] for name in CASES}, set(entries))

    def test_two_launches_of_one_spec_see_the_same(self):
        again = self.look({})
        self.assertEqual({fact: (self.default.get(fact), again.get(fact))
                          for fact in self.default.keys() | again.keys()
                          if self.default.get(fact) != again.get(fact)}, {})

    def test_what_needs_an_entry_is_refused_without_it(self):
        for name in REFUSED_WITHOUT:
            with self.subTest(name):
                result = self.place.run({"args": ["/usr/bin/true"], **CASES[name].spec})
                self.assertEqual(result.returncode, harness.FAILED)
                self.assertIn(f"relax.{name}", result.stderr.decode().replace('"', "").replace(
                    "relax: {", "relax."))

    def test_all_is_clean_in_the_end(self):
        self.assertEqual(self.place.leftovers(), [])


def add_case(name, case):
    def test(self):
        lacking = lacks_nothing(*case.needs)
        if "@DEVICE@" in str(case.relax) and spare_device() is None:
            lacking.append("a spare device")
        if lacking:
            self.skipTest("this host lacks " + ", ".join(lacking))
        self.check(case)

    setattr(Relax, "test_" + re.sub("[^a-z]", "_", name), test)


for _name, _case in CASES.items():
    add_case(_name, _case)


if __name__ == "__main__":
    harness.main()
