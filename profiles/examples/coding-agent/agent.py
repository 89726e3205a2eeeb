# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a coding agent can do in its sandbox, and what it cannot: each thing is tried.

Prints a line for each attempt. The exit status is 0 if all came out as they should.
"""

import contextlib
import ctypes
import glob
import os
import pathlib
import socket
import subprocess
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH = 16
CLONE_NEWUSER = 0x10000000
UNREACHABLE = ("192.0.2.1", 80)  # an address for documentation; RFC 5737


def call(function, *arguments):
    """A function of the C library that returns -1 when it fails."""
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def run(*command):
    """What the command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


# What the work needs.

def write_in_the_project():
    pathlib.Path("hello.py").write_text('print("hello")\n')


def run_python():
    if run(sys.executable, "hello.py") != "hello\n":
        raise OSError("it printed something else")


def commit_with_git():
    run("git", "-c", "init.defaultBranch=main", "init", "--quiet")
    run("git", "add", "hello.py")
    run("git", "commit", "--quiet", "--allow-empty", "--message", "Say hello")
    run("git", "log", "--oneline")


def use_scratch_space():
    pathlib.Path("/tmp/scratch").write_text("gone when the agent ends\n")


# What the work does not need.

def read_ssh_keys():
    """Any key of anybody will do."""
    failure = None
    for home in ("/root", *glob.glob("/home/*")):
        try:
            os.listdir(f"{home}/.ssh")
            return
        except OSError as error:
            failure = error
    raise failure


def follow_a_link_out():
    link = pathlib.Path("link")
    link.symlink_to("/etc/shadow")
    try:
        link.read_text()
    finally:
        link.unlink()


def run_what_it_wrote():
    program = pathlib.Path("program")
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    try:
        run("./program")
    finally:
        program.unlink()


def resolve_a_name():
    socket.getaddrinfo("example.org", 80)


def trace_a_process():
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        try:
            call(LIBC.ptrace, PTRACE_ATTACH, process.pid, None, None)
        finally:
            process.kill()


def see_the_hosts_processes():
    seen = {int(name) for name in os.listdir("/proc") if name.isdigit()}
    if not seen - {1, os.getpid()}:
        raise ProcessLookupError("there is nothing but its own")


def connect_to_an_engine():
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.connect("/run/docker.sock")


ALLOWED = {
    "write a file in the project": write_in_the_project,
    "run it with Python": run_python,
    "commit it with git": commit_with_git,
    "use scratch space in /tmp": use_scratch_space,
}

DENIED = {
    "read somebody's ~/.ssh": read_ssh_keys,
    "read /etc/shadow": lambda: open("/etc/shadow").close(),
    "follow a link out of the project": follow_a_link_out,
    "write beside the project": lambda: open("../beside", "w").close(),
    "write to /etc": lambda: open("/etc/passwd", "a").close(),
    "write to /usr": lambda: open("/usr/bin/program", "w").close(),
    "run a program that it wrote": run_what_it_wrote,
    "connect to the network": lambda: socket.create_connection(UNREACHABLE, 5).close(),
    "resolve a name": resolve_a_name,
    "open a raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close(),
    "connect to a container engine": connect_to_an_engine,
    "trace a process": trace_a_process,
    "see the host's processes": see_the_hosts_processes,
    "mount a file system": lambda: call(LIBC.mount, b"none", b"/tmp", b"tmpfs", 0, None),
    "make a user namespace": lambda: call(LIBC.unshare, CLONE_NEWUSER),
    "become root": lambda: os.setuid(0),
}


def attempt(action):
    """Why it failed, or None."""
    try:
        action()
    except subprocess.CalledProcessError as error:
        return error.stderr.strip().replace("\n", "; ")
    except OSError as error:
        return error.strerror or str(error)
    return None


def main():
    surprises = 0
    for name, action in {**ALLOWED, **DENIED}.items():
        failure = attempt(action)
        surprises += (failure is None) != (name in ALLOWED)
        print(f"allowed  {name}" if failure is None else f"denied   {name}: {failure}")
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())
