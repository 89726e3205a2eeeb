#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hooks that an image or a program would have done its work: CVE-2025-23266, CVE-2024-0132."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import attacks                                                               # noqa: E402
from harness import needs                                                    # noqa: E402

ON_THE_HOST = ("prestart", "createRuntime", "createContainer", "poststart", "poststop")
POINTS = (*ON_THE_HOST, "startContainer")

# Says what it was given; in the container there is no other place than its root.
TELL = """#!/bin/sh
exec > "$1"
echo "cwd $(pwd)"
for fd in /proc/self/fd/*; do
    [ "${fd##*/}" -le 2 ] || echo "fd $(readlink "$fd")"
done
/usr/bin/env | while read -r line; do echo "env $line"; done
"""

HOSTILE = ["LD_PRELOAD=/lib/hostile.so", "LD_LIBRARY_PATH=/hostile", "LD_AUDIT=/hostile.so",
           "PATH=/hostile", "BASH_ENV=/hostile", "PYTHONPATH=/hostile", "IFS=x", "ENV=/hostile"]


@needs("root")
class CVE_2025_23266(attacks.Attack):
    def setUp(self):
        super().setUp()
        self.told = self.victim.folder / "told"
        self.told.mkdir()
        (self.victim.rootfs / "told").mkdir()
        for place in (self.victim.folder / "tell", self.victim.rootfs / "tell"):
            place.write_text(TELL)
            place.chmod(0o755)

    def hook(self, point, **more):
        is_inside = point == "startContainer"
        path = "/tell" if is_inside else str(self.victim.folder / "tell")
        told = f"/told/{point}" if is_inside else str(self.told / point)
        return {"path": path, "args": ["tell", told], **more}

    def tell(self, hooks, environment=None, **process):
        """What each hook was given, by its point."""
        config = self.victim.change(args=["/bin/true"], **process)
        config["hooks"] = hooks
        self.victim.write(config)
        self.succeed("run", "web", env={**os.environ, **(environment or {})})
        texts = {path.name: path.read_text() for folder in (
            self.told, self.victim.rootfs / "told") for path in folder.iterdir()}
        self.assertEqual(set(texts), set(POINTS))
        return {point: [line.split(" ", 1) for line in text.splitlines()]
                for point, text in texts.items()}

    def test_nothing_is_inherited(self):
        """Neither of the image's environment, nor of the runtime's own, nor a descriptor."""
        hostile = dict(line.split("=", 1) for line in HOSTILE)
        del hostile["LD_PRELOAD"]
        told = self.tell({point: [self.hook(point)] for point in POINTS}, hostile, env=HOSTILE,
                         cwd="/tmp")
        for point, lines in told.items():
            with self.subTest(point):
                facts = [fact for kind, fact in lines if kind == "env"
                         and fact.split("=")[0] not in ("PWD", "_", "SHLVL", "OLDPWD")]
                self.assertEqual(facts, [])
                self.assertIn(["cwd", "/"], lines)
                outside = [fact for kind, fact in lines if kind == "fd" and fact
                           and not fact.endswith("/tell") and not fact.startswith("/proc/")]
                self.assertEqual(outside, [])

    def test_what_it_asks_for_it_has(self):
        told = self.tell({point: [self.hook(point, env=["A=b"])] for point in POINTS})
        for point, lines in told.items():
            with self.subTest(point):
                self.assertIn(["env", "A=b"], lines)

    def test_a_path_is_absolute(self):
        for path in ("tell", "./tell", "../tell", ""):
            with self.subTest(path):
                config = self.victim.change(args=["/bin/true"])
                config["hooks"] = {"createRuntime": [{"path": path}]}
                self.victim.write(config)
                self.assertNotEqual(self.victim.run("run", "web").returncode, 0)


@needs("root")
class CVE_2024_0132(attacks.Attack):
    """What a hook is told of the rootfs must not be another's by then."""

    def test_the_program_of_a_hook_is_the_hosts(self):
        """An image with a program at the same path is not what is executed."""
        program = self.victim.folder / "program"
        program.write_text(f"#!/bin/sh\necho host > {self.victim.folder}/ran\n")
        program.chmod(0o755)
        inside = self.victim.rootfs / str(program)[1:]
        inside.parent.mkdir(parents=True)
        inside.write_text(f"#!/bin/sh\necho image > {self.victim.folder}/ran\n")
        inside.chmod(0o755)
        for point in ON_THE_HOST:
            with self.subTest(point):
                config = self.victim.change(args=["/bin/true"])
                config["hooks"] = {point: [{"path": str(program)}]}
                self.victim.write(config)
                self.succeed("run", "web")
                self.assertEqual((self.victim.folder / "ran").read_text(), "host\n")
                (self.victim.folder / "ran").unlink()

    def test_a_hook_sees_the_rootfs_that_is_mounted(self):
        """State names the bundle; its rootfs is the container's own, not what it became."""
        told = self.victim.folder / "told"
        config = self.victim.change([attacks.tmpfs("/tmp")], args=["/bin/true"])
        config["hooks"] = {"createContainer": [{
            "path": attacks.SHELL, "args": ["sh", "-c", f"cat > {told}; ls -di "
                                            f"{self.victim.rootfs}/tmp >> {told}.inode"]}]}
        self.victim.write(config)
        self.succeed("run", "web")
        self.assertEqual(json.loads(told.read_text())["bundle"], str(self.victim.bundle))
        inode = int(told.with_suffix(".inode").read_text().split()[0])
        self.assertNotEqual(inode, (self.victim.rootfs / "tmp").stat().st_ino)


@needs("root")
class Hostile(attacks.Attack):
    """Hooks of a container's own program, and programs that a hook leaves behind."""

    def test_one_that_does_not_end(self):
        for point in ("createRuntime", "createContainer", "startContainer"):
            with self.subTest(point):
                config = self.victim.change(args=["/bin/true"])
                config["hooks"] = {point: [{"path": attacks.SHELL, "timeout": 1, "args": [
                    "sh", "-c", "trap '' TERM HUP INT; while :; do sleep 1000; done"]}]}
                self.victim.write(config)
                self.assertNotEqual(self.victim.run("run", "web").returncode, 0)
                self.nothing_is_left()

    def test_one_that_says_too_much(self):
        config = self.victim.change(args=["/bin/true"])
        config["hooks"] = {"createRuntime": [{"path": attacks.SHELL, "args": [
            "sh", "-c", "head -c 50000000 /dev/zero; printf '\\033[2Jescape' >&2; exit 1"]}]}
        self.victim.write(config)
        done = self.victim.run("run", "web")
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("\033", done.stderr)
        self.assertLess(len(done.stderr), 4096)
        self.nothing_is_left()

    def test_one_that_the_program_executes_sees_no_descriptor(self):
        """startContainer is of the image: it runs beside an init that waits."""
        script = self.victim.rootfs / "look"
        script.write_text("#!/bin/sh\nls -l /proc/1/fd /proc/self/fd > /tmp/seen\n")
        script.chmod(0o755)
        config = self.victim.change(args=["/bin/true"], capabilities=attacks.capabilities(
            "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"))
        config["hooks"] = {"startContainer": [{"path": "/look"}]}
        self.victim.write(config)
        self.succeed("run", "web")
        seen = (self.victim.rootfs / "tmp/seen").read_text()
        self.assertIn("/proc/1/fd", seen)
        self.assertNotIn(str(self.victim.root), seen)


if __name__ == "__main__":
    attacks.main()
