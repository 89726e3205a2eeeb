#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ways by the kernel's own files and calls: cgroups, sysctls, id maps."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import attacks                                                               # noqa: E402
import harness                                                               # noqa: E402
from harness import needs                                                    # noqa: E402

# Every cgroup file system in view, and what of it can be changed.
TRY_CGROUPS = """
import json, os
changed = []
for line in open("/proc/self/mountinfo"):
    fields = line.split()
    kind = fields[fields.index("-") + 1]
    if not kind.startswith("cgroup"):
        continue
    top = fields[4]
    try:
        os.mkdir(top + "/attack")
        os.rmdir(top + "/attack")
        changed.append("mkdir " + top)
    except OSError:
        pass
    for name in ("cgroup.procs", "release_agent", "notify_on_release", "cgroup.subtree_control",
                 "cgroup.kill", "memory.max", "devices.allow"):
        try:
            os.close(os.open(f"{top}/{name}", os.O_WRONLY))
            changed.append(f"open {top}/{name}")
        except OSError:
            pass
print(json.dumps(changed))
"""

# The published steps, up to the write: hierarchies are mounted in a user namespace of one's own.
RELEASE_AGENT = """
mkdir -p /tmp/attack
for way in "unshare --user --map-root-user --mount --cgroup" "unshare --mount --cgroup" ""; do
    $way sh -c '
        for controller in rdma misc net_cls freezer pids devices memory cpu none,name=attack; do
            mount -t cgroup -o $controller cgroup /tmp/attack 2>/dev/null || continue
            echo mounted $controller
            umount /tmp/attack
        done
        mount -t cgroup2 cgroup /tmp/attack && echo mounted
        mount -t tmpfs none /tmp/attack && echo mounted tmpfs
    ' 2>/dev/null
done
true
"""

# Of what engines deny by their default filter; clone(2) only with flags of new namespaces.
FILTER = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [
        {"names": ["unshare", "setns", "mount", "umount2", "move_mount", "fsopen", "fsmount",
                   "open_tree", "mount_setattr", "pivot_root"],
         "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
        {"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
         "args": [{"index": 0, "value": 0x10000000, "valueTwo": 0x10000000,
                   "op": "SCMP_CMP_MASKED_EQ"}]},
    ],
}

# Capabilities that engines give, none of which is for this.
USUAL = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW",
         "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
         "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE")


def namespaces(*kinds):
    return [{"type": kind} for kind in kinds]


@needs("root")
class CVE_2023_25809(attacks.Attack):
    """The host's cgroups, writable from inside."""

    SHAPES = {
        "as usual": ("pid", "mount", "ipc", "uts", "network"),
        "with a cgroup namespace": ("pid", "mount", "ipc", "uts", "network", "cgroup"),
        "with a user namespace": ("pid", "mount", "ipc", "uts", "network", "user"),
        "with both": ("pid", "mount", "ipc", "uts", "network", "user", "cgroup"),
    }

    def setUp(self):
        super().setUp()
        # Root of a user namespace cannot make it.
        (self.victim.rootfs / "sys").mkdir()

    def test_no_cgroup_can_be_changed(self):
        mapping = [{"containerID": 0, "hostID": 300000, "size": 65536}]
        for name, kinds in self.SHAPES.items():
            with self.subTest(name):
                linux = {"namespaces": namespaces(*kinds)}
                if "user" in kinds:
                    linux |= {"uidMappings": mapping, "gidMappings": mapping}
                    self.victim.folder.chmod(0o755)
                self.victim.change([attacks.SYS, attacks.CGROUP], linux,
                                   args=harness.python(TRY_CGROUPS),
                                   capabilities=attacks.capabilities(*USUAL))
                self.assertEqual(json.loads(self.succeed("run", "web")), [])
                self.nothing_is_left()


    @unittest.skipIf(attacks.is_control(), "a stand-in for a hierarchy of hardrun's host")
    def test_no_other_hierarchy_below_can_be_changed(self):
        """Of a hybrid host; a tmpfs for everybody stands for what is mounted below."""
        if not (harness.CGROUP_ROOT / "cgroup.controllers").exists():
            self.skipTest("this host lacks cgroup v2")
        place = harness.CGROUP_ROOT / f"hardrun-attack-{os.getpid()}-below"
        place.mkdir()
        self.addCleanup(place.rmdir)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0777", "below", str(place)],
                       check=True)
        self.addCleanup(subprocess.run, ["umount", str(place)], check=True)
        mapping = [{"containerID": 0, "hostID": 300000, "size": 65536}]
        self.victim.folder.chmod(0o755)
        self.victim.change(
            [attacks.SYS, attacks.CGROUP],
            {"namespaces": namespaces(*self.SHAPES["with a user namespace"]),
             "uidMappings": mapping, "gidMappings": mapping},
            args=[attacks.SHELL, "-c", f"echo there > {place}/written; ls {place.parent}"])
        done = self.victim.run("run", "web")
        self.assertIn(place.name, done.stdout, done.stderr)
        self.assertEqual(os.listdir(place), [])


