# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the test guests keep on disk, and who may touch it when.

  images/KEY/              what build-image made
  images/KEY/ready/KEY/    a guest of it, booted and saved (qemu.py)
  cloud/KEY/ready/KEY/     the same for somebody's cloud image
  guests/NAME/             a running guest; its lock ends with it
  kvm.json                 whether a guest really boots with KVM here

A directory belongs to whoever holds the lock on the file "lock" in it.
Locks are flock(2)s: they vanish with their holders, so what is left behind
unlocked is left over.
"""
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CACHE = os.path.abspath(os.environ.get("HARDRUN_VM_CACHE") or
                        os.path.expanduser("~/.cache/hardrun-vm"))


class HarnessError(Exception):
    """The harness, not the job, failed."""


def say(text):
    print(f"vm: {text}", file=sys.stderr, flush=True)


def lock(path, how=fcntl.LOCK_EX):
    """Lock the file @path, making it if need be. Owns: close the descriptor to unlock."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, how)
    except OSError:
        os.close(fd)
        raise
    return fd


@contextlib.contextmanager
def locked(path):
    fd = lock(path)
    try:
        yield
    finally:
        os.close(fd)


def is_locked(path):
    try:
        os.close(lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB))
    except OSError:
        return True
    return False


def run_contained(words, **options):
    """Run a program that ends when this one does; its standard output is returned."""
    with subprocess.Popen(["setpriv", "--pdeathsig", "TERM"] + words,
                          stdout=subprocess.PIPE, text=True, **options) as child:
        try:
            output = child.communicate()[0]
        except BaseException:
            child.send_signal(signal.SIGTERM)
            raise
    if child.returncode:
        raise HarnessError(f"{os.path.basename(words[0])} failed")
    return output.strip()


def image(engines, force=False):
    """The built image, brought up to date. Owns: its lock, (directory, descriptor)."""
    words = [os.path.join(HERE, "build-image")]
    words += ["-e"] * engines + ["-f"] * force
    while True:
        directory = run_contained(words)
        fd = lock(os.path.join(directory, "lock"), fcntl.LOCK_SH)
        if os.path.exists(os.path.join(directory, "vmlinux")):
            return directory, fd
        os.close(fd)        # another build removed it before the lock was ours


def new_guest(name=None):
    """A directory for a running guest. Owns: its lock, (directory, descriptor)."""
    top = os.path.join(CACHE, "guests")
    with locked(os.path.join(CACHE, "guests.lock")):
        os.makedirs(top, exist_ok=True)
        for old in os.listdir(top):
            if not is_locked(os.path.join(top, old, "lock")):
                shutil.rmtree(os.path.join(top, old))
        if name is None:
            directory = tempfile.mkdtemp(prefix="run.", dir=top)
        else:
            directory = os.path.join(top, name)
            if os.path.exists(directory):
                raise HarnessError(f"{name} is already up")
            os.mkdir(directory, 0o700)
        return directory, lock(os.path.join(directory, "lock"))
