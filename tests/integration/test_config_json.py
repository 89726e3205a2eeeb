#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every member of a config.json, seen from inside a container or from the host beside it.

runtime-spec 1.3.0, config.md and config-linux.md, in their order. What test_oci.py looks at is not
looked at again: args, env, additionalGids, umask, readonly, rlimits, oomScoreAdj, terminal and
consoleSize, the figures of cgroups.
"""

import array
import contextlib
import fcntl
import json
import os
import pathlib
import re
import resource
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

    def test_a_root_by_another_path(self):
        name, folder = self.runtime.bundle(config_of("/bin/echo", "in"))
        for path in (str(folder / "rootfs"), "./rootfs", "rootfs/."):
            with self.subTest(path):
                config = config_of("/bin/echo", "in", root={"path": path})
                (folder / "config.json").write_text(json.dumps(config))
                self.assertEqual(self.succeed(self.run_bundle(name, folder)).stdout, "in\n")
        self.refuse("/root/path", root={"path": "other/../rootfs"})


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
                                 {"nice": os.nice(0), "priority": 9, "policy": number})
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
    def test_labels_without_selinux(self):
        self.refuse("(?s)no SELinux.*/process/selinuxLabel",
                    process={"selinuxLabel": "system_u:system_r:container_t:s0"})
        done = self.succeed(self.runtime.run("/bin/echo", "in", linux={
            "mountLabel": "system_u:object_r:container_file_t:s0"}))
        self.assertEqual(done.stdout, "in\n")
        self.assertRegex(done.stderr, "no SELinux.*/linux/mountLabel")
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
                # What is not said is as it is at the source.
                if option not in ("defaults", "nostrictatime"):
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
                self.assertRegex(" ".join(found["tags"]), r"^shared:\d+")

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

    def test_shared_binds_reach_the_host(self):
        for propagation, seen in (("rshared", True), ("rprivate", False)):
            with self.subTest(propagation):
                source = self.source("below")
                capabilities = {kind: ["CAP_SYS_ADMIN"] for kind in (
                    "bounding", "effective", "permitted")}
                name, folder, _ = self.bundle_of(
                    "/bin/mount", "-t", "tmpfs", "word", "/m/below",
                    process={"capabilities": capabilities}, mounts=config_of("x")["mounts"] + [
                        {"destination": "/m", "source": str(source),
                         "options": ["rbind", "rshared"]}],
                    linux={"rootfsPropagation": propagation})
                done = self.in_own_mounts(
                    f"mount --bind {source} {source} && mount --make-shared {source} && set -e; "
                    "\"$@\"; exec cat /proc/self/mountinfo; true", "run", "--bundle", folder, name)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(of_mount(done.stdout, f"{source}/below") is not None, seen)

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
            "/bin/sh", "-c", "stat -c '%u %g' /m/f /m/below/f",
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

    def test_a_file_system_is_remounted_with_options(self):
        found = of_mount(self.look([
            {"destination": "/m", "type": "tmpfs", "source": "tmpfs",
             "options": ["size=1m", "sync"]},
            {"destination": "/m", "type": "tmpfs", "source": "tmpfs",
             "options": ["remount", "size=64k", "async", "noexec"]}]), "/m")
        self.assertIn("noexec", found["options"])
        self.assertIn("size=64k", found["super"])
        self.assertNotIn("sync", found["super"])
        self.refuse("nonsense of what is on /m", mounts=[
            {"destination": "/m", "type": "tmpfs", "options": []},
            {"destination": "/m", "type": "tmpfs", "options": ["remount", "nonsense"]}])


POINTS = ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")
STATUSES = {"prestart": "created", "createRuntime": "creating", "createContainer": "creating",
            "startContainer": "created", "poststart": "running", "poststop": "stopped"}


@needs("root", "a static busybox")
class Hooks(ConfigTest):
    def setUp(self):
        super().setUp()
        self.out = self.runtime.folder / "out"
        self.out.mkdir()

    def hook(self, point, script="true", **more):
        """That of startContainer runs in the container, where the folder is bound to /out."""
        out = "/out" if point == "startContainer" else self.out
        return {"path": "/bin/sh", "env": ["WORD=said", "PATH=/bin:/usr/bin"], "args": [
            "sh", "-c", f"cat > {out}/{point}; echo {point} >> {out}/order; "
            f"env > {out}/{point}.env; readlink /proc/self/ns/mnt > {out}/{point}.ns; "
            f"pwd > {out}/{point}.pwd; {script}"], **more}

    def create(self, hooks, script="echo program >> /out/order; exec sleep 1000", version="1.3.0"):
        return self.runtime.create(
            "/bin/sh", "-c", script, hooks=hooks, ociVersion=version, mounts=config_of("x")["mounts"] + [
                {"destination": "/out", "source": str(self.out), "options": ["bind"]}])

    def order(self):
        return (harness.read(self.out / "order") or "").split()

    def test_all_of_them_in_their_order(self):
        hooks = {point: [self.hook(point), {"path": "/bin/true"}] for point in POINTS}
        name, done = self.create(hooks)
        self.succeed(done)
        self.assertEqual(tuple(self.order()), POINTS[:3])
        pid = self.runtime.state(name)["pid"]
        inside = os.readlink(f"/proc/{pid}/ns/mnt")
        self.succeed(self.runtime.do("start", name))
        harness.until(lambda: "program" in self.order())
        self.assertEqual(set(self.order()), {*POINTS[:5], "program"})
        self.assertLess(self.order().index("startContainer"), self.order().index("program"))
        self.succeed(self.runtime.do("delete", "--force", name))
        self.assertEqual(self.order()[-1], "poststop")
        for point in POINTS:
            with self.subTest(point):
                told = json.loads((self.out / point).read_text())
                self.assertEqual((told["id"], told["status"], told["ociVersion"]),
                                 (name, STATUSES[point], "1.3.0"))
                self.assertTrue(os.path.isabs(told["bundle"]))
                self.assertEqual(told.get("pid", 0), 0 if point == "poststop" else pid)
                environment = set((self.out / f"{point}.env").read_text().split())
                # What shells add themselves has other names.
                self.assertEqual({word for word in environment
                                  if word.split("=")[0] not in ("PWD", "OLDPWD", "SHLVL", "_")},
                                 {"WORD=said", "PATH=/bin:/usr/bin"})
                namespace = (self.out / f"{point}.ns").read_text().strip()
                is_inside = point in ("createContainer", "startContainer")
                self.assertEqual(namespace == inside, is_inside)

    def test_a_slow_one_is_ended(self):
        for point in ("createRuntime", "createContainer"):
            with self.subTest(point):
                name, done = self.create({point: [
                    self.hook(point, "sleep 1000; touch $0/late", timeout=1)]})
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, f"(?s)longer than 1000 ms.*/hooks/{point}/0")
                self.assertIn("does not exist", self.runtime.do("state", name).stderr)

    def test_what_fails_before_the_start_leaves_no_container(self):
        for point in POINTS[:3]:
            with self.subTest(point):
                name, done = self.create({
                    point: [self.hook(point, "echo words >&2; exit 7"), self.hook(point)],
                    "poststop": [self.hook("poststop")]})
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, f"(?s)status 7: words.*/hooks/{point}/0")
                self.assertIn("does not exist", self.runtime.do("state", name).stderr)
                self.assertEqual(self.order(), [point, "poststop"])
                (self.out / "order").unlink()

    def test_what_fails_at_the_start_stops_the_container(self):
        for point in POINTS[3:5]:
            with self.subTest(point):
                name, done = self.create({
                    point: [self.hook(point, "exit 7"), self.hook(point)],
                    "poststop": [self.hook("poststop")]}, "exec sleep 1000")
                self.succeed(done)
                started = self.runtime.do("start", name)
                self.assertEqual(started.returncode, 1)
                self.assertRegex(started.stderr, f"(?s)status 7.*/hooks/{point}/0")
                self.runtime.wait_for(name, "stopped")
                self.succeed(self.runtime.do("delete", name))
                self.assertEqual(self.order(), [point, "poststop"])
                (self.out / "order").unlink()

    def test_before_1_3_what_fails_after_the_start_is_warned_about(self):
        for version in ("1.0.2-dev", "1.2.1"):
            with self.subTest(version):
                name, done = self.create({"poststart": [self.hook("poststart", "exit 7"),
                                                        self.hook("poststart")]},
                                         "exec sleep 1000", version)
                self.succeed(done)
                started = self.succeed(self.runtime.do("start", name))
                self.assertIn("status 7", started.stderr)
                self.assertEqual(self.order(), ["poststart", "poststart"])
                self.assertEqual(self.runtime.state(name)["status"], "running")
                self.succeed(self.runtime.do("delete", "--force", name))
                (self.out / "order").unlink()

    def test_a_run_whose_hook_fails_leaves_nothing(self):
        for point in POINTS[:5]:
            with self.subTest(point):
                done = self.runtime.run("/bin/sleep", "1000", ociVersion="1.3.0", hooks={
                    point: [{"path": "/bin/false"}], "poststop": [self.hook("poststop")]})
                self.assertEqual(done.returncode, 1)
                self.assertIn("does not exist",
                              self.runtime.do("state", self.runtime.ids[-1]).stderr)
                self.assertEqual(self.order(), ["poststop"])
                (self.out / "order").unlink()

    def test_what_fails_after_the_end_is_warned_about(self):
        name, done = self.create({"poststop": [self.hook("poststop", "exit 7"),
                                               self.hook("poststop")]})
        self.succeed(done)
        deleted = self.succeed(self.runtime.do("delete", "--force", name))
        self.assertIn("status 7", deleted.stderr)
        self.assertEqual(self.order(), ["poststop", "poststop"])

    def test_one_that_is_missing(self):
        name, done = self.create({"prestart": [{"path": "/nonexistent"}]})
        self.assertRegex(done.stderr, "(?s)/nonexistent.*/hooks/prestart/0")
        self.assertIn("does not exist", self.runtime.do("state", name).stderr)


@needs("root", "a static busybox")
class Linux(ConfigTest):
    def test_each_namespace(self):
        kinds = {"cgroup": "cgroup", "ipc": "ipc", "mount": "mnt", "network": "net", "pid": "pid",
                 "time": "time", "user": "user", "uts": "uts"}
        script = "for x in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$x; done"
        ours = {kind: os.readlink(f"/proc/self/ns/{file}") for kind, file in kinds.items()}
        for kind in kinds:
            wanted = {"mount", "pid", kind}
            if kind == "user":
                continue
            with self.subTest(kind):
                config = {"hostname": "box" if kind == "uts" else ""}
                found = dict(zip(kinds, self.see(script, mounts=[
                    {"destination": "/proc", "type": "proc"}], linux={
                        "namespaces": namespaces(*sorted(wanted))}, **config).split()))
                self.assertEqual({name for name in kinds if found[name] != ours[name]}, wanted)

    def test_namespaces_by_path(self):
        holder = self.runtime.start("/bin/sleep", "1000", linux={"namespaces": namespaces(
            *NAMESPACES, "cgroup", "time")})
        folder = f"/proc/{self.runtime.state(holder)['pid']}/ns"
        files = {"cgroup": "cgroup", "ipc": "ipc", "network": "net", "pid": "pid", "time": "time",
                 "uts": "uts"}
        for kind, file in files.items():
            with self.subTest(kind):
                new = [name for name in ("mount", "pid", "uts") if name != kind]
                name = self.runtime.start("/bin/sleep", "1000", linux={
                    "namespaces": namespaces(*new, **{kind: f"{folder}/{file}"})})
                pid = self.runtime.state(name)["pid"]
                self.assertEqual(os.readlink(f"/proc/{pid}/ns/{file}"),
                                 os.readlink(f"{folder}/{file}"))
                self.runtime.do("delete", "--force", name)
        self.refuse("another kind", linux={"namespaces": namespaces(
            "mount", "pid", "uts", network=f"{folder}/ipc")})
        self.refuse("is no namespace", linux={"namespaces": namespaces(
            "mount", "pid", "uts", network="/etc/passwd")})
        self.refuse("/linux/namespaces/3", linux={"namespaces": namespaces(
            "mount", "pid", "uts", network="/nonexistent")})

    def give_away(self, folder):
        """To the root of a user namespace."""
        for path in (folder / "rootfs", *(folder / "rootfs").iterdir()):
            os.chown(path, 700000, 700000)

    def test_a_user_namespace_by_path(self):
        name, folder, _ = self.bundle_of("/bin/sleep", "1000", linux={
            "namespaces": namespaces(*NAMESPACES, "user"), "uidMappings": IDS, "gidMappings": IDS})
        self.give_away(folder)
        self.succeed(self.runtime.do("create", "--bundle", folder, name))
        place = f"/proc/{self.runtime.state(name)['pid']}/ns"
        name, folder, _ = self.bundle_of("/bin/cat", "/proc/self/uid_map", linux={
            "namespaces": namespaces("mount", "pid", user=f"{place}/user", network=f"{place}/net",
                                     ipc=f"{place}/ipc", uts=f"{place}/uts")})
        self.give_away(folder)
        done = self.succeed(self.run_bundle(name, folder))
        self.assertEqual(done.stdout.split(), ["0", "700000", "65536"])

    def test_mappings(self):
        uids = [{"containerID": 0, "hostID": 700000, "size": 1000},
                {"containerID": 1000, "hostID": 800000, "size": 5}]
        gids = [{"containerID": 0, "hostID": 900000, "size": 10}]
        name, folder, rootfs = self.bundle_of(
            "/bin/cat", "/proc/self/uid_map", "/proc/self/gid_map", linux={
                "namespaces": namespaces(*NAMESPACES, "user"), "uidMappings": uids,
                "gidMappings": gids})
        os.chown(rootfs, 700000, 900000)
        done = self.succeed(self.run_bundle(name, folder))
        self.assertEqual([[int(word) for word in line.split()] for line in
                          done.stdout.splitlines()],
                         [[0, 700000, 1000], [1000, 800000, 5], [0, 900000, 10]])
        self.refuse("uidMappings", linux={"namespaces": namespaces(*NAMESPACES, "user")})
        self.refuse("user", linux={"uidMappings": uids, "gidMappings": gids})

    def test_time_offsets(self):
        offsets = {"monotonic": {"secs": 86400, "nanosecs": 5}, "boottime": {"secs": 172800}}
        told = self.see("cat /proc/self/timens_offsets /proc/uptime", linux={
            "namespaces": namespaces(*NAMESPACES, "time"), "timeOffsets": offsets}).split()
        self.assertEqual(told[:6], ["monotonic", "86400", "5", "boottime", "172800", "0"])
        self.assertGreater(float(told[6]), 172800)
        self.refuse("timeOffsets", linux={"timeOffsets": offsets})

    def test_default_devices(self):
        told = self.see("cd /dev; stat -c '%n %F %t,%T %a' null zero full random urandom tty; "
                        "for x in ptmx fd stdin stdout stderr; do readlink $x; done")
        device = "character special file"
        self.assertEqual(told.splitlines(), [
            f"null {device} 1,3 666", f"zero {device} 1,5 666", f"full {device} 1,7 666",
            f"random {device} 1,8 666", f"urandom {device} 1,9 666", f"tty {device} 5,0 666",
            "pts/ptmx", "/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2"])

    def test_devices(self):
        devices = [
            {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 0o640,
             "uid": 5, "gid": 6},
            {"path": "/srv/disk", "type": "b", "major": 8, "minor": 0, "fileMode": 0o100600},
            {"path": "/dev/pipe", "type": "p"},
            {"path": "/dev/raw", "type": "u", "major": 1, "minor": 3},
        ]
        told = self.see("stat -c '%F %t,%T %a %u %g' /dev/fuse /srv/disk /dev/pipe /dev/raw",
                        linux={"devices": devices})
        self.assertEqual(told.splitlines(), [
            "character special file a,e5 640 5 6", "block special file 8,0 600 0 0",
            "fifo 0,0 666 0 0", "character special file 1,3 666 0 0"])

    def test_a_device_in_the_place_of_a_file_is_refused(self):
        name, folder, rootfs = self.bundle_of("/bin/true", linux={"devices": [
            {"path": "/srv/disk", "type": "b", "major": 8, "minor": 0}]})
        (rootfs / "srv").mkdir()
        (rootfs / "srv/disk").write_text("")
        done = self.run_bundle(name, folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/linux/devices/0", done.stderr)

    def test_root_propagation(self):
        for value, tags in (("private", ""), ("rprivate", ""), ("unbindable", "unbindable"),
                            ("shared", "shared:"), ("rshared", "shared:")):
            with self.subTest(value):
                found = of_mount(self.see("cat /proc/self/mountinfo",
                                          linux={"rootfsPropagation": value}), "/")
                self.assertTrue(" ".join(found["tags"]).startswith(tags), found)
                self.assertEqual(len(found["tags"]), 1 if tags else 0, found)

    def test_a_slave_of_the_host(self):
        name, folder, rootfs = self.bundle_of("/bin/cat", "/proc/self/mountinfo",
                                              linux={"rootfsPropagation": "rslave"})
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c",
             f"mount --make-rprivate / && mount --bind {rootfs} {rootfs} && "
             f"mount --make-shared {rootfs} && exec \"$@\"", "sh",
             *self.runtime.command("run", "--bundle", folder, name)],
            stdin=subprocess.PIPE, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(" ".join(of_mount(done.stdout, "/")["tags"]), r"^master:\d+")

    def test_sysctls(self):
        values = {"net.ipv4.ip_forward": "1", "net/core/somaxconn": "77", "kernel.msgmax": "9999",
                  "kernel.sem": "250 32000 100 129", "fs.mqueue.msg_max": "11",
                  "kernel.shm_rmid_forced": "1"}
        told = self.see("cd /proc/sys; cat net/ipv4/ip_forward net/core/somaxconn kernel/msgmax "
                        "kernel/sem fs/mqueue/msg_max kernel/shm_rmid_forced",
                        linux={"sysctl": values})
        self.assertEqual([line.split() for line in told.splitlines()],
                         [value.split() for value in values.values()])

    def test_sysctls_of_the_host_are_refused(self):
        for name in ("kernel.core_pattern", "vm.swappiness", "fs.file-max", "kernel.panic",
                     "user.max_user_namespaces", "net", "../kernel.msgmax", "kernel..msgmax"):
            with self.subTest(name):
                self.refuse("/linux/sysctl/", linux={"sysctl": {name: "1"}})
        for kind, name in (("network", "net.ipv4.ip_forward"), ("ipc", "kernel.msgmax"),
                           ("uts", "kernel.domainname")):
            with self.subTest(kind):
                self.refuse(f"no {kind}", hostname="", linux={
                    "sysctl": {name: "1"},
                    "namespaces": namespaces(*(n for n in NAMESPACES if n != kind))})

    def test_personality(self):
        self.assertEqual(self.see("uname -m", linux={"personality": {"domain": "LINUX32"}}),
                         {"x86_64": "i686\n", "aarch64": "armv8l\n"}[os.uname().machine])
        self.assertEqual(self.see("uname -m", linux={"personality": {"domain": "LINUX"}}),
                         os.uname().machine + "\n")

    @needs("memory nodes")
    def test_memory_policy(self):
        for policy, told in (({"mode": "MPOL_BIND", "nodes": "0"}, "bind:0"),
                             ({"mode": "MPOL_INTERLEAVE", "nodes": "0"}, "interleave:0"),
                             ({"mode": "MPOL_PREFERRED", "nodes": "0"}, "prefer:0"),
                             ({"mode": "MPOL_BIND", "nodes": "0",
                               "flags": ["MPOL_F_STATIC_NODES"]}, "bind=static:0"),
                             ({"mode": "MPOL_BIND", "nodes": "0",
                               "flags": ["MPOL_F_RELATIVE_NODES"]}, "bind=relative:0"),
                             ({"mode": "MPOL_LOCAL"}, "local"),
                             ({"mode": "MPOL_DEFAULT"}, "default")):
            with self.subTest(policy):
                words = {line.split()[1] for line in self.see(
                    "cat /proc/self/numa_maps", linux={"memoryPolicy": policy}).splitlines()}
                self.assertIn(told, words)
        self.refuse("/linux/memoryPolicy", linux={
            "memoryPolicy": {"mode": "MPOL_BIND", "nodes": "1000"}})
        self.refuse("/linux/memoryPolicy", linux={"memoryPolicy": {"mode": "MPOL_NEW"}})

    def test_what_hardrun_does_not_do_is_refused(self):
        self.refuse("(?s)Intel RDT.*/linux/intelRdt", linux={"intelRdt": {
            "closID": "a", "schemata": ["L3:0=f"], "enableMonitoring": True}})

    def test_what_only_version_1_had_is_refused(self):
        for resources, at in (
                ({"memory": {"kernel": 1048576}}, "memory/kernel"),
                ({"memory": {"kernelTCP": 1048576}}, "memory/kernelTCP"),
                ({"memory": {"swappiness": 60}}, "memory/swappiness"),
                ({"memory": {"disableOOMKiller": True}}, "memory/disableOOMKiller"),
                ({"memory": {"useHierarchy": False}}, "memory/useHierarchy"),
                ({"cpu": {"realtimeRuntime": 95000}}, "cpu/realtimeRuntime"),
                ({"cpu": {"realtimePeriod": 100000}}, "cpu/realtimePeriod"),
                ({"blockIO": {"leafWeight": 10}}, "blockIO/leafWeight"),
                ({"blockIO": {"weightDevice": [{"major": 8, "minor": 0, "leafWeight": 10}]}},
                 "blockIO/weightDevice/0/leafWeight"),
                ({"network": {"classID": 7}}, "network/classID"),
                ({"network": {"priorities": [{"name": "lo", "priority": 1}]}},
                 "network/priorities")):
            with self.subTest(at):
                self.refuse(f"(?s)version 2.*/linux/resources/{at}",
                            linux={"resources": resources})

    @needs("version 1 of control groups")
    def test_limits_without_a_cgroup_are_refused(self):
        for resources in ({"memory": {"limit": 1 << 30}}, {"pids": {"limit": 9}},
                          {"unified": {"memory.high": "1"}},
                          {"rdma": {"mlx5_0": {"hcaHandles": 1}}},
                          {"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]}):
            with self.subTest(resources):
                self.refuse("version 1", linux={"resources": resources})
        done = self.succeed(self.runtime.run("/bin/true", linux={"resources": {
            "devices": [{"allow": False, "access": "rwm"}]}}))
        self.assertIn("/linux/resources/devices", done.stderr)
        done = self.succeed(self.runtime.run("/bin/true", linux={"resources": {
            "devices": [{"allow": True, "access": "rwm"}]}}))
        self.assertEqual(done.stderr, "")

    @needs("cgroup v2")
    def test_what_no_cgroup_has_is_refused(self):
        for resources in ({"unified": {"nonsense.max": "1"}}, {"unified": {"memory.nonsense": "1"}},
                          {"rdma": {"nonsense0": {"hcaHandles": 1}}},
                          {"hugepageLimits": [{"pageSize": "3MB", "limit": 0}]}):
            with self.subTest(resources):
                self.refuse("/linux/resources/|has no [a-z]+ controller", linux={
                    "cgroupsPath": f"/oci-test-{os.getpid()}", "resources": resources})

    @needs("cgroup v2")
    def test_device_rules(self):
        script = "for x in null full kmsg; do (: < /dev/$x) 2>/dev/null && echo $x; done; true"
        devices = [{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11}]
        rule = {"allow": True, "type": "c", "major": 1, "minor": 11, "access": "r"}
        deny = {"allow": False, "access": "rwm"}
        sets = {kind: ["CAP_SYSLOG"] for kind in ("bounding", "effective", "permitted")}
        for rules, seen in (([deny], ["null", "full"]), ([deny, rule], ["null", "full", "kmsg"]),
                            ([rule, deny], ["null", "full"])):
            with self.subTest(rules):
                self.assertEqual(self.see(script, process={"capabilities": sets}, linux={
                    "cgroupsPath": f"/oci-test-{os.getpid()}", "devices": devices,
                    "resources": {"devices": rules}}).split(), seen)


RECEIVE = 3 << 30 | 80 << 16 | 0x21 << 8
SEND = 3 << 30 | 24 << 16 | 0x21 << 8 | 1


def answer_one(fd, error):
    """Let the first call that is asked about fail with @error. Source: seccomp_unotify(2)."""
    notification = bytearray(80)
    fcntl.ioctl(fd, RECEIVE, notification)
    number, = struct.unpack_from("=Q", notification)
    fcntl.ioctl(fd, SEND, bytearray(struct.pack("=QqiI", number, 0, -error, 0)))


@needs("root", "a static busybox")
class Seccomp(ConfigTest):
    def profile(self, *rules, **more):
        return {"seccomp": {**ALLOW_ALL, "syscalls": list(rules), **more}}

    def rule(self, *names, action="SCMP_ACT_ERRNO", **more):
        return {"names": list(names), "action": action, **more}

    def test_errors(self):
        for more, told in (({}, "Operation not permitted"), ({"errnoRet": 38}, "not implemented"),
                           ({"errnoRet": 61}, "No data available")):
            with self.subTest(more):
                done = self.runtime.run("/bin/mkdir", "/x", linux=self.profile(
                    self.rule("mkdir", "mkdirat", "no_such_call", **more)))
                self.assertEqual(done.returncode, 1)
                self.assertIn(told, done.stderr)

    def test_a_filter_that_is_known_is_that_of_its_text(self):
        known = self.runtime.root / "cache/seccomp"
        for _ in range(3):
            for number, told in ((1, "Operation not permitted"), (61, "No data available")):
                done = self.runtime.run("/bin/mkdir", "/x", linux=self.profile(
                    self.rule("mkdir", "mkdirat", errnoRet=number)))
                self.assertIn(told, done.stderr)
            self.assertEqual(len(list(known.glob("*.text"))), 2)
        for file in known.glob("*.text"):
            file.write_bytes(file.read_bytes()[:-1] + b"?")
        done = self.runtime.run("/bin/mkdir", "/x", linux=self.profile(
            self.rule("mkdir", "mkdirat", errnoRet=61)))
        self.assertIn("No data available", done.stderr)

    def test_the_default_error(self):
        config = json.loads((pathlib.Path(__file__).parent.parent / "golden/oci/engines/"
                             "docker-28-default.json").read_text())
        profile = config["linux"]["seccomp"]
        for rule in profile["syscalls"]:
            rule["names"] = [name for name in rule["names"] if not name.startswith("mkdir")]
        profile["syscalls"] = [rule for rule in profile["syscalls"] if rule["names"]]
        profile["defaultErrnoRet"] = 61
        done = self.runtime.run("/bin/mkdir", "/x", linux={"seccomp": profile})
        self.assertIn("No data available", done.stderr)

    def test_each_action(self):
        for action, status in (("SCMP_ACT_KILL_PROCESS", 128 + 31), ("SCMP_ACT_KILL", 128 + 31),
                               ("SCMP_ACT_KILL_THREAD", 128 + 31), ("SCMP_ACT_TRAP", 128 + 31),
                               ("SCMP_ACT_ERRNO", 1), ("SCMP_ACT_TRACE", 1), ("SCMP_ACT_LOG", 0),
                               ("SCMP_ACT_ALLOW", 0)):
            with self.subTest(action):
                # Its own PID 1 is spared by signals, so that the child is looked at.
                done = self.runtime.run("/bin/sh", "-c", "mkdir /x; exit $?", linux=self.profile(
                    self.rule("mkdir", "mkdirat", action=action)))
                self.assertEqual(done.returncode, status, done.stderr)

    def test_each_operator(self):
        signals = (17, 18, 23, 28)  # of which nothing comes
        script = (f"for x in {' '.join(map(str, signals))}; do "
                  "kill -$x $$ 2>/dev/null || echo $x; done")
        for name, value, second, refused in (
                ("EQ", 18, 0, {18}), ("NE", 18, 0, {17, 23, 28}), ("LT", 18, 0, {17}),
                ("LE", 18, 0, {17, 18}), ("GT", 18, 0, {23, 28}), ("GE", 23, 0, {23, 28}),
                ("MASKED_EQ", 0x14, 0x14, {23, 28}), ("MASKED_EQ", 0x3, 0x1, {17})):
            with self.subTest(name, value=value):
                told = self.see(script, linux=self.profile(self.rule("kill", args=[
                    {"index": 1, "value": value, "valueTwo": second, "op": f"SCMP_CMP_{name}"}])))
                # Others than those of the script must not be hit: LT and LE hit 0.
                self.assertEqual(set(map(int, told.split())), refused)

    def test_each_flag(self):
        flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                 "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]
        for flag in flags:
            with self.subTest(flag):
                status = harness.process_status(self.see(
                    "cat /proc/self/status", linux=self.profile(flags=[flag])))
                self.assertEqual(status["Seccomp"], "2")
        self.refuse("/linux/seccomp/flags/0", linux=self.profile(flags=["SECCOMP_NEW"]))

    def test_architectures(self):
        self.assertEqual(self.see("echo in", linux=self.profile(architectures=[
            "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64"])), "in\n")
        self.refuse("/linux/seccomp/architectures/0", linux=self.profile(architectures=["Z80"]))

    def listen(self, options=(), **more):
        """What a judge is told, and the container's outcome."""
        path = str(self.runtime.folder / "judge")
        told = []

        def judge(listener):
            with contextlib.closing(listener.accept()[0]) as peer:
                text, ancillary, _, _ = peer.recvmsg(65536, socket.CMSG_LEN(4))
                rest = peer.recv(65536)
            fds = array.array("i", b"".join(data[:4] for _, _, data in ancillary))
            told.append((json.loads(text + rest), len(fds)))
            answer_one(fds[0], 61)
            os.close(fds[0])

        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
            listener.bind(path)
            listener.listen()
            thread = threading.Thread(target=judge, args=(listener,), daemon=True)
            thread.start()
            done = self.runtime.run("/bin/mkdir", "/x", annotations={"a": "b"}, linux=self.profile(
                self.rule("mkdir", "mkdirat", action="SCMP_ACT_NOTIFY"), listenerPath=path,
                **more))
            thread.join(harness.PATIENCE)
        os.unlink(path)
        return told, done

    def test_a_judge_is_asked(self):
        for flags in ([], ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_TSYNC"]):
            with self.subTest(flags):
                told, done = self.listen(listenerMetadata="meta data", flags=flags)
                self.assertIn("No data available", done.stderr)
                (state, count), = told
                self.assertEqual((count, state["fds"], state["metadata"], state["ociVersion"]),
                                 (1, ["seccompFd"], "meta data", "1.3.0"))
                self.assertEqual((state["state"]["id"], state["state"]["annotations"]),
                                 (self.runtime.ids[-1], {"a": "b"}))
                self.assertEqual(state["pid"], state["state"]["pid"])

    def test_a_judge_that_is_missing(self):
        self.refuse("/nonexistent/judge", linux=self.profile(
            self.rule("mkdir", action="SCMP_ACT_NOTIFY"), listenerPath="/nonexistent/judge"))

    def test_a_judge_that_is_not_asked_is_ignored(self):
        self.assertEqual(self.see("echo in", linux=self.profile(
            listenerPath="/nonexistent/judge", listenerMetadata="x")), "in\n")


@needs("root", "a static busybox", "network devices that can be made")
class NetDevices(ConfigTest):
    """The host's devices are those of a network namespace of the test's own."""

    def setUp(self):
        self.place, self.namespace_fd = self.make_namespace()
        self.addCleanup(os.close, self.namespace_fd)
        super().setUp()
        self.runtime.command = self.command_beside

    @staticmethod
    def make_namespace():
        """A path to a network namespace that is there as long as the descriptor is."""
        with subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; read x"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as first:
            first.stdout.readline()
            fd = os.open(f"/proc/{first.pid}/ns/net", os.O_RDONLY)
        return f"/proc/{os.getpid()}/fd/{fd}", fd

    def enter(self, *words):
        return ["nsenter", f"--net={self.place}", *words]

    def command_beside(self, *words):
        return self.enter(self.runtime.path, "--root", str(self.runtime.root), *map(str, words))

    def ip(self, *words):
        return subprocess.run(self.enter(BUSYBOX, "ip", *words), check=True, capture_output=True,
                              text=True).stdout

    def device(self, name, *addresses, mtu=1400, is_up=True):
        self.ip("link", "add", name, "type", find_device_type())
        self.ip("link", "set", name, "mtu", str(mtu))
        for address in addresses:
            self.ip("addr", "add", *address.split(), "dev", name)
        if is_up:
            self.ip("link", "set", name, "up")
        return name

    def names(self):
        return set(re.findall(r"^\d+: ([^:@]+)", self.ip("link"), re.MULTILINE))

    def with_devices(self, **devices):
        return {"netDevices": devices}

    def addresses(self, text, name):
        """Of one device, as `ip addr` tells them."""
        part = re.search(rf"^\d+: {name}[:@].*\n((?:[ \t].*\n)*)", text, re.MULTILINE)
        self.assertIsNotNone(part, text)
        return part.group(0)

    def test_a_device_with_its_addresses(self):
        self.device("ext0", "10.9.8.7/24", "10.1.1.1 peer 10.1.1.2/32", "fd00::5/64",
                    "10.6.6.6/24 scope link", "10.5.5.5/24 brd +")
        text = self.see("ip addr", linux=self.with_devices(ext0={"name": "eth7"}))
        part = self.addresses(text, "eth7")
        for words in ("UP", "mtu 1400", "inet 10.9.8.7/24 scope global eth7",
                      "10.1.1.1 peer 10.1.1.2/32", "inet6 fd00::5/64",
                      "inet 10.5.5.5/24 brd 10.5.5.255"):
            self.assertIn(words, part)
        self.assertNotIn("10.6.6.6", text)
        self.assertNotIn("ext0", text)

    def test_a_name_is_kept_and_found(self):
        self.device("ext0", is_up=False)
        self.device("ext1")
        self.device("ext2")
        text = self.see("ip addr", linux=self.with_devices(ext0={}, ext1={"name": "eth%d"},
                                                           ext2={"name": "eth%d"}))
        for name in ("ext0", "eth0", "eth1"):
            self.assertIn(",UP", self.addresses(text, name))

    def test_it_is_there_before_hooks_and_settings(self):
        self.device("ext0")
        out = self.runtime.folder / "told"
        script = (f"pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); "
                  f"nsenter -t $pid -n {BUSYBOX} ip link > {out}")
        hook = {"path": "/bin/sh", "args": ["sh", "-c", script], "env": ["PATH=/usr/bin:/bin"]}
        self.assertEqual(
            self.see("cat /proc/sys/net/ipv4/conf/eth7/forwarding", linux={
                **self.with_devices(ext0={"name": "eth7"}),
                "sysctl": {"net.ipv4.conf.eth7.forwarding": "1"}},
                hooks={"createRuntime": [hook]}), "1\n")
        self.assertIn("eth7", out.read_text())

    def test_in_a_user_namespace(self):
        self.device("ext0", "10.9.8.7/24")
        name, folder, rootfs = self.bundle_of("/bin/ip", "addr", linux={
            "namespaces": namespaces(*NAMESPACES, "user"), "uidMappings": IDS, "gidMappings": IDS,
            **self.with_devices(ext0={"name": "eth0"})})
        os.chown(rootfs, 700000, 700000)
        done = self.succeed(self.run_bundle(name, folder))
        self.assertIn("10.9.8.7/24", self.addresses(done.stdout, "eth0"))

    def test_in_a_namespace_by_path(self):
        self.device("ext0", "10.9.8.7/24")
        place, fd = self.make_namespace()
        self.addCleanup(os.close, fd)
        paths = namespaces("mount", "pid", "uts", network=place)
        text = self.see("ip addr", linux={"namespaces": paths, **self.with_devices(
            ext0={"name": "eth0"})})
        self.assertIn("10.9.8.7/24", self.addresses(text, "eth0"))
        # It is taken now, and stays: the namespace outlives the container.
        self.device("ext1")
        self.refuse("(?s)eth0 already.*/linux/netDevices/ext1", linux={
            "namespaces": paths, **self.with_devices(ext1={"name": "eth0"})})
        self.assertIn("ext1", self.names())

    def test_nothing_is_moved_unless_all_can_be(self):
        self.device("ext0")
        for wrong, told in (({"absent0": {}}, "no network device absent0"),
                            ({"ext0": {"name": "lo"}}, "lo already")):
            with self.subTest(told):
                self.refuse(f"(?s){told}.*/linux/netDevices/", linux=self.with_devices(
                    **{"ext0": {}, **wrong}))
                self.assertIn("ext0", self.names())

    def test_what_cannot_move_is_refused(self):
        self.refuse("(?s)cannot move.*/linux/netDevices/lo", linux=self.with_devices(
            lo={"name": "lo7"}))

    def test_exec_moves_nothing(self):
        self.device("ext0")
        name = self.runtime.start("/bin/sleep", "1000", linux=self.with_devices(ext0={}))
        done = self.succeed(self.runtime.do("exec", name, "/bin/ip", "link"))
        self.assertIn("ext0", done.stdout)

    def test_a_namespace_of_its_own_is_needed(self):
        self.device("ext0")
        self.refuse("network namespace", hostname="", linux={
            "namespaces": namespaces("mount", "pid"), **self.with_devices(ext0={})})
        self.refuse("(?s)of the container's own.*/linux/netDevices/ext0", linux={
            "namespaces": namespaces("mount", "pid", "uts",
                                     network=self.place),
            **self.with_devices(ext0={})})
        self.assertIn("ext0", self.names())


@needs("root", "a static busybox")
class Features(ConfigTest):
    """What is told is recognised, and what is done."""

    def setUp(self):
        super().setUp()
        self.features = json.loads(self.runtime.do("features").stdout)

    def test_the_members_are_those_of_the_specification(self):
        self.assertEqual(set(self.features), {
            "ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations",
            "potentiallyUnsafeConfigAnnotations"})
        self.assertEqual(set(self.features["linux"]), {
            "namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt",
            "memoryPolicy", "mountExtensions", "netDevices"})
        self.assertEqual(self.features["linux"]["selinux"], {"enabled": False})
        self.assertEqual(self.features["linux"]["netDevices"], {"enabled": True})
        self.assertEqual(self.features["linux"]["intelRdt"], {
            "enabled": False, "schemata": False, "monitoring": False})

    def test_each_mount_option_is_recognised(self):
        source = self.runtime.folder / "source"
        source.mkdir()
        told = set(self.features["mountOptions"])
        self.assertEqual(told, {
            *PLAIN_OPTIONS, *SUPERBLOCK_OPTIONS, *RECURSIVE_OPTIONS,
            *(undone for undone, _ in RECURSIVE_OPTIONS.values()), "rstrictatime", "rrelatime",
            "rnostrictatime", "rnorelatime", "acl", "noacl", "iversion", "bind", "rbind",
            "remount", "idmap", "ridmap", "tmpcopyup", "private", "rprivate", "shared", "rshared",
            "slave", "rslave", "unbindable", "runbindable"})

    def test_each_capability_is_recognised(self):
        done = self.succeed(self.runtime.run("/bin/true", process={"capabilities": {
            "bounding": self.features["linux"]["capabilities"]}}))
        self.assertEqual(done.stderr, "")

    def test_each_word_of_seccomp_is_recognised(self):
        words = self.features["linux"]["seccomp"]
        self.assertLessEqual(set(words["supportedFlags"]), set(words["knownFlags"]))
        for operator in words["operators"]:
            self.see("true", linux={"seccomp": {**ALLOW_ALL, "syscalls": [
                {"names": ["sysfs"], "action": "SCMP_ACT_ERRNO", "args": [
                    {"index": 0, "value": 1, "op": operator}]}]}})
        self.see("true", linux={"seccomp": {**ALLOW_ALL, "architectures": words["archs"],
                                            "flags": words["supportedFlags"]}})
        for action in words["actions"]:
            if action != "SCMP_ACT_NOTIFY":
                self.see("true", linux={"seccomp": {**ALLOW_ALL, "syscalls": [
                    {"names": ["sysfs"], "action": action}]}})


if __name__ == "__main__":
    harness.main()
