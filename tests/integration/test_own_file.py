#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""CVE-2019-5736: what a container sees as a process's executable is not hardrun's to be written."""

import os
import pathlib
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import containers                                                            # noqa: E402
import harness                                                               # noqa: E402
from harness import needs                                                    # noqa: E402

OUTER = 524288  # ids that nobody on the host has


def mapped(host_id):
    mapping = [{"containerID": 0, "hostID": host_id, "size": 1000}]
    return {"uidMappings": mapping, "gidMappings": mapping}


@needs("root")
class OwnFile(unittest.TestCase):
    """The process of a container that was not started runs hardrun itself."""

    def setUp(self):
        self.containers = containers.Containers()
        self.addCleanup(self.containers.close)
        if os.statvfs(harness.HARDRUN).f_flag & os.ST_RDONLY:
            self.skipTest("hardrun is on a read-only file system")

    def create(self, **members):
        config = containers.default_config()
        config["linux"].update(members)
        if "uidMappings" in members:
            config["linux"]["namespaces"].append({"type": "user"})
        self.containers.write(config)
        done = self.containers.run("create", "web")
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.containers.state("web")["pid"]

    def is_read_only(self, pid):
        fd = os.open(f"/proc/{pid}/exe", os.O_RDONLY)
        try:
            return bool(os.fstatvfs(fd).f_flag & os.ST_RDONLY)
        finally:
            os.close(fd)

    def test_is_read_only_where_root_is_the_hosts(self):
        self.assertTrue(self.is_read_only(self.create()))

    def test_is_read_only_where_the_owner_is_mapped(self):
        self.assertTrue(self.is_read_only(self.create(**mapped(0))))

    def test_is_read_only_where_maps_are_given_without_a_user_namespace(self):
        config = containers.default_config()
        config["linux"].update(mapped(OUTER))
        self.containers.write(config)
        if self.containers.run("create", "web").returncode == 0:
            self.assertTrue(self.is_read_only(self.containers.state("web")["pid"]))

    def test_cannot_be_written_where_root_is_nobody_of_the_host(self):
        pid = self.create(**mapped(OUTER))
        found = os.stat(f"/proc/{pid}/exe")
        owners = pathlib.Path(f"/proc/{pid}/uid_map").read_text(encoding="ascii").split()
        self.assertFalse(int(owners[1]) <= found.st_uid < int(owners[1]) + int(owners[2]))
        self.assertEqual(found.st_mode & 0o022, 0)

    def test_is_read_only_where_all_may_write_to_the_file(self):
        copy = self.containers.folder / "hardrun"
        shutil.copy(harness.HARDRUN, copy)
        copy.chmod(0o777)
        harness.HARDRUN, own = str(copy), harness.HARDRUN
        self.addCleanup(setattr, harness, "HARDRUN", own)
        self.assertTrue(self.is_read_only(self.create(**mapped(OUTER))))


if __name__ == "__main__":
    harness.main()
