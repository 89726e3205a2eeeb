#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program with a terminal of its own, and what becomes of the user's."""

import contextlib
import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import sys
import termios

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import harness                                                               # noqa: E402
from harness import HardrunTest, needs, python, shell                        # noqa: E402


class Terminal:
    """A pty with hardrun at its inner end, as in a terminal window."""

    def __init__(self, place, spec, size=(24, 80)):
        self.master, self.slave = os.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        path = place.write(harness.fitting({"terminal": True, **spec}), spec.get("name"))
        self.process = subprocess.Popen(
            place.command(path), stdin=self.slave, stdout=self.slave, stderr=self.slave,
            preexec_fn=self.take, close_fds=True)
        self.pid = self.process.pid
        self.root = place.root
        self.name = spec.get("name", path.stem)

    def take(self):
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text)

    def read_until(self, text, patience=harness.PATIENCE):
        """All output up to and with @text."""
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], patience)
            assert ready, f"{text!r} did not come: {self.seen!r}"
            try:
                self.seen += os.read(self.master, 65536)
            except OSError:
                raise AssertionError(f"{text!r} did not come: {self.seen!r}") from None
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def attributes(self):
        return termios.tcgetattr(self.slave)

    def wait(self):
        return self.process.wait(harness.PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for fd in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(fd)


@needs("subordinate ids")
class Ptys(HardrunTest):
    def open(self, spec, **more):
        terminal = Terminal(self.place, spec, **more)
        self.addCleanup(terminal.close)
        return terminal

    def test_program_sees_a_terminal_of_its_own(self):
        script = ("import os, sys\n"
                  "print(all(os.isatty(fd) for fd in (0, 1, 2)), os.ttyname(0), os.ctermid(),\n"
                  "      os.tcgetpgrp(0) == os.getpgrp(), os.environ['TERM'],\n"
                  "      sorted(os.listdir('/dev/pts')), os.open('/dev/tty', os.O_RDWR) > 2)\n")
        terminal = self.open({"args": python(script)})
        line = terminal.read_until(b"\r\n")
        self.assertEqual(line.decode().split(" ", 4)[:4],
                         ["True", "/dev/pts/0", "/dev/tty", "True"])
        self.assertTrue(line.decode().rstrip().endswith("True"), line)
        self.assertEqual(terminal.wait(), 0)
        self.leave_nothing()

    def test_it_is_not_the_users(self):
        script = "import os; print(os.fstat(0).st_ino, os.fstat(0).st_dev)"
        terminal = self.open({"args": python(script)})
        inside = tuple(map(int, terminal.read_until(b"\r\n").split()))
        ours = os.fstat(terminal.slave)
        self.assertNotEqual(inside, (ours.st_ino, ours.st_dev))
        self.assertEqual(terminal.wait(), 0)

    def test_it_belongs_to_the_user_inside(self):
        terminal = self.open({"args": ["/usr/bin/stat", "-c", "%u %a", "/dev/pts/0"]})
        owner, mode = terminal.read_until(b"\r\n").split()
        self.assertEqual(owner, b"65532")
        self.assertEqual(int(mode, 8) & 0o007, 0)

    def test_text_goes_both_ways(self):
        terminal = self.open({"args": shell("echo ready; read line; echo got:$line")})
        terminal.read_until(b"ready\r\n")
        terminal.type(b"hello\n")
        terminal.read_until(b"got:hello\r\n")
        self.assertEqual(terminal.wait(), 0)
        self.leave_nothing()

    def test_much_output_is_complete(self):
        """More than any buffer on the way; the last byte counts."""
        terminal = self.open({"args": shell("seq 1 50000; echo the end")})
        seen = terminal.read_until(b"the end\r\n")
        self.assertEqual(seen.split()[:-2], [str(number).encode() for number in range(1, 50001)])
        self.assertEqual(terminal.wait(), 0)

    def test_users_terminal_is_raw_meanwhile_and_restored(self):
        terminal = self.open({"args": shell("echo ready; read line; exit 5")})
        terminal.read_until(b"ready\r\n")
        self.assertEqual(terminal.attributes()[3] & (termios.ICANON | termios.ECHO | termios.ISIG),
                         0)
        terminal.type(b"\n")
        self.assertEqual(terminal.wait(), 5)
        self.assertEqual(terminal.attributes(), terminal.before)

    def test_it_is_restored_after_a_failure(self):
        terminal = self.open({"args": ["/usr/bin/is-not-there"]})
        seen = terminal.read_until(b"is-not-there")
        self.assertIn(b"hardrun: ", seen)
        self.assertEqual(terminal.wait(), harness.NOT_FOUND)
        self.assertEqual(terminal.attributes(), terminal.before)
        self.leave_nothing()

    def test_it_is_restored_after_signals(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
            with self.subTest(number):
                terminal = self.open({"args": shell("echo ready; read line")})
                terminal.read_until(b"ready\r\n")
                terminal.process.send_signal(number)
                # A shell without job control may be ended by any of them.
                self.assertEqual(terminal.wait(), 128 + number)
                self.assertEqual(terminal.attributes(), terminal.before)
        self.leave_nothing()

    def test_it_is_restored_after_the_time_limit(self):
        terminal = self.open({"args": shell("echo ready; read line"), "limits": {"timeout": "2s"}})
        self.assertEqual(terminal.wait(), harness.TIMED_OUT)
        self.assertEqual(terminal.attributes(), terminal.before)

    def test_size_is_the_users_and_follows(self):
        script = ("import os, signal\n"
                  "signal.signal(signal.SIGWINCH, print)\n"
                  "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])\n"
                  "while True:\n"
                  "    size = os.get_terminal_size(0)\n"
                  "    print('size', size.lines, size.columns, flush=True)\n"
                  "    signal.sigwait([signal.SIGWINCH])\n")
        terminal = self.open({"args": python(script)}, size=(33, 101))
        terminal.read_until(b"size 33 101\r\n")
        terminal.resize(44, 122)
        terminal.read_until(b"size 44 122\r\n")
        terminal.process.send_signal(signal.SIGTERM)
        self.assertEqual(terminal.wait(), 128 + signal.SIGTERM)

    def test_control_c_reaches_the_program_alone(self):
        script = ("import signal\n"
                  "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
                  "print('ready', flush=True)\n"
                  "signal.sigwait([signal.SIGINT])\n"
                  "print('interrupted', flush=True)\n"
                  "input()\n")
        terminal = self.open({"args": python(script)})
        terminal.read_until(b"ready\r\n")
        terminal.type(b"\x03")
        terminal.read_until(b"interrupted\r\n")
        terminal.type(b"\n")
        self.assertEqual(terminal.wait(), 0)

    def test_end_of_input_is_typed(self):
        terminal = self.open({"args": shell("echo ready; cat; echo done")})
        terminal.read_until(b"ready\r\n")
        terminal.type(b"\x04")
        terminal.read_until(b"done\r\n")
        self.assertEqual(terminal.wait(), 0)

    def test_input_cannot_be_faked(self):
        """TIOCSTI, also with a bit above the 32 that the kernel looks at; TIOCLINUX."""
        script = ("import ctypes\n"
                  "libc = ctypes.CDLL(None, use_errno=True)\n"
                  "print('ready', flush=True)\n"
                  "for request in (0x5412, 0x5412 + 2 ** 32, 0x541c, 0x541d, 0x5423):\n"
                  "    libc.ioctl(0, ctypes.c_ulong(request), b'x')\n"
                  "    print('errno', ctypes.get_errno(), flush=True)\n")
        terminal = self.open({"args": python(script)})
        terminal.read_until(b"ready\r\n")
        for _ in range(5):
            self.assertEqual(terminal.read_until(b"\r\n"), b"errno 1\r\n")
        self.assertEqual(terminal.wait(), 0)

    def test_killed_hardrun_takes_the_program_along(self):
        name = "killed-terminal"
        terminal = self.open({"name": name, "args": shell("echo ready; read line")})
        terminal.read_until(b"ready\r\n")
        state = self.place.root / "containers" / name / "state.json"
        init = json.loads(state.read_text())["init"]
        terminal.process.kill()
        terminal.process.wait()
        self.assertTrue(harness.outlive(init))
        self.place.sweep()
        self.leave_nothing()

    def test_a_vanished_terminal_ends_the_program(self):
        """The window is closed: SIGHUP, as everywhere."""
        terminal = self.open({"args": shell("echo ready; read line; exit 0")})
        terminal.read_until(b"ready\r\n")
        os.close(terminal.slave)
        os.close(terminal.master)
        terminal.wait()
        self.leave_nothing()

    def test_terminal_without_one_outside(self):
        """In CI there is none: the program gets a terminal, its output a pipe."""
        result = self.run_well({"terminal": True,
                                "args": shell("test -t 0 && test -t 1 && echo yes")})
        self.assertEqual(result.stdout, b"yes\r\n")
        self.leave_nothing()

    def test_input_that_is_no_terminal_ends_there_too(self):
        result = self.run_well({"terminal": True, "args": shell("stty -echo; cat; echo done")},
                               input=b"a line\n")
        self.assertEqual(result.stdout.split(b"\r\n")[-3:], [b"a line", b"done", b""])

    def test_without_a_wish_there_is_none(self):
        terminal = self.open({"terminal": False,
                              "args": python("import os\n"
                                             "try:\n    os.open('/dev/tty', os.O_RDWR)\n"
                                             "except OSError as error:\n    print(error.errno)\n")})
        terminal.read_until(b"6\r\n")
        self.assertEqual(terminal.wait(), 0)


if __name__ == "__main__":
    harness.main()