@needs("root")
class CVE_2022_0492(attacks.Attack):
    """release_agent of a cgroup hierarchy that the container mounts itself."""

    def test_the_published_steps(self):
        self.victim.change([attacks.SYS, attacks.CGROUP], {"seccomp": FILTER},
                           args=[attacks.SHELL, "-c", RELEASE_AGENT],
                           capabilities=attacks.capabilities(*USUAL), noNewPrivileges=True)
        self.assertEqual(self.succeed("run", "web"), "")

    def test_the_published_steps_in_a_launch(self):
        with harness.Place() as place:
            done = place.run({"args": [attacks.SHELL, "-c", RELEASE_AGENT]}, text=True)
            self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)


@needs("root")
class CVE_2022_0811(attacks.Attack):
    """Sysctls of the host, by a name or a value that brings another one in."""

    HOSTILE = {
        "kernel.shm_rmid_forced": "1+kernel.core_pattern=|x",
        "kernel.shm_rmid_forced ": "1",
        "kernel.shm_rmid_forced=1+kernel.core_pattern": "|x",
        "kernel/../kernel/core_pattern": None,
        "kernel.shm_rmid_forced/../core_pattern": None,
        "../sys/kernel/core_pattern": None,
        "net.ipv4.conf./../../../kernel/core_pattern": None,
        "net.../kernel/core_pattern": None,
        "kernel.core_pattern": None,
        "kernel.panic": None,
        "vm.overcommit_memory": None,
        "fs.file-max": None,
        "fs.mqueue.../file-max": None,
    }

    def test_each(self):
        paths = {name: pathlib.Path("/proc/sys", name) for name in (
            "kernel/core_pattern", "kernel/panic", "vm/overcommit_memory", "fs/file-max",
            "kernel/shm_rmid_forced")}
        before = {name: path.read_text() for name, path in paths.items()}
        for name, value in self.HOSTILE.items():
            with self.subTest(name=name, value=value):
                # The host's own value: if it is written, nothing is changed; but it is not.
                if value is None:
                    value = before[{"kernel.panic": "kernel/panic",
                                    "vm.overcommit_memory": "vm/overcommit_memory",
                                    "fs.file-max": "fs/file-max",
                                    "fs.mqueue.../file-max": "fs/file-max"}.get(
                                        name, "kernel/core_pattern")].strip()
                self.victim.change(linux={"sysctl": {name: value}}, args=["/bin/true"])
                self.assertNotEqual(self.victim.run("run", "web").returncode, 0)
                self.assertEqual({name: path.read_text() for name, path in paths.items()}, before)
                self.nothing_is_left()

    def test_of_a_namespace_that_is_the_hosts(self):
        for kinds, name in ((("pid", "mount", "uts", "network"), "kernel.shm_rmid_forced"),
                            (("pid", "mount", "uts", "ipc"), "net.ipv4.ip_forward"),
                            (("pid", "mount", "network", "ipc"), "kernel.domainname")):
            with self.subTest(name):
                value = pathlib.Path("/proc/sys", name.replace(".", "/")).read_text().strip()
                self.victim.change(linux={"sysctl": {name: value},
                                          "namespaces": namespaces(*kinds)}, args=["/bin/true"])
                self.assertNotEqual(self.victim.run("run", "web").returncode, 0)


