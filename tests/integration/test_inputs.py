#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bad input: each a clear error, exit status 125, and nothing left behind."""

import json
import os
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import HardrunTest, needs, relaxed                              # noqa: E402

TRUE = ["/usr/bin/true"]
RUNS = {"args": TRUE}


class Refusals(HardrunTest):
    """Nothing here may come so far that a program runs: each has a marker to touch."""

    def refuse(self, spec, *words, **more):
        if isinstance(spec, dict) and isinstance(spec.get("relax", {}), dict):
            spec = harness.fitting(spec)
        result = self.place.run(self.place.write(spec), **more)
        text = self.assert_refusal(result)
        for word in words:
            self.assertIn(word, text)
        self.assertEqual(result.stdout, b"")
        self.assertNotIn("\x1b", text)
        self.assertTrue(all(line.isprintable() for line in text.splitlines()), text)
        self.leave_nothing()
        return text


class Text(Refusals):
    """The bytes of a spec."""

    def test_truncated_at_every_byte(self):
        whole = json.dumps({**RUNS, "relax": relaxed(host_uts={}), "limits": {"memory": "1MiB"}})
        for length in range(0, len(whole), 7):
            with self.subTest(length):
                self.refuse(whole[:length])

    def test_syntax_errors_say_where(self):
        self.refuse('{"args": ["/usr/bin/true"],\n "env": {"A": }}', "line 2, column 15")

    def test_empty_and_other_than_an_object(self):
        for text in ("", " ", "[]", "1", '"x"', "null", "true", "{}"):
            with self.subTest(text):
                self.refuse(text)

    def test_something_behind_the_end(self):
        self.refuse(json.dumps(RUNS) + "{}")

    def test_huge(self):
        path = self.place.folder / "huge.json"
        with open(path, "wb") as file:
            file.write(b'{"args": ["')
            file.truncate(64 << 20)
        self.assertIn("larger than", self.assert_refusal(self.place.run(path)))
        self.leave_nothing()

    def test_huge_on_standard_input(self):
        with open("/dev/zero", "rb") as endless:
            self.assertIn("larger than",
                          self.assert_refusal(self.place.run("-", stdin=endless)))

    def test_deeply_nested(self):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            with self.subTest(opening):
                text = opening * 100000 + "1" + closing * 100000
                self.refuse(text)
                self.refuse('{"args": ' + text + "}")
                self.refuse(opening * 100000)

    def test_wide(self):
        self.refuse(json.dumps({"args": ["x"] * 100000}))
        self.refuse(json.dumps({**RUNS, "env": {f"A{number}": "" for number in range(50000)}}))

    def test_duplicate_members(self):
        self.refuse('{"args": ["/usr/bin/true"], "args": ["/usr/bin/false"]}', "args")
        self.refuse('{"args": ["/usr/bin/true"], "relax": {"host-pid": {"reason": "one of two '
                    'things", "reason": "the other of two"}}}', "reason")

    def test_encodings(self):
        for text in (b"\xff\xfe{\0}\0", b"\xef\xbb\xbf{}", b'{"args": ["\xff\xfe"]}',
                     b'{"args": ["\xc0\xaf"]}', b'{"args": ["\xed\xa0\x80"]}'):
            with self.subTest(text):
                self.refuse(text)

    def test_nul_and_control_characters(self):
        for text in (b'{"args": ["/usr/bin/true\\u0000x"]}', b'{"args": ["/usr/bin/tr\0ue"]}',
                     b'{"args\\u0000": ["/usr/bin/true"]}', b'{"args": ["/usr/bin/true\x01"]}',
                     b'\0', json.dumps({**RUNS, "name": "a\nb"}).encode(),
                     json.dumps({**RUNS, "hostname": "a\x1b[31mb"}).encode(),
                     json.dumps({**RUNS, "cwd": "/tmp\x1b]0;x\x07"}).encode(),
                     json.dumps({**RUNS, "\x1b[2J": 1}).encode(),
                     json.dumps({**RUNS, "env": {"A=B": "x"}}).encode()):
            with self.subTest(text):
                self.refuse(text)

    def test_numbers_beyond_all(self):
        for limits in ('{"pids": 1e400}', '{"pids": -1}', '{"pids": 99999999999999999999}',
                       '{"memory": "999999999999GiB"}', '{"memory": -1}', '{"cpus": 0}',
                       '{"cpus": NaN}', '{"timeout": "0s"}', '{"timeout": "99999999999999h"}'):
            with self.subTest(limits):
                self.refuse('{"args": ["/usr/bin/true"], "limits": ' + limits + "}")


