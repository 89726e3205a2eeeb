# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests and the jobs they run. guest/agent describes the other side."""
import io
import os
import secrets
import select
import shlex
import subprocess
import sys
import tarfile
import time

from cache import HarnessError


def _as_root(info):
    """Every guest sees the same owners; a repository's history stays out."""
    if os.path.basename(info.name) == ".git":
        return None
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    return info


def pack_job(script, push):
    """The tar that a job consists of: job.sh, an empty out/ and the pushed files."""
    blob = io.BytesIO()
    with tarfile.open(fileobj=blob, mode="w") as tar:
        for item in push:
            source, _, dest = item.partition(":")
            try:
                tar.add(source, arcname=dest or os.path.basename(os.path.abspath(source)),
                        filter=_as_root)
            except OSError as error:
                raise HarnessError(f"--push {source}: {error.strerror}") from None
        out = tarfile.TarInfo("out")
        out.type, out.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(out)
        data = script.encode()
        info = tarfile.TarInfo("job.sh")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return blob.getvalue()


def unpack_out(data, directory):
    """Write plain files and folders; a guest that was attacked decides no more than that."""
    if not directory or not data:
        return
    os.makedirs(directory, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            parts = [part for part in member.name.split("/") if part != "."]
            if not parts or ".." in parts or not (member.isfile() or member.isdir()):
                continue
            path = os.path.join(directory, *parts)
            if member.isdir():
                os.makedirs(path, exist_ok=True)
                continue
            with open(path, "wb") as file:
                file.write(tar.extractfile(member).read())
            os.chmod(path, member.mode & 0o777)


class Guest:
    """A guest whose agent is reached through two FIFOs in its directory."""

    def __init__(self, directory):
        self.directory = directory
        self.process = None
        self.rd = self.wr = -1

    def path(self, name):
        return os.path.join(self.directory, name)

    def make_fifos(self):
        for name in ("agent.in", "agent.out"):
            os.mkfifo(self.path(name), 0o600)
        self.open_fifos()

    def open_fifos(self):
        # Read-write opens never block and never see end of file.
        self.rd = os.open(self.path("agent.out"), os.O_RDWR | os.O_CLOEXEC)
        self.wr = os.open(self.path("agent.in"), os.O_RDWR | os.O_CLOEXEC)
        os.set_blocking(self.wr, False)

    def check(self, deadline, doing):
        if self.process and self.process.poll() is not None:
            raise HarnessError("the guest went away\n" + self.log_tail())
        if time.monotonic() > deadline:
            raise HarnessError(f"time ran out while {doing}\n" + self.log_tail())

    def log_tail(self):
        text = ""
        for name in ("vmm.log", "console.log"):
            try:
                with open(self.path(name), "rb") as log:
                    text += log.read()[-1500:].decode("utf-8", "replace")
            except OSError:
                pass
        return text

    def read(self, deadline, doing):
        while not select.select([self.rd], [], [], 0.5)[0]:
            self.check(deadline, doing)
        self.check(deadline, doing)
        return os.read(self.rd, 65536)

    def write(self, data, deadline):
        view = memoryview(data)
        while view:
            self.check(deadline, "sending the job")
            if select.select([], [self.wr], [], 0.5)[1]:
                view = view[os.write(self.wr, view[:65536]):]

    def read_until(self, mark, seen, deadline, doing):
        """What comes after @mark; what comes before belongs to somebody else."""
        while mark not in seen:
            seen = seen[-len(mark):] + self.read(deadline, doing)
        return seen.split(mark, 1)[1]

    def wait_ready(self, deadline):
        self.read_until(b"ready\n", b"", deadline, "booting")

    def job(self, tar, out, deadline):
        """Run a job; its output goes to standard output as it comes."""
        nonce = secrets.token_hex(8)
        self.write(f"job {nonce} {len(tar)} {int(time.time())}\n".encode() + tar, deadline)
        seen = self.read_until(f"\n{nonce} start\n".encode(), b"", deadline, "starting the job")
        status, size, rest = self.follow(f"\n{nonce} rc=".encode(), seen, deadline)
        data = bytearray(rest)
        while len(data) < size:
            data += self.read(deadline, "fetching ./out")
        unpack_out(data, out)
        return status

    def follow(self, mark, seen, deadline):
        """Copy a job's output until its closing line: status, size of ./out, the rest."""
        while True:
            at = seen.find(mark)
            if at >= 0 and b"\n" in seen[at + 1:]:
                break
            # All but what may be the start of the mark is output.
            show = at if at >= 0 else max(0, len(seen) - len(mark))
            sys.stdout.buffer.write(seen[:show])
            sys.stdout.buffer.flush()
            seen = seen[show:] + self.read(deadline, "waiting for the job")
        sys.stdout.buffer.write(seen[:at])
        sys.stdout.buffer.flush()
        line, rest = seen[at + 1:].split(b"\n", 1)
        fields = dict(word.split("=") for word in line.decode().split()[1:])
        return int(fields["rc"]), int(fields["out"]), rest

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()


class Shell:
    """A guest that others run: its agent is the command in HARDRUN_VM_SHELL."""

    WRAP = ('d=$(mktemp -d) && chmod 0755 "$d" && tar -x -f - -C "$d" && cd "$d" && '
            '{ sh ./job.sh </dev/null; rc=$?; } && cd / && '
            '{ [ -z "$HARDRUN_OUT" ] || tar -c -f "$HARDRUN_OUT" -C "$d/out" .; } && '
            'rm -rf "$d"; exit $rc')

    def __init__(self):
        self.words = shlex.split(os.environ.get("HARDRUN_VM_SHELL", ""))
        if not self.words:
            raise HarnessError("--backend shell needs HARDRUN_VM_SHELL")

    def job(self, tar, out, deadline):
        """Like Guest.job; ./out comes back in a second call."""
        kept = f"/tmp/hardrun-out.{secrets.token_hex(8)}.tar" if out else ""
        words = self.words + ["env", f"HARDRUN_OUT={kept}", "sh", "-c", self.WRAP]
        try:
            done = subprocess.run(words, input=tar, check=False,
                                  timeout=max(1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise HarnessError("time ran out while waiting for the job") from None
        if out:
            words = self.words + ["sh", "-c", f"cat {kept}; rm -f {kept}"]
            unpack_out(subprocess.run(words, stdout=subprocess.PIPE, check=False).stdout, out)
        return done.returncode
