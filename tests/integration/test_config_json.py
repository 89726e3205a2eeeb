#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every member of a config.json, seen from inside a container or from the host beside it.

runtime-spec 1.3.0, config.md and config-linux.md, in their order. What test_oci.py looks at is not
looked at again: args, env, additionalGids, umask, readonly, rlimits, oomScoreAdj, terminal and
consoleSize, the figures of cgroups.
"""

import array
import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import struct
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import test_oci                                                              # noqa: E402
from test_oci import BUSYBOX, OciTest, config_of                             # noqa: E402

import harness                                                               # noqa: E402
from harness import needs                                                    # noqa: E402

NAMESPACES = ("pid", "network", "ipc", "uts", "mount")
IDS = [{"containerID": 0, "hostID": 700000, "size": 65536}]
ALLOW_ALL = {"defaultAction": "SCMP_ACT_ALLOW"}


def namespaces(*types, **paths):
    return [{"type": kind} for kind in types] + [
        {"type": kind, "path": str(path)} for kind, path in paths.items()]


def of_mount(text, target):
    """What mountinfo says of the last mount at @target: options, propagation, file system."""
    found = None
    for line in text.splitlines():
        fields = line.split()
        if len(fields) > 6 and fields[4] == target:
            end = fields.index("-")
            found = {"options": set(fields[5].split(",")), "tags": fields[6:end],
                     "type": fields[end + 1], "source": fields[end + 2],
                     "super": set(fields[end + 3].split(","))}
    return found


def has_device_type(kind):
    return subprocess.run(["unshare", "-n", BUSYBOX, "ip", "link", "add", "x", "type", kind],
                          capture_output=True, check=False).returncode == 0


def find_device_type():
    return next((kind for kind in ("dummy", "ifb") if has_device_type(kind)), None)


harness.HOST.update({
    "network devices that can be made": lambda: find_device_type() is not None,
    "two processors": lambda: len(os.sched_getaffinity(0)) >= 2,
    "no AppArmor": lambda: not harness.apparmor_is_enabled(),
    "no SELinux": lambda: not os.path.exists("/sys/fs/selinux"),
    "memory nodes": lambda: os.path.exists("/proc/self/numa_maps"),
    "version 1 of control groups": lambda: not (
        harness.CGROUP_ROOT / "cgroup.controllers").exists(),
})


class ConfigTest(OciTest):
    """A container is what a script says that runs in it."""

    def see(self, script, **more):
        return self.succeed(self.runtime.run("/bin/sh", "-c", script, **more)).stdout

    def refuse(self, words, *, script="true", **more):
        done = self.runtime.run("/bin/sh", "-c", script, **more)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stderr, words)
        self.assertEqual(done.stdout, "")
        return done

    def bundle_of(self, *args, **more):
        """A bundle whose files can be prepared."""
        name, folder = self.runtime.bundle(config_of(*args, **more))
        return name, folder, folder / "rootfs"

    def run_bundle(self, name, folder):
        return self.runtime.do("run", "--bundle", folder, name)


@needs("root", "a static busybox")
class Top(ConfigTest):
    def test_versions(self):
        for version in ("1.0.0", "1.1.0+dev", "1.3.0", "1.99.0"):
            with self.subTest(version):
                self.assertEqual(self.see("echo in", ociVersion=version), "in\n")
        for version in ("0.9.0", "2.0.0", "one"):
            with self.subTest(version):
                self.refuse("ociVersion", ociVersion=version)

    def test_domainname(self):
        self.assertEqual(self.see("cat /proc/sys/kernel/domainname", domainname="example.org"),
                         "example.org\n")

    def test_names_without_a_namespace_are_refused(self):
        for member in ("hostname", "domainname"):
            with self.subTest(member):
                self.refuse(f"/{member}", linux={"namespaces": namespaces("mount", "pid")},
                            **{"hostname": "", member: "box"})

    def test_what_is_unknown_is_ignored(self):
        config = config_of("/bin/echo", "in", newMember={"a": [1]}, windows={}, vm=3, zos=None)
        for part in (config["process"], config["root"], config["mounts"][0], config["linux"],
                     config["linux"]["namespaces"][0], config["process"]["user"]):
            part["newMember"] = {"x": None}
        config["solaris"] = {"milestone": 1}
        name, folder = self.runtime.bundle(config)
        done = self.succeed(self.run_bundle(name, folder))
        self.assertEqual((done.stdout, done.stderr), ("in\n", ""))

    def test_annotations_reach_hooks(self):
        out = self.runtime.folder / "told"
        self.see("true", annotations={"org.example/ä": "x=1\ny"}, hooks={"createRuntime": [
            {"path": "/bin/sh", "args": ["sh", "-c", f"cat > {out}"]}]})
        self.assertEqual(json.loads(out.read_text())["annotations"], {"org.example/ä": "x=1\ny"})

    def test_a_relative_root(self):
        name, folder, rootfs = self.bundle_of("/bin/cat", "/etc/word", root={"path": "./x/../rootfs"})
        (rootfs / "etc/word").write_text("said")
        done = self.run_bundle(name, folder)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/root/path", done.stderr)


@needs("root", "a static busybox")
class Process(ConfigTest):
    def test_cwd_is_made(self):
        self.assertEqual(self.see("pwd", process={"cwd": "/new/folder"}), "/new/folder\n")

    def test_each_capability_set(self):
        sets = {"bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_FOWNER"],
                "permitted": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_CHOWN"],
                "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}
        status = harness.process_status(self.see(
            "cat /proc/self/status", process={"capabilities": sets, "user": {"uid": 5, "gid": 5}}))
        found = {name: int(status[name], 16) for name in harness.CAPABILITY_SETS}
        # The exec of an ordinary user leaves the ambient ones.
        self.assertEqual(found, {"CapBnd": 0b101001, "CapInh": 1 << 5, "CapPrm": 1 << 5,
                                 "CapEff": 1 << 5, "CapAmb": 1 << 5})

    def test_no_capabilities(self):
        status = harness.process_status(self.see("cat /proc/self/status", process={
            "capabilities": {}}))
        self.assertEqual({int(status[name], 16) for name in harness.CAPABILITY_SETS}, {0})

    def test_unknown_capabilities_are_warned_about(self):
        done = self.succeed(self.runtime.run("/bin/cat", "/proc/self/status", process={
            "capabilities": {"bounding": ["CAP_CHOWN", "CAP_NEW_THING"]}}))
        self.assertIn("CAP_NEW_THING", done.stderr)
        self.assertEqual(int(harness.process_status(done.stdout)["CapBnd"], 16), 1)

    def test_no_new_privileges(self):
        for value in (True, False):
            with self.subTest(value):
                status = harness.process_status(self.see(
                    "cat /proc/self/status", process={"noNewPrivileges": value}))
                self.assertEqual(status["NoNewPrivs"], str(int(value)))

    def test_each_limit(self):
        rows = {"RLIMIT_AS": "Max address space", "RLIMIT_CORE": "Max core file size",
                "RLIMIT_CPU": "Max cpu time", "RLIMIT_DATA": "Max data size",
                "RLIMIT_FSIZE": "Max file size", "RLIMIT_LOCKS": "Max file locks",
                "RLIMIT_MEMLOCK": "Max locked memory", "RLIMIT_MSGQUEUE": "Max msgqueue size",
                "RLIMIT_NICE": "Max nice priority", "RLIMIT_NOFILE": "Max open files",
                "RLIMIT_NPROC": "Max processes", "RLIMIT_RSS": "Max resident set",
                "RLIMIT_RTPRIO": "Max realtime priority",
                "RLIMIT_RTTIME": "Max realtime timeout",
                "RLIMIT_SIGPENDING": "Max pending signals", "RLIMIT_STACK": "Max stack size"}
        limits = []
        for name in rows:
            # What the kernel's headers number alike, Python does not name.
            number = {"RLIMIT_LOCKS": 10}.get(name) or getattr(resource, name)
            most = resource.getrlimit(number)[1]
            hard = 268435457 if most == resource.RLIM_INFINITY else min(most, 268435457)
            limits.append({"type": name, "soft": hard - (hard > 0), "hard": hard})
        text = self.see("cat /proc/self/limits", process={"rlimits": limits})
        for limit in limits:
            with self.subTest(limit["type"]):
                line = next(line for line in text.splitlines()
                            if line.startswith(rows[limit["type"]] + " "))
                self.assertEqual(line[len(rows[limit["type"]]):].split()[:2],
                                 [str(limit["soft"]), str(limit["hard"])])

    def scheduling(self, **scheduler):
        fields = self.see("cat /proc/self/stat", process={"scheduler": scheduler})
        numbers = fields.rpartition(")")[2].split()
        return {"nice": int(numbers[16]), "priority": int(numbers[37]), "policy": int(numbers[38])}

    def test_each_scheduler(self):
        for name, number in (("SCHED_OTHER", 0), ("SCHED_BATCH", 3)):
            with self.subTest(name):
                self.assertEqual(self.scheduling(policy=name, nice=7),
                                 {"nice": 7, "priority": 0, "policy": number})
        self.assertEqual(self.scheduling(policy="SCHED_IDLE")["policy"], 5)
        self.refuse("scheduler", process={"scheduler": {"policy": "SCHED_ISO"}})
        self.refuse("scheduler", process={"scheduler": {"policy": "SCHED_BATCH", "priority": 3}})

    def test_realtime_schedulers(self):
        for name, number in (("SCHED_FIFO", 1), ("SCHED_RR", 2)):
            with self.subTest(name):
                self.assertEqual(self.scheduling(policy=name, priority=9),
                                 {"nice": 0, "priority": 9, "policy": number})
        # A child of one that resets is an ordinary one.
        self.assertEqual(self.see(
            "cat /proc/self/stat; true", process={"scheduler": {
                "policy": "SCHED_FIFO", "priority": 9, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}})
            .rpartition(")")[2].split()[38], "0")

    def test_a_deadline_scheduler(self):
        # No other process may come of it: the shell executes.
        self.assertEqual(self.see("exec cat /proc/self/stat", process={"scheduler": {
            "policy": "SCHED_DEADLINE", "runtime": 10000000, "deadline": 30000000,
            "period": 30000000}}).rpartition(")")[2].split()[38], "6")

    def test_io_priority(self):
        for name, level, told in (("IOPRIO_CLASS_BE", 6, "best-effort: prio 6"),
                                  ("IOPRIO_CLASS_RT", 2, "realtime: prio 2"),
                                  ("IOPRIO_CLASS_IDLE", 0, "idle")):
            with self.subTest(name):
                self.assertEqual(self.see("ionice -p $$", process={
                    "ioPriority": {"class": name, "priority": level}}).strip(), told)

    @needs("two processors")
    def test_affinity_of_exec(self):
        first, second = sorted(os.sched_getaffinity(0))[:2]
        script = "grep Cpus_allowed_list /proc/self/status"
        initial, final = {"initial": str(first)}, {"final": str(second)}
        name = self.runtime.start("/bin/sleep", "1000", process={"execCPUAffinity": final})
        self.assertEqual(os.sched_getaffinity(self.runtime.state(name)["pid"]),
                         os.sched_getaffinity(0))
        for affinity, cpu in ((final, second), (initial, first), ({**initial, **final}, second)):
            with self.subTest(affinity=affinity):
                file = self.runtime.folder / "process.json"
                process = config_of("/bin/sh", "-c", script)["process"]
                file.write_text(json.dumps({**process, "execCPUAffinity": affinity}))
                done = self.succeed(self.runtime.do("exec", "--process", file, name))
                self.assertEqual(done.stdout.split()[1], str(cpu))
        done = self.succeed(self.runtime.do("exec", name, "/bin/sh", "-c", script))
        self.assertEqual(done.stdout.split()[1], str(second))

    @needs("no AppArmor")
    def test_a_profile_without_apparmor_is_refused(self):
        self.refuse("AppArmor", process={"apparmorProfile": "docker-default"})
        self.assertEqual(self.see("echo in", process={"apparmorProfile": "unconfined"}), "in\n")

    @needs("no SELinux")
    def test_labels_without_selinux_are_refused(self):
        self.refuse("(?s)no SELinux.*/process/selinuxLabel",
                    process={"selinuxLabel": "system_u:system_r:container_t:s0"})
        self.refuse("(?s)no SELinux.*/linux/mountLabel", linux={
            "mountLabel": "system_u:object_r:container_file_t:s0"})
        self.assertEqual(self.see("echo in", process={"selinuxLabel": ""},
                                  linux={"mountLabel": ""}), "in\n")

    def test_a_process_without_a_user_is_root(self):
        config = config_of("/bin/id", "-u")
        del config["process"]["user"]
        name, folder = self.runtime.bundle(config)
        self.assertEqual(self.succeed(self.run_bundle(name, folder)).stdout, "0\n")


# An option, and what mountinfo shows of it and does not.
PLAIN_OPTIONS = {
    "ro": ({"ro"}, set()), "rw": ({"rw"}, set()), "nosuid": ({"nosuid"}, set()),
    "nodev": ({"nodev"}, set()), "noexec": ({"noexec"}, set()),
    "nosymfollow": ({"nosymfollow"}, set()),
    "noatime": ({"noatime"}, {"relatime"}), "relatime": ({"relatime"}, set()),
    "strictatime": (set(), {"relatime", "noatime"}), "nodiratime": ({"nodiratime"}, set()),
    "suid": (set(), {"nosuid"}), "dev": (set(), {"nodev"}), "exec": (set(), {"noexec"}),
    "symfollow": (set(), {"nosymfollow"}), "atime": (set(), {"noatime"}),
    "diratime": (set(), {"nodiratime"}), "defaults": ({"rw", "relatime"}, set()),
    "nostrictatime": ({"relatime"}, set()), "norelatime": (set(), {"noatime"}),
    "loud": (set(), set()), "silent": (set(), set()), "async": (set(), set()),
    "noiversion": (set(), set()), "nolazytime": (set(), set()), "nomand": (set(), set()),
}
SUPERBLOCK_OPTIONS = {"sync": "sync", "dirsync": "dirsync", "lazytime": "lazytime",
                      "mand": "mand"}
# Of all mounts below; each is undone by the one beside it.
RECURSIVE_OPTIONS = {
    "rro": ("rrw", "ro"), "rnosuid": ("rsuid", "nosuid"), "rnodev": ("rdev", "nodev"),
    "rnoexec": ("rexec", "noexec"), "rnosymfollow": ("rsymfollow", "nosymfollow"),
    "rnoatime": ("ratime", "noatime"), "rnodiratime": ("rdiratime", "nodiratime"),
}


@needs("root", "a static busybox")
class Mounts(ConfigTest):
    def look(self, mounts, script="cat /proc/self/mountinfo", **more):
        return self.see(script, mounts=config_of("x")["mounts"] + mounts, **more)

    def source(self, below=None):
        """A folder of the host; with another file system at @below, in a namespace of the test."""
        folder = self.runtime.folder / "source"
        folder.mkdir(exist_ok=True)
        if below is not None:
            (folder / below).mkdir(exist_ok=True)
        return folder

    def test_each_option_of_a_new_file_system(self):
        for option, (present, absent) in PLAIN_OPTIONS.items():
            with self.subTest(option):
                found = of_mount(self.look([{"destination": "/m", "type": "tmpfs",
                                             "source": "word", "options": [option]}]), "/m")
                self.assertLessEqual(present, found["options"])
                self.assertFalse(absent & found["options"])
                self.assertEqual((found["type"], found["source"]), ("tmpfs", "word"))

    def test_each_option_of_a_bind(self):
        for option, (present, absent) in PLAIN_OPTIONS.items():
            with self.subTest(option):
                found = of_mount(self.look([
                    {"destination": "/m", "type": "none", "source": str(self.source()),
                     "options": ["bind", option]}]), "/m")
                self.assertLessEqual(present, found["options"])
                self.assertFalse(absent & found["options"])

    def test_each_option_of_a_superblock(self):
        for option, shown in SUPERBLOCK_OPTIONS.items():
            with self.subTest(option):
                found = of_mount(self.look([{"destination": "/m", "type": "tmpfs",
                                             "source": "tmpfs", "options": [option]}]), "/m")
                self.assertIn(shown, found["super"])

    def test_what_a_file_system_does_not_know_is_refused(self):
        for option in ("iversion", "acl", "noacl", "nonsense=1"):
            with self.subTest(option):
                self.refuse(f"{option.split('=')[0]} of tmpfs", mounts=[
                    {"destination": "/m", "type": "tmpfs", "options": [option]}])

    def test_data_of_a_file_system(self):
        found = of_mount(self.look([{"destination": "/m", "type": "tmpfs", "source": "tmpfs",
                                     "options": ["size=64k,mode=1770", "uid=7"]}]), "/m")
        self.assertLessEqual({"size=64k", "mode=1770", "uid=7"}, found["super"])

    def in_own_mounts(self, prepare, *arguments):
        """The verb where the host's mounts are private and @prepare has been done."""
        script = f"mount --make-rprivate / && {prepare} && exec \"$@\""
        return subprocess.run(["unshare", "-m", "sh", "-c", script, "sh",
                               *self.runtime.command(*arguments)], stdin=subprocess.PIPE,
                              capture_output=True, text=True, check=False)

    def bind_with_submount(self, options, prepare=""):
        source = self.source("below")
        name, folder, _ = self.bundle_of(
            "/bin/cat", "/proc/self/mountinfo", mounts=config_of("x")["mounts"] + [
                {"destination": "/m", "source": str(source), "options": options}])
        done = self.in_own_mounts(f"mount -t tmpfs {prepare} tmpfs {source}/below",
                                  "run", "--bundle", folder, name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return of_mount(done.stdout, "/m"), of_mount(done.stdout, "/m/below")

    def test_bind_and_rbind(self):
        self.assertIsNone(self.bind_with_submount(["bind"])[1])
        top, below = self.bind_with_submount(["rbind", "ro"])
        self.assertIn("ro", top["options"])
        self.assertIn("rw", below["options"])

    def test_each_recursive_option(self):
        for option, (undone, shown) in RECURSIVE_OPTIONS.items():
            with self.subTest(option):
                for found in self.bind_with_submount(["rbind", option]):
                    self.assertIn(shown, found["options"])
            with self.subTest(undone):
                for found in self.bind_with_submount(["rbind", undone], f"-o {shown}"):
                    self.assertNotIn(shown, found["options"])

    def test_recursive_access_times(self):
        for found in self.bind_with_submount(["rbind", "rstrictatime"]):
            self.assertFalse({"relatime", "noatime"} & found["options"])
        for option in ("rrelatime", "rnostrictatime"):
            with self.subTest(option):
                for found in self.bind_with_submount(["rbind", option], "-o strictatime"):
                    self.assertIn("relatime", found["options"])

    def test_the_last_option_counts(self):
        found = of_mount(self.look([{"destination": "/m", "type": "tmpfs", "source": "tmpfs",
                                     "options": ["ro", "nosuid", "rw", "suid", "nodev"]}]), "/m")
        self.assertLessEqual({"rw", "nodev"}, found["options"])
        self.assertNotIn("nosuid", found["options"])

    def test_a_bind_is_remounted(self):
        found = of_mount(self.look([
            {"destination": "/m", "source": str(self.source()), "options": ["bind"]},
            {"destination": "/m", "source": str(self.source()),
             "options": ["bind", "remount", "ro", "noexec"]}]), "/m")
        self.assertLessEqual({"ro", "noexec"}, found["options"])

    def test_each_propagation(self):
        for option, tags in (("private", []), ("rprivate", []), ("unbindable", ["unbindable"]),
                             ("runbindable", ["unbindable"])):
            with self.subTest(option):
                found = of_mount(self.look([{"destination": "/m", "source": str(self.source()),
                                             "options": ["rbind", option]}]), "/m")
                self.assertEqual(found["tags"], tags)
        for option in ("shared", "rshared"):
            with self.subTest(option):
                found = of_mount(self.look([{"destination": "/m", "source": str(self.source()),
                                             "options": ["rbind", option]}]), "/m")
                self.assertRegex(" ".join(found["tags"]), r"^shared:\d+$")

    def test_slaves_hear_of_the_host(self):
        for option, heard in (("rslave", "1"), ("slave", "1"), ("rprivate", "0")):
            with self.subTest(option):
                source = self.source("below")
                name, folder, _ = self.bundle_of(
                    "/bin/sh", "-c",
                    "echo ready > /m/ready; while [ ! -e /m/go ]; do sleep 0.02; done; "
                    "grep -c /m/below /proc/self/mountinfo",
                    mounts=config_of("x")["mounts"] + [
                        {"destination": "/m", "source": str(source), "options": ["rbind", option]}])
                done = self.in_own_mounts(
                    f"mount --bind {source} {source} && mount --make-shared {source} && "
                    f"(while [ ! -e {source}/ready ]; do sleep 0.02; done; "
                    f"mount -t tmpfs tmpfs {source}/below; touch {source}/go) & sleep 0.2; true",
                    "run", "--bundle", folder, name)
                self.assertEqual(done.stdout, heard + "\n", done.stderr)
                for word in ("ready", "go"):
                    (source / word).unlink()

    def test_tmpcopyup(self):
        name, folder, rootfs = self.bundle_of(
            "/bin/sh", "-c", "cd /etc/d; cat f; readlink l; stat -c '%a %u %g' s; echo x > new; ls",
            mounts=[{"destination": "/etc/d", "type": "tmpfs", "source": "tmpfs",
                     "options": ["tmpcopyup", "mode=755"]}])
        (rootfs / "etc/d/s").mkdir(parents=True)
        (rootfs / "etc/d/f").write_text("content\n")
        (rootfs / "etc/d/l").symlink_to("f")
        os.chown(rootfs / "etc/d/s", 5, 6)
        os.chmod(rootfs / "etc/d/s", 0o1751)
        done = self.succeed(self.run_bundle(name, folder))
        self.assertEqual(done.stdout, "content\nf\n1751 5 6\nf\nl\nnew\ns\n")
        self.assertFalse((rootfs / "etc/d/new").exists())

    def test_relative_source_and_destination(self):
        name, folder, _ = self.bundle_of("/bin/cat", "/m/f", mounts=[
            {"destination": "m", "source": "beside", "options": ["bind"]}])
        (folder / "beside").mkdir()
        (folder / "beside/f").write_text("said")
        self.assertEqual(self.succeed(self.run_bundle(name, folder)).stdout, "said")

    def owners(self, options, prepare="true", **mount):
        source = self.source("below")
        (source / "f").write_text("")
        os.chown(source / "f", 1000, 1001)
        name, folder, _ = self.bundle_of(
            "/bin/sh", "-c", "stat -c '%u %g' /m/f /m/below/f 2>/dev/null",
            mounts=[{"destination": "/m", "source": str(source), "options": options, **mount}])
        return self.in_own_mounts(prepare, "run", "--bundle", folder, name), source

    def test_mappings_of_a_mount(self):
        maps = {"uidMappings": [{"containerID": 1000, "hostID": 5000, "size": 10}],
                "gidMappings": [{"containerID": 1001, "hostID": 6000, "size": 10}]}
        done, source = self.owners(["rbind"], **maps)
        self.assertEqual(done.stdout, "5000 6000\n", done.stderr)
        self.assertEqual((source / "f").stat().st_uid, 1000)

    def test_idmap_is_of_one_mount_and_ridmap_of_all(self):
        maps = {"uidMappings": [{"containerID": 0, "hostID": 5000, "size": 2000}],
                "gidMappings": [{"containerID": 0, "hostID": 6000, "size": 2000}]}
        prepare = (f"mount -t tmpfs tmpfs {self.source('below')}/below && "
                   f"touch {self.source()}/below/f")
        done, _ = self.owners(["rbind", "idmap"], prepare, **maps)
        self.assertEqual(done.stdout, "6000 7001\n0 0\n", done.stderr)
        done, _ = self.owners(["rbind", "ridmap"], prepare, **maps)
        self.assertEqual(done.stdout, "6000 7001\n5000 6000\n", done.stderr)

    def test_idmap_of_the_container(self):
        source = self.source()
        (source / "f").write_text("")
        os.chown(source / "f", 1000, 1001)
        name, folder, rootfs = self.bundle_of(
            "/bin/stat", "-c", "%u %g", "/m/f", mounts=[
                {"destination": "/m", "source": str(source), "options": ["bind", "idmap"]}],
            linux={"namespaces": namespaces(*NAMESPACES, "user"), "uidMappings": IDS,
                   "gidMappings": IDS})
        os.chown(folder / "rootfs", 700000, 700000)
        os.chown(rootfs / "dev", 700000, 700000)
        self.assertEqual(self.succeed(self.run_bundle(name, folder)).stdout, "1000 1001\n")
        self.refuse("id-map", mounts=[
            {"destination": "/m", "source": str(source), "options": ["bind", "idmap"]}])

    def test_mappings_come_in_pairs(self):
        self.refuse("uidMappings and gidMappings", mounts=[
            {"destination": "/m", "source": "/tmp", "options": ["bind"], "uidMappings": IDS}])


if __name__ == "__main__":
    harness.main()
