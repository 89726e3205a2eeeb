#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is different for an ordinary user. Root runs this as a user that it gives a range of ids."""

import json
import os
import pathlib
import pwd
import resource
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import HardrunTest, needs, relaxed, shell                       # noqa: E402

USER = 65532


def given(path):
    """The first range of @path that is this user's."""
    names = (pwd.getpwuid(os.geteuid()).pw_name, str(os.geteuid()))
    for line in pathlib.Path(path).read_text().splitlines():
        name, first, count = line.split(":")
        if name in names and int(count) >= harness.IDS_OF_A_CONTAINER:
            return int(first), int(count)
    return None


def read_map(pid, name):
    return [tuple(map(int, line.split())) for line in
            pathlib.Path(f"/proc/{pid}/{name}").read_text().splitlines()]


@needs("an ordinary user", "subordinate ids", "user namespaces")
class Users(HardrunTest):
    def start(self, **spec):
        running = self.place.start({"args": shell("echo ready; read line"), **spec})
        self.assertEqual(running.read_line(), "ready\n", running.process.poll())
        return running

    def test_runs_as_the_same_user_inside(self):
        self.assertEqual(self.run_well({"args": ["/usr/bin/id"]}).stdout.decode().split()[:2],
                         ["uid=65532(user)", "gid=65532(user)"])
        self.leave_nothing()

    def test_ids_are_of_the_users_range(self):
        running = self.start()
        for name, source in (("uid_map", "/etc/subuid"), ("gid_map", "/etc/subgid")):
            first, count = given(source)
            extents = read_map(running.program(), name)
            self.assertEqual(sum(extent[2] for extent in extents), harness.IDS_OF_A_CONTAINER)
            for _, outer, length in extents:
                self.assertTrue(first <= outer and outer + length <= first + count, extents)
        running.finish(b"\n")

    def test_own_files_are_own_inside(self):
        folder = self.place.make_folder("data", 0o700)
        (folder / "mine").write_text("x")
        (folder / "mine").chmod(0o600)
        spec = {"args": shell('stat -c "%u %g" "$1/mine" && cat "$1/mine" && echo y > "$1/new"',
                              str(folder)),
                "relax": relaxed(write={"paths": [str(folder)]})}
        result = self.run_well(spec)
        self.assertEqual(result.stdout.decode(), f"{USER} {USER}\nx")
        status = (folder / "new").stat()
        self.assertEqual((status.st_uid, status.st_gid), (os.geteuid(), os.getegid()))
        self.assertEqual((folder / "new").read_text(), "y\n")
        self.leave_nothing()

    def test_own_files_can_be_a_read_only_mount(self):
        folder = self.place.make_folder("data", 0o700)
        (folder / "mine").write_text("x")
        spec = {"args": shell("cat /data/mine; echo y > /data/new"),
                "mounts": [{"source": str(folder), "target": "/data"}]}
        result = self.place.run(spec)
        self.assertEqual(result.stdout, b"x")
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(os.listdir(folder), ["mine"])

    def test_own_files_can_be_the_root(self):
        folder = self.place.make_folder("root", 0o755)
        for name in ("bin", "proc", "sys", "dev", "tmp", "run"):
            (folder / name).mkdir()
        busybox = pathlib.Path("/usr/bin/busybox")
        if not busybox.exists() or not harness.is_static(busybox):
            self.skipTest("this host lacks a static busybox")
        (folder / "bin" / "busybox").write_bytes(busybox.read_bytes())
        (folder / "bin" / "busybox").chmod(0o755)
        result = self.place.run({"args": ["/bin/busybox", "id", "-u"], "rootfs": str(folder)})
        self.assertEqual((result.returncode, result.stdout), (0, b"65532\n"), result.stderr)

    def test_no_user_namespace_is_for_root_only(self):
        result = self.place.run({"args": ["/usr/bin/true"],
                                 "relax": relaxed(user_namespace_off={})})
        self.assertIn("/relax/user-namespace-off", self.assert_refusal(result))
        self.leave_nothing()

    def test_others_files_are_refused(self):
        result = self.place.run({"args": ["/usr/bin/true"],
                                 "secrets": {"token": "/etc/shadow"}})
        self.assertIn("/secrets/token", self.assert_refusal(result))
        self.leave_nothing()

    def test_nothing_is_gained_over_the_host(self):
        """Root inside writes as a subordinate id, which owns nothing."""
        folder = self.place.make_folder("data", 0o777)
        spec = {"args": shell('echo x > "$1/new"; cat /etc/shadow', str(folder)),
                "relax": relaxed(root_user={}, write={"paths": [str(folder)]})}
        result = self.place.run(spec)
        self.assertNotEqual(result.returncode, 0)
        self.assertNotEqual((folder / "new").stat().st_uid, 0)

    def test_state_root_by_default_is_the_users_own(self):
        folder = self.place.make_folder("runtime", 0o700)
        spec = self.place.write(harness.fitting({"args": ["/usr/bin/true"]}))
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
        result = subprocess.run([harness.HARDRUN, spec], env=environment, capture_output=True,
                                check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((folder / "hardrun" / "registry").exists())
        environment.pop("XDG_RUNTIME_DIR")
        result = subprocess.run([harness.HARDRUN, spec], env=environment, capture_output=True,
                                check=False)
        self.assertIn("--root", self.assert_refusal(result))

    def test_limits_of_descriptors_are_not_raised(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard >= 1048576:
            self.skipTest("this host lacks a limit below hardrun's own")
        result = self.place.run({"args": ["/usr/bin/true"], "limits": {"nofile": hard + 1}})
        self.assertIn("/limits/nofile", self.assert_refusal(result))

    @needs("cgroup v2")
    def test_cgroup_is_in_the_delegated_part(self):
        running = self.start()
        folder = harness.CGROUP_ROOT / running.state()["cgroup"].lstrip("/")
        self.assertIn(folder.parent, harness.own_cgroup().parents)
        self.assertEqual(folder.parent.stat().st_uid, os.geteuid())
        self.assertEqual((folder / "pids.max").read_text().strip(), "100")
        running.finish(b"\n")
        self.leave_nothing()

    def test_probe_sees_the_locks(self):
        facts = harness.probe(self.place)
        for name in harness.CAPABILITY_SETS:
            self.assertEqual(facts["status:" + name], "0" * 16)
        self.assertEqual((facts["status:NoNewPrivs"], facts["status:Seccomp"]), ("1", "2"))
        self.assertEqual(facts["user:become-root"], "EPERM")
        self.assertEqual(facts["write:/usr"], "EROFS")

    def test_check_and_launch_agree(self):
        spec = self.place.write(harness.fitting({"args": ["/usr/bin/true"]}))
        result = subprocess.run([harness.HARDRUN, "check", "--json", spec], capture_output=True,
                                check=False)
        self.assertEqual((result.returncode, json.loads(result.stdout)["lacks"]), (0, []),
                         result.stderr)
        self.assertEqual(self.place.run(spec).returncode, 0)


if __name__ == "__main__":
    harness.become_ordinary()
    harness.main()
