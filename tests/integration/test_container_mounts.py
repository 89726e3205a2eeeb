#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Containers without a mount namespace of their own: what they mount is among our mounts.

It is there as long as the container is, and nothing of ours is changed by it; the container's
processes see its root all the same. The tests run in a mount namespace of their own.
"""

import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from containers import Containers, default_config                            # noqa: E402
from harness import needs                                                    # noqa: E402

LOOK = "ls /; echo; cut -d' ' -f5 /proc/self/mountinfo; echo; touch /new /usr/new 2>&1 || :"


def mountinfo():
    return pathlib.Path("/proc/self/mountinfo").read_text().splitlines()


def config_of(*args, **more):
    config = default_config()
    config["linux"]["namespaces"].remove({"type": "mount"})
    config["linux"].update(more)
    config["root"]["readonly"] = True
    if args:
        config["process"]["args"] = list(args)
    return config


@needs("root")
class SharedMounts(unittest.TestCase):
    def setUp(self):
        self.containers = Containers()
        self.addCleanup(self.containers.close)
        self.before = mountinfo()

    def succeed(self, *arguments):
        done = self.containers.run(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def own(self):
        """Our mounts below the bundle."""
        return [line.split()[4] for line in mountinfo() if str(self.containers.bundle) in line]

    def assert_as_before(self):
        self.assertEqual(mountinfo(), self.before)
        self.assertEqual(self.containers.leftovers(), [])

    def test_the_namespace_is_ours(self):
        self.containers.write(config_of())
        done = self.succeed("create", "web")
        self.assertIn("no mount namespace of its own", done.stderr)
        pid = self.containers.state("web")["pid"]
        self.assertEqual(os.readlink(f"/proc/{pid}/ns/mnt"), os.readlink("/proc/self/ns/mnt"))
        self.assertEqual(mountinfo()[:len(self.before)], self.before)
        self.assertIn(f"{self.containers.bundle}/rootfs/proc", self.own())
        self.succeed("start", "web")
        self.succeed("delete", "--force", "web")
        self.assert_as_before()

    def test_the_program_sees_its_root_alone(self):
        self.containers.write(config_of("/bin/sh", "-c", LOOK, maskedPaths=["/proc/irq"],
                                        readonlyPaths=["/proc/sys"]))
        files, mounts, refused = self.succeed("run", "web").stdout.split("\n\n")
        self.assertEqual(set(files.split()) - {"bin", "sbin", "lib", "lib32", "lib64"},
                         {"usr", "proc", "dev", "tmp", "etc"})
        self.assertLessEqual({"/", "/proc", "/dev", "/usr", "/proc/irq", "/proc/sys"},
                             set(mounts.split()))
        self.assertEqual(refused.count("Read-only file system"), 2, refused)
        self.assert_as_before()

    def test_who_joins_sees_it_too(self):
        self.containers.write(config_of())
        self.succeed("run", "--detach", "web")
        joined = self.succeed("exec", "web", "/bin/sh", "-c", LOOK).stdout
        self.assertEqual(joined.split("\n\n")[1].split()[0], "/")
        self.assertNotIn("srv", joined.split("\n\n", maxsplit=1)[0].split())
        self.succeed("delete", "--force", "web")
        self.assert_as_before()

    def test_a_creation_that_fails_leaves_no_mount(self):
        config = config_of()
        config["mounts"].append({"destination": "/x", "type": "nonsense", "source": "none"})
        self.containers.write(config)
        done = self.containers.run("create", "web")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nonsense", done.stderr)
        self.assert_as_before()

    def test_what_others_mounted_there_stays(self):
        """The root file system is a mount already, as an engine's is."""
        rootfs = self.containers.bundle / "rootfs"
        subprocess.run(["mount", "--bind", rootfs, rootfs], check=True)
        self.before = mountinfo()
        self.containers.write(config_of())
        self.succeed("create", "web")
        subprocess.run(["umount", "--lazy", rootfs], check=True)
        self.assertEqual(mountinfo(), self.before)
        self.succeed("delete", "--force", "web")
        self.assertEqual(mountinfo(), self.before)
        subprocess.run(["umount", rootfs], check=True)

    def test_nothing_reaches_other_namespaces(self):
        """But the root itself, where what is around it is shared; and that goes with it."""
        subprocess.run(["mount", "--bind", self.containers.folder, self.containers.folder],
                       check=True)
        subprocess.run(["mount", "--make-shared", self.containers.folder], check=True)
        self.before = mountinfo()
        with subprocess.Popen(["/usr/bin/unshare", "--mount", "--propagation", "unchanged",
                               "sleep", "1000"], stdin=subprocess.DEVNULL) as peer:
            try:
                self.look_on(peer.pid)
            finally:
                peer.kill()
        self.assertEqual(mountinfo(), self.before)
        subprocess.run(["umount", self.containers.folder], check=True)

    def look_on(self, peer):
        """From the namespace of the process @peer."""
        while not os.readlink(f"/proc/{peer}/exe").endswith("/sleep"):
            time.sleep(0.01)
        table = pathlib.Path(f"/proc/{peer}/mountinfo")
        theirs = table.read_text()
        self.containers.write(config_of())
        self.succeed("create", "web")
        self.assertGreater(len(self.own()), 3)
        self.assertLessEqual(len(table.read_text().splitlines()), len(theirs.splitlines()) + 1)
        self.assertEqual(mountinfo()[:len(self.before)], self.before)
        self.succeed("delete", "--force", "web")
        self.assertEqual(table.read_text(), theirs)

    def test_a_user_namespace_has_no_rights_here(self):
        config = config_of(uidMappings=[{"containerID": 0, "hostID": 100000, "size": 65536}],
                           gidMappings=[{"containerID": 0, "hostID": 100000, "size": 65536}])
        config["linux"]["namespaces"].append({"type": "user"})
        self.containers.write(config)
        done = self.containers.run("create", "web")
        self.assertEqual(done.returncode, 1)
        self.assertIn("only root without a user namespace of its own", done.stderr)
        self.assert_as_before()


if __name__ == "__main__":
    harness.main()
