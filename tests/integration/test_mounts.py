#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a spec shows of the host: mounts, writable paths, tmpfs, a folder as the root."""

import errno
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import HardrunTest, needs, python, relaxed, shell               # noqa: E402

USER = 65532
MIB = 1 << 20


@needs("subordinate ids")
class Mounts(HardrunTest):
    def folder(self, name="data"):
        folder = self.place.make_folder(name, 0o755)
        (folder / "file").write_text("content\n")
        (folder / "script").write_text("#!/bin/sh\necho executed\n")
        (folder / "script").chmod(0o755)
        return folder

    def mounts_inside(self, spec):
        result = self.run_well({"args": ["/usr/bin/cat", "/proc/self/mountinfo"], **spec})
        return {mount["target"]: mount for mount in harness.mountinfo(result.stdout.decode())}

    def test_are_inert(self):
        spec = {"mounts": [{"source": str(self.folder()), "target": "/data"}]}
        self.assertLessEqual({"ro", "nosuid", "nodev", "noexec"},
                             self.mounts_inside(spec)["/data"]["flags"])
        result = self.run_well({"args": shell(
            "cat /data/file; touch /data/new && echo written; /data/script; true"), **spec})
        self.assertEqual(result.stdout, b"content\n")
        self.leave_nothing()

    def test_may_be_single_files(self):
        spec = {"args": shell("cat /etc/mine /data/deep/down; echo x >> /etc/mine; true"),
                "mounts": [{"source": str(self.folder() / "file"), "target": "/etc/mine"},
                           {"source": str(self.place.folder / "data" / "file"),
                            "target": "/data/deep/down"}]}
        self.assertEqual(self.run_well(spec).stdout, b"content\n" * 2)
        self.assertEqual((self.place.folder / "data" / "file").read_text(), "content\n")

    def test_may_be_in_each_other(self):
        folder = self.folder()
        (folder / "inner").mkdir()
        other = self.folder("other")
        (other / "file").write_text("other\n")
        spec = {"args": shell("cat /data/file /data/inner/file"),
                "mounts": [{"source": str(other), "target": "/data/inner"},
                           {"source": str(folder), "target": "/data"}]}
        self.assertEqual(self.run_well(spec).stdout, b"content\nother\n")

    def test_need_a_place_to_be_put_on(self):
        """In what is the host's, nothing is made."""
        folder = self.folder()
        spec = {"args": ["/usr/bin/true"],
                "mounts": [{"source": str(folder), "target": "/data"},
                           {"source": str(folder), "target": "/data/is-not-there"}]}
        self.assertIn("/mounts/", self.assert_refusal(self.place.run(spec)))
        self.assertEqual(sorted(os.listdir(folder)), ["file", "script"])
        spec["mounts"][1]["target"] = "/usr/is-not-there"
        self.assert_refusal(self.place.run(spec))
        self.assertFalse(os.path.exists("/usr/is-not-there"))
        spec["mounts"][1]["target"] = "/data/file"
        self.assert_refusal(self.place.run(spec))
        self.leave_nothing()

    def test_have_any_name(self):
        for name in ("with space", "tab\there", "quote\"'", "back\\slash", "ünïcode", "*?[a]{b}",
                     "@{HOME}", "#,^$;&"):
            with self.subTest(name):
                folder = self.place.make_folder(name)
                (folder / "file").write_text("x")
                (folder / "file").chmod(0o666)
                spec = {"args": shell('cat "$1/file"; echo y > "$1/file"', "/data/" + name),
                        "mounts": [{"source": str(folder), "target": "/data/" + name}]}
                result = self.place.run(spec)
                if "\t" in name:
                    self.assert_refusal(result)
                    continue
                self.assertEqual(result.stdout, b"x", result.stderr)
                self.assertEqual((folder / "file").read_text(), "x")
                self.run_well({"args": shell('echo y > "$1/file"', str(folder)),
                               "relax": relaxed(write={"paths": [str(folder)]})})
                self.assertEqual((folder / "file").read_text(), "y\n")
        self.leave_nothing()

    def test_can_be_many(self):
        folder = self.folder()
        spec = {"args": shell("cat /data/*/file | wc -l"),
                "mounts": [{"source": str(folder), "target": f"/data/{number}"}
                           for number in range(200)]}
        self.assertEqual(self.run_well(spec).stdout.strip(), b"200")
        self.leave_nothing()

    def run_with_submount(self, spec):
        """The source has another file system in it, where the host does not see it."""
        script = ('mount -t tmpfs tmpfs "$1" && chmod 777 "$1" && echo deep > "$1/file"\n'
                  'shift; exec "$@"')
        path = self.place.write(harness.fitting(spec))
        return subprocess.run(
            ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh",
             self.place.folder / "data" / "sub", *self.place.command(path)],
            stdin=subprocess.DEVNULL, capture_output=True, check=False)

    @needs("root")
    def test_are_locked_all_the_way_down(self):
        folder = self.folder()
        (folder / "sub").mkdir()
        result = self.run_with_submount({
            "args": shell("cat /data/sub/file; touch /data/sub/new && echo written; "
                          "grep ' /data' /proc/self/mountinfo"),
            "mounts": [{"source": str(folder), "target": "/data"}]})
        self.assertEqual(result.returncode, 0, result.stderr)
        first, _, rest = result.stdout.decode().partition("\n")
        self.assertEqual(first, "deep")
        mounts = harness.mountinfo(rest)
        self.assertEqual([mount["target"] for mount in mounts], ["/data", "/data/sub"])
        for mount in mounts:
            self.assertLessEqual({"ro", "nosuid", "nodev", "noexec"}, mount["flags"])
        self.leave_nothing()

    @needs("root")
    def test_owners_are_those_of_the_host(self):
        folder = self.folder()
        os.chown(folder / "file", 1000, 1001)
        spec = {"args": ["/usr/bin/stat", "-c", "%u:%g", "/data/file", "/data/script"],
                "mounts": [{"source": str(folder), "target": "/data"}]}
        self.assertEqual(self.run_well(spec).stdout.split(), [b"1000:1001", b"0:0"])


