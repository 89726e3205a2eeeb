#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host's policy: what is refused, what is added, and whose policy counts.

Each command sees a folder of the test in the place of /etc, full of links to what is really there,
in a mount namespace of its own.
"""

import copy
import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from containers import Containers, default_config                            # noqa: E402
from harness import needs                                                    # noqa: E402

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROFILE = TOP / "profiles/seccomp/default.json"
SHELL = "/bin/sh"
OCI_FAILED = 1
EXEC_FAILED = 255
USER = 1000
ABI_OF_FILES = 2
ABI_OF_SCOPES = 6
MOUNTING = {"mount", "move_mount", "pivot_root", "umount2"}

# The program waits for /tmp/go, then does its deed and leaves the status in /tmp/status.
DEED = """while [ ! -e /tmp/go ]; do sleep 0.05; done
{deed} 2>/tmp/error
echo $? >/tmp/made && mv /tmp/made /tmp/status
exec sleep 1000"""


class PolicedContainers(Containers):
    """Containers on a host with a policy."""

    def __init__(self):
        super().__init__()
        self.etc = self.folder / "etc"
        self.real = self.folder / "real"
        self.before = []
        self.real.mkdir()
        (self.etc / "hardrun").mkdir(parents=True)
        for name in set(os.listdir("/etc")) - {"hardrun"}:
            (self.etc / name).symlink_to(self.real / name)
        self.policy = self.etc / "hardrun/policy.json"

    def rule(self, **members):
        """Write the policy, with these members: rules={...}, default=..."""
        self.policy.write_text(json.dumps(members))

    def command(self, *arguments):
        mounts = 'mount --bind /etc "$0/real" && mount --bind "$0/etc" /etc && exec "$@"'
        return ["unshare", "-m", SHELL, "-c", mounts, str(self.folder), *self.before,
                *super().command(*arguments)]


def filtered():
    """A profile of OCI that lets every usual call through but those that mount."""
    names = {name for rule in json.loads(PROFILE.read_text())["syscalls"]
             if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]}
    return {"defaultAction": "SCMP_ACT_ERRNO",
            "syscalls": [{"names": sorted(names - MOUNTING), "action": "SCMP_ACT_ALLOW"}]}


def config_of(program, **linux):
    config = default_config()
    config["process"]["args"] = [SHELL, "-c", program]
    config["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"})
    config["linux"].update(linux)
    return config


class Base(unittest.TestCase):
    def setUp(self):
        self.containers = PolicedContainers()
        self.addCleanup(self.containers.close)

    def succeed(self, *arguments):
        done = self.containers.run(*arguments)
        self.assertEqual(done.returncode, 0, (arguments, done.stderr))
        return done.stdout

    def refused(self, status, *words, arguments=("create", "web")):
        done = self.containers.run(*arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(self.containers.ids(), [] if arguments[0] != "exec" else ["web"])


@needs("root")
class Refusal(Base):
    def test_privileged(self):
        names = [f"CAP_{name}" for name in
                 ("DAC_READ_SEARCH", "NET_ADMIN", "NET_RAW", "SYS_MODULE", "SYS_RAWIO", "SYS_PTRACE",
                  "SYS_ADMIN", "SYS_BOOT", "MAC_OVERRIDE", "MAC_ADMIN")]
        sets = {kind: names for kind in ("bounding", "effective", "permitted")}
        self.containers.rule(rules={"privileged": "refuse"})
        self.containers.configure(capabilities=sets)
        self.refused(OCI_FAILED, "refuses privileged", "/process/capabilities in config.json",
                     "/etc/hardrun/policy.json")
        self.containers.rule(rules={"privileged": "warn"})
        self.succeed("create", "web")

    def mount(self, source):
        config = default_config()
        config["mounts"].append({"destination": "/mnt", "type": "bind", "source": str(source),
                                 "options": ["rbind"]})
        self.containers.write(config)

    def test_engine_socket(self):
        self.containers.rule(rules={"engine-socket": "refuse"})
        self.mount("/var/run/docker.sock")
        self.refused(OCI_FAILED, "refuses engine-socket", "/mounts/4 in config.json")

    def test_link_to_a_sensitive_path(self):
        link = self.containers.folder / "link"
        link.symlink_to("/root")
        self.containers.rule(default="allow", rules={"sensitive-mount": "refuse"})
        self.mount(link)
        self.refused(OCI_FAILED, "refuses sensitive-mount: /root is given", "/mounts/4")

    def test_a_refusal_is_one_object_in_the_log(self):
        log = self.containers.folder / "log"
        self.containers.rule(rules={"root-user": "refuse"})
        self.refused(OCI_FAILED, "refuses root-user",
                     arguments=("--log", str(log), "--log-format", "json", "create", "web"))
        self.assertIn("refuses root-user", json.loads(log.read_text())["msg"])

    def test_relaxation_of_a_native_spec(self):
        spec = self.containers.folder / "spec.json"
        spec.write_text(json.dumps({"args": ["/bin/true"], "relax": {
            "host-network": {"reason": "looks at the host's interfaces"}}}))
        self.containers.rule(rules={"host-network": "refuse"})
        for verb in ((), ("check",)):
            self.refused(harness.FAILED, "refuses host-network", f"/relax/host-network in {spec}",
                         "take relax.host-network away", arguments=(*verb, str(spec)))

    def test_process_that_joins(self):
        self.containers.configure(user={"uid": USER, "gid": USER})
        self.succeed("run", "--detach", "web")
        self.containers.rule(default="refuse", rules={
            name: "allow" for name in ("apparmor-off", "new-privileges")})
        self.succeed("exec", "web", "/bin/true")
        self.refused(EXEC_FAILED, "refuses root-user", "at: --user",
                     arguments=("exec", "--user", "0", "web", "/bin/true"))
        self.refused(EXEC_FAILED, "refuses dangerous-capabilities", "CAP_SYS_ADMIN",
                     arguments=("exec", "--cap", "CAP_SYS_ADMIN", "web", "/bin/true"))

    def test_update_that_lifts_a_limit(self):
        self.succeed("run", "--detach", "web")
        self.containers.rule(default="allow", rules={
            f"no-{what}-limit": "refuse" for what in ("memory", "pids", "cpu")})
        for what, *options in (("memory", "--memory", "-1"), ("pids", "--pids-limit", "-1"),
                               ("cpu", "--cpu-quota", "-1")):
            done = self.containers.run("update", *options, "web")
            self.assertNotEqual(done.returncode, 0, options)
            self.assertIn(f"refuses no-{what}-limit", done.stderr)
        file = self.containers.folder / "resources.json"
        file.write_text(json.dumps({"unified": {"memory.max": " max"}}))
        done = self.containers.run("update", "--resources", str(file), "web")
        self.assertIn("refuses no-memory-limit", done.stderr)
        file.write_text(json.dumps({"memory": {"limit": 0}, "cpu": {"quota": 0}}))
        done = self.containers.run("update", "--resources", str(file), "web")
        self.assertNotIn("refuses", done.stderr)

    def test_without_a_policy_only_a_log_file_hears(self):
        log = self.containers.folder / "log"
        done = self.containers.run("--log", str(log), "--log-format", "json", "create", "web")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        told = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual({line["level"] for line in told}, {"warning"})
        self.assertIn("root-user: the process is root, 0:0", [line["msg"] for line in told])
        self.succeed("delete", "--force", "web")
        self.assertEqual(self.containers.run("create", "two").stderr, "")


@needs("root")
class Whose(Base):
    """What could be another's policy, or is none, refuses everything."""

    def setUp(self):
        super().setUp()
        self.containers.rule(default="allow")

    def test_a_good_one(self):
        self.succeed("create", "web")

    def test_wrong(self):
        self.containers.rule(rules={"privilegd": "refuse"})
        self.refused(OCI_FAILED, "unknown member", "/rules/privilegd in /etc/hardrun/policy.json",
                     'did you mean "privileged"?')

    def test_large(self):
        self.containers.policy.write_text("{}" + " " * 65536)
        self.refused(OCI_FAILED, "larger than 64 KiB")

    def test_owner(self):
        os.chown(self.containers.policy, USER, 0)
        self.refused(OCI_FAILED, "policy.json is not root's")

    def test_owner_of_the_folder(self):
        os.chown(self.containers.policy.parent, USER, 0)
        self.refused(OCI_FAILED, "/etc/hardrun is not root's")

    def test_mode(self):
        for mode in (0o664, 0o646):
            self.containers.policy.chmod(mode)
            self.refused(OCI_FAILED, "policy.json can be written by others")

    def test_mode_of_the_folder(self):
        self.containers.policy.parent.chmod(0o777)
        self.refused(OCI_FAILED, "/etc/hardrun can be written by others")

    def test_kind(self):
        self.containers.policy.unlink()
        self.containers.policy.symlink_to("/etc/passwd")
        self.refused(OCI_FAILED, "cannot open /etc/hardrun/policy.json")
        self.containers.policy.unlink()
        os.mkfifo(self.containers.policy)
        self.refused(OCI_FAILED, "policy.json is not a file")

    def as_user(self, *before):
        spec = self.containers.etc / "spec.json"
        spec.write_text(json.dumps({"args": ["/bin/true"], "relax": {
            "host-ipc": {"reason": "shares memory with the host"}}}))
        self.containers.rule(rules={"host-ipc": "refuse"})
        self.containers.folder.chmod(0o755)
        self.containers.before = [*before]
        return ("check", "/etc/spec.json")

    def test_an_ordinary_user_is_bound(self):
        arguments = self.as_user("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")
        self.refused(harness.FAILED, "refuses host-ipc", arguments=arguments)
        self.containers.policy.chmod(0o600)
        self.refused(harness.FAILED, "cannot open /etc/hardrun/policy.json", "chmod go+rX",
                     arguments=arguments)

    def test_root_of_a_user_namespace_is_bound(self):
        arguments = self.as_user("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
                                 "unshare", "--user", "--map-root-user")
        self.refused(harness.FAILED, "refuses host-ipc", arguments=arguments)


