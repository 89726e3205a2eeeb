#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Secrets are files of the program's own, and nowhere else."""

import json
import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import HardrunTest, needs                                       # noqa: E402

VALUE = b"correct horse\x00battery\xffstaple\n"

LOOK = """
import json, os, sys
facts = {"environment": dict(os.environ), "list": sorted(os.listdir("/run/secrets"))}
for name in facts["list"]:
    path = "/run/secrets/" + name
    status = os.stat(path)
    facts[name] = [oct(status.st_mode), status.st_uid, status.st_gid,
                   open(path, "rb").read().hex()]
def attempt(action):
    try:
        action()
        return "ok"
    except OSError as error:
        return error.strerror
facts["folder"] = oct(os.stat("/run/secrets").st_mode)
facts["create"] = attempt(lambda: open("/run/secrets/new", "w"))
facts["change"] = attempt(lambda: open("/run/secrets/token", "r+b"))
facts["mode"] = attempt(lambda: os.chmod("/run/secrets/token", 0o600))
facts["remove"] = attempt(lambda: os.unlink("/run/secrets/token"))
facts["mounts"] = [line for line in open("/proc/self/mountinfo") if " /run/secrets" in line]
print(json.dumps(facts))
"""


@needs("subordinate ids")
class Secrets(HardrunTest):
    def give(self, value=VALUE, name="token.txt", mode=0o600):
        path = self.place.folder / name
        path.write_bytes(value)
        path.chmod(mode)
        return path

    def look(self, secrets, **spec):
        result = self.run_well({"args": harness.python(LOOK), "secrets": secrets, **spec})
        return json.loads(result.stdout)

    def test_is_a_file_of_the_users_own(self):
        facts = self.look({"token": str(self.give())})
        self.assertEqual(facts["list"], ["token"])
        self.assertEqual(facts["token"], ["0o100400", 65532, 65532, VALUE.hex()])
        self.assertEqual(facts["folder"], "0o40500")
        self.assertEqual(facts["environment"]["TOKEN_FILE"], "/run/secrets/token")
        self.leave_nothing()

    def test_is_on_a_tmpfs_that_is_read_only(self):
        facts = self.look({"token": str(self.give())})
        for action in ("create", "mode", "remove"):
            self.assertEqual(facts[action], "Read-only file system", action)
        self.assertNotEqual(facts["change"], "ok")
        self.assertEqual(len(facts["mounts"]), 1)
        mount = harness.mountinfo(facts["mounts"][0])[0]
        self.assertEqual(mount["kind"], "tmpfs")
        self.assertLessEqual({"ro", "nosuid", "nodev", "noexec"}, mount["flags"])

    def test_is_a_copy(self):
        path = self.give()
        script = "echo ready; read line; cat /run/secrets/token"
        running = self.place.start({"args": harness.shell(script), "secrets": {"token": str(path)}})
        self.assertEqual(running.read_line(), "ready\n")
        path.write_bytes(b"changed")
        self.assertEqual(running.finish(b"\n").stdout, VALUE)

    def test_several(self):
        secrets = {f"secret-{number}": str(self.give(bytes([number]) * number, f"file{number}"))
                   for number in range(20)}
        facts = self.look({"token": str(self.give()), **secrets})
        self.assertEqual(set(facts["list"]), {"token", *secrets})
        for number in range(20):
            self.assertEqual(facts[f"secret-{number}"][3], (bytes([number]) * number).hex())
            self.assertEqual(facts["environment"][f"SECRET_{number}_FILE"],
                             f"/run/secrets/secret-{number}")

    def test_largest(self):
        value = os.urandom(1 << 20)
        self.assertEqual(self.look({"token": str(self.give(value))})["token"][3], value.hex())
        result = self.place.run({"args": ["/usr/bin/true"],
                                 "secrets": {"token": str(self.give(value + b"x"))}})
        self.assertIn("larger than 1 MiB", self.assert_refusal(result))
        self.leave_nothing()

    def test_belongs_to_another_user_when_that_one_runs(self):
        facts = self.look({"token": str(self.give())}, user="1000:1001")
        self.assertEqual(facts["token"], ["0o100400", 1000, 1001, VALUE.hex()])

    def test_shows_nowhere_else(self):
        path = self.give(b"the-value-of-the-secret")
        running = self.place.start({"args": harness.shell("echo ready; read line"),
                                    "secrets": {"token": str(path)}})
        self.assertEqual(running.read_line(), "ready\n")
        for pid in (running.pid, running.init(), running.program()):
            for name in ("environ", "cmdline"):
                text = harness.read(f"/proc/{pid}/{name}")
                self.assertNotIn("the-value", text or "", (pid, name))
        for file in self.place.root.rglob("*"):
            if file.is_file():
                self.assertNotIn(b"the-value", file.read_bytes(), file)
        running.finish(b"\n")

    def test_what_is_no_file_is_refused(self):
        folder = self.place.make_folder("folder")
        os.mkfifo(self.place.folder / "fifo")
        link = self.place.folder / "link"
        link.symlink_to(self.give())
        for source in (folder, "/dev/zero", self.place.folder / "is-not-there", link,
                       self.place.folder / "fifo"):
            with self.subTest(source):
                result = self.place.run({"args": ["/usr/bin/true"],
                                         "secrets": {"token": str(source)}})
                self.assertIn("/secrets/token", self.assert_refusal(result))
        self.leave_nothing()

    def test_a_value_in_the_environment_is_refused(self):
        spec = {"args": ["/usr/bin/true"],
                "env": {"DATABASE_PASSWORD": "correct-horse-battery-staple"}}
        text = self.assert_refusal(self.place.run(spec))
        self.assertIn("/env/DATABASE_PASSWORD", text)
        self.assertNotIn("correct-horse", text)

    @needs("an ordinary user")
    def test_a_file_of_another_user_is_refused(self):
        unreadable = pathlib.Path("/etc/shadow")
        result = self.place.run({"args": ["/usr/bin/true"],
                                 "secrets": {"token": str(unreadable)}})
        self.assertIn("you may not read", self.assert_refusal(result))


if __name__ == "__main__":
    harness.main()