@needs("subordinate ids")
class Write(HardrunTest):
    def test_is_at_the_same_place_and_stays(self):
        folder = self.place.make_folder("data")
        spec = {"args": shell('echo x > "$1/new"; stat -c %u "$1/new"', str(folder)),
                "relax": relaxed(write={"paths": [str(folder)]})}
        self.assertEqual(self.run_well(spec).stdout, b"65532\n")
        self.assertEqual((folder / "new").read_text(), "x\n")
        owner = USER if harness.is_root() else os.geteuid()
        self.assertEqual((folder / "new").stat().st_uid, owner)
        self.assertEqual((folder / "new").stat().st_mode & 0o777, 0o640)
        self.leave_nothing()

    def test_makes_nothing_executable_nor_setuid(self):
        folder = self.place.make_folder("data")
        script = ('cp /usr/bin/id "$1/id" && chmod 6755 "$1/id"; "$1/id"; '
                  'grep " $1 " /proc/self/mountinfo')
        spec = {"args": shell(script, str(folder)),
                "relax": relaxed(write={"paths": [str(folder)]})}
        mount = harness.mountinfo(self.run_well(spec).stdout.decode())[0]
        self.assertLessEqual({"rw", "nosuid", "nodev", "noexec"}, mount["flags"])

    def test_may_be_one_file(self):
        path = self.place.folder / "file"
        path.write_text("old")
        path.chmod(0o666)
        spec = {"args": shell('echo new > "$1"; rm -f "$1" || true', str(path)),
                "relax": relaxed(write={"paths": [str(path)]})}
        self.run_well(spec)
        self.assertEqual(path.read_text(), "new\n")

    def test_outside_the_folder_nothing_is_written(self):
        folder = self.place.make_folder("data")
        (self.place.folder / "beside").write_text("kept")
        (self.place.folder / "beside").chmod(0o666)
        (folder / "link").symlink_to("../beside")
        (folder / "absolute").symlink_to(self.place.folder / "beside")
        spec = {"args": shell('for f in link absolute ../beside; do echo x > "$1/$f"; done; true',
                              str(folder)),
                "relax": relaxed(write={"paths": [str(folder)]})}
        self.run_well(spec)
        self.assertEqual((self.place.folder / "beside").read_text(), "kept")

    def test_with_exec_paths_a_build_can_run_what_it_made(self):
        folder = self.place.make_folder("data")
        spec = {"args": shell('cp /usr/bin/echo "$1/made" && "$1/made" ran', str(folder)),
                "relax": relaxed(write={"paths": [str(folder)]},
                                 exec_paths={"paths": [str(folder)]})}
        self.assertEqual(self.run_well(spec).stdout, b"ran\n")

    def test_relative_paths_begin_at_the_spec(self):
        folder = self.place.make_folder("data")
        spec = {"args": shell("pwd; echo x > new"), "cwd": "./data",
                "relax": relaxed(write={"paths": ["./data"]})}
        self.assertEqual(self.run_well(spec, cwd="/").stdout.decode().strip(), str(folder))
        self.assertEqual((folder / "new").read_text(), "x\n")