class Members(Refusals):
    """What the members say."""

    def test_unknown_with_a_suggestion(self):
        self.refuse({**RUNS, "argz": []}, "argz", 'did you mean "args"')
        self.refuse({**RUNS, "limits": {"memry": 1}}, "memry", 'did you mean "memory"')
        self.refuse({**RUNS, "relax": {"host-pids": {"reason": harness.REASON}}},
                    "host-pids", 'did you mean "host-pid"')

    def test_wrong_types(self):
        for member in ("args", "env", "cwd", "user", "hostname", "terminal", "rootfs", "limits",
                       "tmpfs", "mounts", "secrets", "network", "seccomp", "apparmor", "profile",
                       "relax", "name", "hardrun"):
            for value in (None, True, 7, -1.5, "", [[]], {"": {}}):
                if (member, value) in (("terminal", True), ("user", 7)):
                    continue
                with self.subTest(member, value=value):
                    self.refuse({**RUNS, member: value}, "/" + member)

    def test_reasons_that_are_none(self):
        for reason in ("", "  ", "TODO", "because", "x", "n/a"):
            with self.subTest(reason):
                self.refuse({**RUNS, "relax": {"host-pid": {"reason": reason}}},
                            "/relax/host-pid")
        self.refuse({**RUNS, "relax": {"host-pid": {}}}, "/relax/host-pid")

    def test_there_is_no_privileged(self):
        self.refuse({**RUNS, "relax": {"privileged": {"reason": harness.REASON}}},
                    "/relax/privileged")

    def test_root_needs_its_entry(self):
        for user in ("0", "0:0", "0:5", "5:0"):
            with self.subTest(user):
                self.refuse({**RUNS, "user": user}, "/user")

    def test_user_numbers_are_strict(self):
        """CVE-2026-30892."""
        for user in ("user", "", "+1", "01", "-1", "4294967296", "1:", ":1", "1:1:1", " 1", "0x1"):
            with self.subTest(user):
                self.refuse({**RUNS, "user": user}, "/user")

    def test_sysctl_values_carry_no_second_setting(self):
        """CVE-2022-0811."""
        for name, value in (("kernel.shm_rmid_forced", "1+kernel.core_pattern=|x"),
                            ("kernel.shm_rmid_forced", "1\nkernel.core_pattern=|x"),
                            ("kernel.core_pattern", "core"), ("net/core/somaxconn", "1"),
                            ("net..core", "1"), ("net.core.../../kernel", "1"), ("net.", "1")):
            with self.subTest(name, value=value):
                self.refuse({**RUNS, "relax": relaxed(sysctl={"values": {name: value}})},
                            "/relax/sysctl")

    def test_paths_that_climb(self):
        for path in ("/usr/../etc", "/..", "..", "/tmp/..", "//etc/..", "tmp"):
            with self.subTest(path):
                self.refuse({**RUNS, "mounts": [{"source": "/usr", "target": path}]},
                            "/mounts/0")
                self.refuse({**RUNS, "tmpfs": {path: "1MiB"}}, "/tmpfs")

    def test_sources_that_climb(self):
        for path in ("/usr/../etc", "/usr/share/../../etc/shadow"):
            with self.subTest(path):
                self.refuse({**RUNS, "mounts": [{"source": path, "target": "/data"}]},
                            "/mounts/0")
                self.refuse({**RUNS, "relax": relaxed(write={"paths": [path]})}, "/relax/write")

    def test_targets_that_are_hardruns(self):
        for path in ("/", "/proc", "/proc/self", "/sys/fs", "/dev", "/dev/null"):
            with self.subTest(path):
                self.refuse({**RUNS, "mounts": [{"source": "/usr/share", "target": path}]},
                            "/mounts/0")

    def test_presets_that_are_none(self):
        for name in ("web", "../presets/build", "/etc/passwd"):
            with self.subTest(name):
                self.refuse({**RUNS, "profile": name}, "/profile")