@needs("root")
class Hardening(Base):
    def test_no_new_privs(self):
        for action, wanted in (("allow", "0"), ("harden", "1")):
            self.containers.rule(default="allow", rules={"new-privileges": action})
            self.containers.configure(args=["/bin/cat", "/proc/self/status"])
            status = harness.process_status(self.succeed("run", "web"))
            self.assertEqual(status["NoNewPrivs"], wanted)

    def test_no_new_privs_of_a_process_that_joins(self):
        self.succeed("run", "--detach", "web")
        self.containers.rule(default="allow", rules={"new-privileges": "harden"})
        status = self.succeed("exec", "web", "/bin/cat", "/proc/self/status")
        self.assertEqual(harness.process_status(status)["NoNewPrivs"], "1")

    def test_masked_paths(self):
        self.containers.rule(default="allow", rules={"unmasked-paths": "harden"})
        self.containers.configure(args=["/bin/cat", "/proc/self/mountinfo"])
        mounts = {line.split()[4]: line.split()[5]
                  for line in self.succeed("run", "web").splitlines()}
        self.assertLessEqual({"/proc/keys", "/proc/timer_list", "/proc/sys"}, set(mounts))
        self.assertIn("ro", mounts["/proc/sys"].split(","))
        self.containers.configure(args=["/bin/cat", "/proc/keys", "/proc/timer_list"])
        self.assertEqual(self.succeed("run", "web"), "")

    def started(self, config, action):
        """The host's number of a container's process that waits for /tmp/go."""
        self.containers.rule(default="allow", rules={"landlock-off": action})
        self.containers.write(config)
        self.succeed("run", "--detach", "web")
        return self.containers.state("web")["pid"]

    def deed(self, pid):
        """Let it go on; the status of its deed, and what it said."""
        tmp = pathlib.Path(f"/proc/{pid}/root/tmp")
        (tmp / "go").touch()
        self.assertTrue(harness.until((tmp / "status").exists))
        return (tmp / "status").read_text().strip(), (tmp / "error").read_text()

    def attempt(self, config, action, meddle):
        pid = self.started(config, action)
        meddle(pid)
        outcome = self.deed(pid)
        os.kill(pid, signal.SIGKILL)
        # The first process of the namespace ends when who has joined it is reaped.
        self.assertTrue(harness.until(lambda: not harness.bury()))
        self.succeed("delete", "web")
        return outcome

    def remount(self, pid):
        subprocess.run(["nsenter", "-t", str(pid), "-m", "mount", "-o", "remount,bind,rw", "/"],
                       check=True)

    def read_only(self):
        config = config_of(DEED.format(deed="mkdir /etc/new"), seccomp=filtered())
        config["root"]["readonly"] = True
        return config

    @unittest.skipIf(harness.landlock_abi() < ABI_OF_FILES, "this host's Landlock is too old")
    def test_landlock_lasts_when_the_root_is_made_writable(self):
        status, _ = self.attempt(self.read_only(), "allow", self.remount)
        self.assertEqual(status, "0")
        (self.containers.bundle / "rootfs/etc/new").rmdir()
        status, error = self.attempt(self.read_only(), "harden", self.remount)
        self.assertNotEqual(status, "0")
        self.assertIn("Permission denied", error)

    @unittest.skipIf(harness.landlock_abi() < ABI_OF_FILES, "this host's Landlock is too old")
    def test_landlock_allows_what_the_mounts_allow(self):
        data = self.containers.folder / "data"
        data.mkdir()
        os.mkfifo(data / "pipe")
        deed = ("{ mkdir /tmp/a /tmp/b && echo x >/tmp/a/f && mv /tmp/a/f /tmp/b && ln /tmp/b/f /tmp/g"
                " && : >/tmp/g && rm -r /tmp/a /tmp/b && mkdir /link/made && echo y >/dev/null"
                " && echo z 1<>/data/pipe && echo sleeper >/proc/self/comm; }")
        config = self.read_only()
        config["process"]["args"] = [SHELL, "-c", DEED.format(deed=deed)]
        for place in ("data", "real"):
            (self.containers.bundle / "rootfs" / place).mkdir()
        (self.containers.bundle / "rootfs/link").symlink_to("real")
        config["mounts"] += [
            {"destination": "/data", "type": "bind", "source": str(data), "options": ["bind", "ro"]},
            {"destination": "/link", "type": "tmpfs", "source": "tmpfs"}]
        self.assertEqual(self.attempt(config, "harden", lambda pid: None), ("0", ""))

    @unittest.skipIf(harness.landlock_abi() < ABI_OF_FILES, "this host's Landlock is too old")
    def test_landlock_lets_mount_who_may(self):
        config = self.read_only()
        names = ["CAP_SYS_ADMIN"]
        config["process"]["capabilities"] = {kind: names for kind in
                                             ("bounding", "effective", "permitted")}
        del config["linux"]["seccomp"]
        config["process"]["args"] = [SHELL, "-c", DEED.format(deed="mount -t tmpfs x /etc")]
        self.assertEqual(self.attempt(config, "harden", lambda pid: None), ("0", ""))

    def intrude(self, pid):
        """A process that joins the container; its number inside goes to /tmp/pid."""
        pid_file = self.containers.folder / "pid"
        self.succeed("exec", "--detach", "--pid-file", str(pid_file), "web", "/bin/sleep", "1000")
        inner = harness.process_status(harness.read(f"/proc/{pid_file.read_text()}/status"))["NSpid"]
        pathlib.Path(f"/proc/{pid}/root/tmp/pid").write_text(inner.split()[-1])

    @unittest.skipIf(harness.landlock_abi() < ABI_OF_SCOPES, "this host's Landlock is too old")
    def test_landlock_keeps_the_container_from_who_joins(self):
        for deed in ("kill -0 $(cat /tmp/pid)", "readlink /proc/$(cat /tmp/pid)/exe"):
            config = config_of(DEED.format(deed=deed))
            self.assertEqual(self.attempt(copy.deepcopy(config), "allow", self.intrude)[0], "0")
            self.assertNotEqual(self.attempt(config, "harden", self.intrude)[0], "0")

    @unittest.skipIf(harness.landlock_abi() < ABI_OF_SCOPES, "this host's Landlock is too old")
    def test_who_joins_can_look_after_the_container(self):
        pid = self.started(config_of(DEED.format(deed=":")), "harden")
        self.succeed("exec", "web", SHELL, "-c", "kill -0 1 && readlink /proc/1/exe")
        self.assertEqual(self.deed(pid), ("0", ""))


if __name__ == "__main__":
    harness.main()