@needs("subordinate ids")
class Tmpfs(HardrunTest):
    FILL = ("import os, sys\n"
            "size = 0\n"
            "fd = os.open(sys.argv[1] + '/big', os.O_WRONLY | os.O_CREAT)\n"
            "try:\n"
            "    while True:\n        size += os.write(fd, b'x' * 65536)\n"
            "except OSError as error:\n    print(error.errno, size)\n")

    def test_has_its_size(self):
        for path, megabytes in (("/tmp", 64), ("/run", 16), ("/scratch", 2), ("/dev/shm", 3)):
            with self.subTest(path):
                spec = {"args": python(self.FILL, path)}
                if path in ("/scratch", "/dev/shm"):
                    spec["tmpfs"] = {path: f"{megabytes}MiB"}
                code, size = map(int, self.run_well(spec).stdout.split())
                self.assertEqual((code, size), (errno.ENOSPC, megabytes * MIB))
        self.leave_nothing()

    def test_has_an_end_of_files_too(self):
        script = ("import os\n"
                  "count = 0\n"
                  "try:\n"
                  "    while count < 100000:\n"
                  "        os.mkdir('/scratch/%d' % count)\n"
                  "        count += 1\n"
                  "except OSError as error:\n    print(error.errno, count)\n")
        result = self.run_well({"args": python(script), "tmpfs": {"/scratch": "1MiB"}})
        code, count = map(int, result.stdout.split())
        self.assertEqual(code, errno.ENOSPC)
        self.assertLessEqual(count, 1024)

    def test_belongs_to_the_user(self):
        spec = {"args": ["/usr/bin/stat", "-c", "%u %a", "/tmp", "/run", "/scratch", "/dev/shm"],
                "tmpfs": {"/scratch": "1MiB"}}
        self.assertEqual(self.run_well(spec).stdout.decode().splitlines(),
                         ["0 1777", f"{USER} 755", f"{USER} 755", "0 1777"])


@needs("subordinate ids")
class Rootfs(HardrunTest):
    """A folder with one static program in it."""

    def setUp(self):
        super().setUp()
        busybox = next((path for path in ("/usr/bin/busybox", "/bin/busybox")
                        if os.path.exists(path) and harness.is_static(path)), None)
        if busybox is None:
            self.skipTest("this host lacks a static busybox")
        self.root = self.place.make_folder("root", 0o755)
        for name in ("bin", "proc", "sys", "dev", "tmp", "run", "etc"):
            (self.root / name).mkdir()
        (self.root / "bin" / "sh").write_bytes(pathlib.Path(busybox).read_bytes())
        (self.root / "bin" / "sh").chmod(0o755)
        (self.root / "etc" / "own").write_text("of the image\n")

    def look(self, script, **spec):
        return self.run_well({"args": ["/bin/sh", "-c", script], "rootfs": str(self.root), **spec})

    def test_is_all_there_is(self):
        result = self.look("cat /etc/own; echo /*; echo x > /new\n"
                           "echo y > /tmp/new && cat /tmp/new")
        self.assertEqual(result.stdout.decode().splitlines(),
                         ["of the image", "/bin /dev /etc /proc /run /sys /tmp", "y"])
        self.assertEqual(sorted(os.listdir(self.root)),
                         ["bin", "dev", "etc", "proc", "run", "sys", "tmp"])
        self.assertEqual(os.listdir(self.root / "tmp"), [])
        self.leave_nothing()

    def test_is_locked_as_any_other(self):
        result = self.look("cat /proc/self/mountinfo")
        mounts = harness.mountinfo(result.stdout.decode())
        self.assertLessEqual({"ro", "nosuid", "nodev"}, mounts[0]["flags"])
        status = harness.process_status(self.look("cat /proc/self/status").stdout.decode())
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"], status["CapBnd"]),
                         ("1", "2", "0" * 16))

    def test_can_be_writable(self):
        self.root.chmod(0o777)
        self.look("echo x > /new", relax=relaxed(writable_root={}))
        self.assertEqual((self.root / "new").read_text(), "x\n")
        self.leave_nothing()

    def test_has_the_hosts_dev_null_behind_its_masks(self):
        """CVE-2025-31133: the image's own /dev/null leads elsewhere."""
        (self.root / "dev" / "null").symlink_to("/proc/sys/kernel/core_pattern")
        result = self.look("cat /proc/keys /proc/timer_list /proc/interrupts 2>/dev/null; "
                           "echo x > /dev/null; ls -l /dev/null")
        self.assertIn(b"1,   3", result.stdout)
        self.assertTrue(result.stdout.startswith(b"c"), result.stdout)

    def test_mounts_need_their_places(self):
        (self.root / "run").rmdir()
        result = self.place.run({"args": ["/bin/sh"], "rootfs": str(self.root)})
        self.assertIn("/run", self.assert_refusal(result))
        self.assertFalse((self.root / "run").exists())
        self.leave_nothing()


if __name__ == "__main__":
    harness.main()