@needs("subordinate ids")
class Sources(Refusals):
    """What the host has where the spec points."""

    def mount(self, source, *words):
        return self.refuse({**RUNS, "mounts": [{"source": str(source), "target": "/data"}]},
                           *words)

    def test_missing(self):
        self.mount(self.place.folder / "is-not-there", "is-not-there", "/mounts/0")

    def test_links(self):
        folder = self.place.make_folder("real")
        (folder / "file").write_text("x")
        (self.place.folder / "link").symlink_to(folder)
        (self.place.folder / "dangling").symlink_to("/is/not/there")
        (self.place.folder / "loop").symlink_to("loop")
        for name in ("link", "link/file", "dangling", "loop"):
            with self.subTest(name):
                self.mount(self.place.folder / name, "/mounts/0")

    def test_sensitive(self):
        for path in ("/", "/etc", "/root", "/home", "/boot", "/dev", "/proc", "/sys",
                     "/run/systemd", "/var/lib/docker", "/run/docker.sock", "/var/run/docker.sock"):
            with self.subTest(path):
                self.mount(path, "/mounts/0")

    @needs("root")
    def test_sensitive_by_another_name(self):
        """By device and inode; the bind mount is made where the host does not see it."""
        folder = self.place.make_folder("disguise")
        spec = self.place.write(harness.fitting({**RUNS, "mounts": [
            {"source": str(folder), "target": "/data"}]}))
        script = 'mount --bind /etc "$1" && shift && exec "$@"'
        result = subprocess.run(
            ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", str(folder),
             *self.place.command(spec)], capture_output=True, check=False)
        self.assertIn("sensitive", self.assert_refusal(result))
        self.leave_nothing()

    def test_device(self):
        self.mount("/dev/null", "/mounts/0")

    @needs("an ordinary user")
    def test_unreadable(self):
        folder = self.place.make_folder("closed", 0o000)
        self.addCleanup(folder.chmod, 0o700)
        self.mount(folder, "may not read")

    def test_missing_profile_and_folder_as_profile(self):
        for source in (self.place.folder / "is-not-there.json", self.place.folder):
            with self.subTest(source):
                self.refuse({**RUNS, "seccomp": str(source)}, str(source))

    def test_rootfs_that_is_none(self):
        file = self.place.folder / "file"
        file.write_text("x")
        for source in (file, self.place.folder / "is-not-there", "/"):
            with self.subTest(source):
                self.refuse({**RUNS, "rootfs": str(source)}, "/rootfs")

    def test_rootfs_that_is_empty(self):
        """The mount points are missing, and nothing of the host's may be made for them."""
        folder = self.place.make_folder("empty")
        result = self.place.run({**RUNS, "rootfs": str(folder)})
        self.assertIn(result.returncode, (harness.FAILED, harness.NOT_FOUND))
        self.assertTrue(result.stderr.startswith(b"hardrun: "), result.stderr)
        self.leave_nothing()

    def test_rootfs_with_links_where_mounts_go(self):
        """CVE-2019-19921, CVE-2023-27561: /proc, /dev or /sys lead elsewhere."""
        for name in ("proc", "dev", "sys", "tmp", "run"):
            for target in ("/elsewhere", "elsewhere", "../../../../etc", "."):
                with self.subTest(name, target=target):
                    folder = self.place.make_folder(f"{name}{len(os.listdir(self.place.folder))}",
                                                    0o755)
                    for part in ("proc", "dev", "sys", "tmp", "run", "usr", "elsewhere"):
                        if part != name:
                            (folder / part).mkdir()
                    (folder / name).symlink_to(target)
                    before = sorted(str(path) for path in folder.rglob("*"))
                    result = self.place.run({**RUNS, "rootfs": str(folder)})
                    self.assertIn(result.returncode, (harness.FAILED, harness.NOT_FOUND))
                    self.assertEqual(sorted(str(path) for path in folder.rglob("*")), before)
        self.leave_nothing()

    def test_source_that_is_exchanged_is_never_followed(self):
        """A folder and a link to /etc change places all the time: the link is never mounted."""
        folder = self.place.make_folder("exchanged")
        (folder / "mine").write_text("mine")
        link = self.place.folder / "other"
        link.symlink_to("/etc")
        spec = self.place.write(harness.fitting({
            "args": ["/usr/bin/ls", "/data"],
            "mounts": [{"source": str(folder), "target": "/data"}]}))
        stop = threading.Event()

        def exchange():
            while not stop.is_set():
                # renameat2(RENAME_EXCHANGE)
                harness.LIBC.renameat2(-100, os.fsencode(folder), -100, os.fsencode(link), 2)

        thread = threading.Thread(target=exchange)
        thread.start()
        outcomes = set()
        try:
            for _ in range(40):
                result = self.place.run(spec)
                outcomes.add(result.returncode)
                self.assertIn(result.returncode, (0, harness.FAILED), result.stderr)
                if result.returncode == 0:
                    self.assertEqual(result.stdout, b"mine\n")
        finally:
            stop.set()
            thread.join()
        self.leave_nothing()