@needs("root")
class CVE_2021_43784(attacks.Attack):
    """More of something than a length can say."""

    def run_and_judge(self):
        """An answer in time, no crash, and nothing that stays."""
        done = self.victim.run("run", "web")
        self.assertIn(done.returncode, (0, 1), done.stderr[:500])
        self.nothing_is_left()
        return done

    def test_of_mappings(self):
        for count in (341, 4096, 65536):
            with self.subTest(count):
                mappings = [{"containerID": i, "hostID": 300000 + i, "size": 1}
                            for i in range(count)]
                self.victim.change(
                    linux={"uidMappings": mappings, "gidMappings": mappings,
                           "namespaces": namespaces("pid", "mount", "user")},
                    args=["/bin/true"])
                self.assertNotEqual(self.run_and_judge().returncode, 0)

    def test_of_other_members(self):
        big = "x" * 70000
        for name, config in {
                "a namespace's path": {"linux": {"namespaces": [
                    {"type": "network", "path": "/" + big}, *namespaces("pid", "mount")]}},
                "a masked path": {"linux": {"maskedPaths": ["/" + big]}},
                "masked paths": {"linux": {"maskedPaths": [f"/{i}" for i in range(65536)]}},
                "a target": {"mounts": [attacks.tmpfs("/" + big)]},
                "a deep target": {"mounts": [attacks.tmpfs("/d" * 300)]},
                "an option": {"mounts": [attacks.tmpfs("/tmp", big)]},
                "options": {"mounts": [attacks.tmpfs("/tmp", *["ro"] * 65536)]},
                "mounts": {"mounts": [attacks.tmpfs("/tmp")] * 300},
                "a sysctl": {"linux": {"sysctl": {"net." + big: "1"}}},
                "a cgroup": {"linux": {"cgroupsPath": "/" + big}},
                "a cwd": {"cwd": "/" + big},
                "a variable": {"env": ["A=" + big * 4]},
                "variables": {"env": [f"A{i}=b" for i in range(65536)]},
                "groups": {"user": {"uid": 0, "gid": 0, "additionalGids": list(range(70000))}},
        }.items():
            with self.subTest(name):
                linux, mounts = config.pop("linux", None), config.pop("mounts", ())
                self.victim.change(mounts, linux, args=["/bin/true"], **config)
                self.run_and_judge()

    def test_of_depth(self):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            text = opening * 100000 + "1" + closing * 100000
            config = json.dumps(attacks.default_config())
            (self.victim.bundle / "config.json").write_text(config[:-1] + ',"deep":' + text + "}")
            self.assertNotEqual(self.run_and_judge().returncode, 0)


@needs("root")
class CVE_2022_0185(attacks.Attack):
    """Namespaces and mounts of a container's own, with what engines give and no filter at all."""

    def test_without_the_capability_nothing_is_mounted(self):
        self.victim.change(args=[attacks.SHELL, "-c", "mount -t tmpfs none /tmp && echo mounted;"
                                 "mount -o remount,rw /usr && echo remounted;"
                                 "umount /proc && echo unmounted; true"],
                           capabilities=attacks.capabilities(*USUAL))
        self.assertEqual(self.succeed("run", "web"), "")


if __name__ == "__main__":
    attacks.shield()
    attacks.mount_cgroup2()
    attacks.main()