class Files(Refusals):
    """What is given in place of a spec."""

    def test_missing(self):
        self.assertIn("is-not-there", self.assert_refusal(self.place.run("/is-not-there.json")))

    def test_folder(self):
        self.assertIn("directory", self.assert_refusal(self.place.run(self.place.folder)))

    def test_device(self):
        self.assert_refusal(self.place.run("/dev/null"))
        self.assertIn("larger than", self.assert_refusal(self.place.run("/dev/zero")))

    @needs("an ordinary user")
    def test_unreadable(self):
        path = self.place.write(RUNS)
        path.chmod(0)
        self.assert_refusal(self.place.run(path))

    @needs("subordinate ids")
    def test_a_fifo_is_read_like_a_file(self):
        path = self.place.folder / "fifo.json"
        os.mkfifo(path)
        text = json.dumps(harness.fitting({"args": ["/bin/echo", "from a fifo"]}))
        writer = threading.Thread(target=path.write_text, args=(text,))
        writer.start()
        result = self.place.run(path)
        writer.join()
        self.assertEqual((result.returncode, result.stdout), (0, b"from a fifo\n"),
                         result.stderr)

    def test_names_of_files_that_are_no_names(self):
        for name in (".hidden", "a b", "ü", "-x", "a;b", "x" * 100):
            with self.subTest(name):
                path = self.place.write(RUNS, name)
                result = self.place.run(path)
                self.assertIn(result.returncode, (0, harness.FAILED))
                if result.returncode != 0:
                    self.assert_refusal(result)
        self.leave_nothing()


class CommandLine(Refusals):
    def test_refusals(self):
        path = self.place.write(RUNS)
        for options in (["--nmae", "x"], ["--name"], ["--timeout", "soon"], ["--memory", "-1"],
                        ["--memory", "lots"], ["--pids", "0"], ["--cpus", "none"],
                        ["--name", "../x"], ["--name", ""], ["--name", "a", "--name", "b"],
                        ["--log-format", "xml"], ["--result", ""], [str(path)]):
            with self.subTest(options):
                self.assert_refusal(self.place.run(path, *options))
        self.leave_nothing()

    def test_limits_are_lowered_only(self):
        path = self.place.write({**RUNS, "limits": {"memory": "64MiB", "pids": 10,
                                                    "timeout": "1s", "cpus": 0.5}})
        for options in (["--memory", "65MiB"], ["--pids", "11"], ["--timeout", "2s"],
                        ["--cpus", "0.6"]):
            with self.subTest(options):
                self.assert_refusal(self.place.run(path, *options))
        self.leave_nothing()

    def test_state_root_of_someone_else(self):
        folder = self.place.make_folder("open", 0o777)
        path = self.place.write(RUNS)
        result = subprocess.run([harness.HARDRUN, "--root", folder, path], capture_output=True,
                                check=False)
        self.assertIn("state root", self.assert_refusal(result))
        link = self.place.folder / "linked"
        link.symlink_to(self.place.make_folder("target", 0o700))
        result = subprocess.run([harness.HARDRUN, "--root", link, path], capture_output=True,
                                check=False)
        self.assert_refusal(result)

    def test_damaged_registry_is_refused_and_kept(self):
        self.place.root.mkdir(mode=0o700)
        registry = self.place.root / "registry"
        registry.write_bytes(b"something else")
        registry.chmod(0o600)
        result = self.place.run(RUNS)
        self.assertIn("registry", self.assert_refusal(result))
        self.assertEqual(registry.read_bytes(), b"something else")
        registry.unlink()


@needs("subordinate ids")
class Hosts(HardrunTest):
    """A host that lacks a control is refused with the control's name and the way out."""

    def test_no_apparmor(self):
        if harness.apparmor_is_enabled():
            self.skipTest("this host lacks nothing: it has AppArmor")
        spec = harness.fitting(RUNS)
        del spec["relax"]["apparmor-if-available"]
        text = self.assert_refusal(self.place.run(spec, fit=False))
        self.assertIn("AppArmor", text.splitlines()[0])
        self.assertIn("apparmor-if-available", text)
        self.leave_nothing()

    def test_no_cgroup(self):
        if harness.has_cgroup2():
            self.skipTest("this host lacks nothing: it has cgroup v2")
        spec = harness.fitting(RUNS)
        del spec["relax"]["no-limits"]
        text = self.assert_refusal(self.place.run(spec, fit=False))
        self.assertIn("resource limits", text.splitlines()[0])
        self.assertIn("no-limits", text)
        self.leave_nothing()


if __name__ == "__main__":
    harness.main()
