# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the built binary share (standard library only).

The environment variable HARDRUN names the binary. A test gets a Place: a temporary folder with
a state root of its own, which runs specs and says what they left behind. What a host may lack
is asked for with @needs(...), which skips by name. main() prints TAP.
"""

import contextlib
import ctypes
import functools
import json
import os
import pathlib
import platform
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest

HARDRUN = os.environ.get("HARDRUN", "hardrun")
HERE = pathlib.Path(__file__).resolve().parent
PROBE = HERE.parent / "integration" / "probe.py"
PYTHON = "/usr/bin/python3"

# How long something may take that must happen: far above what the slowest guest needs.
PATIENCE = float(os.environ.get("TEST_PATIENCE", "120"))

TIMED_OUT = 124
FAILED = 125
NOT_EXECUTABLE = 126
NOT_FOUND = 127

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
CAPABILITY_SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
CGROUP_ROOT = pathlib.Path("/sys/fs/cgroup")
CGROUP_LIMITS = ("memory", "swap", "cpus", "pids")
IDS_OF_A_CONTAINER = 65536

LIBC = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
PR_SET_CHILD_SUBREAPER = 36
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_CREATE_RULESET_VERSION = 1
BPF = {"x86_64": 321, "aarch64": 280}.get(platform.machine())
BPF_PROG_QUERY = 16
BPF_CGROUP_DEVICE = 6


def syscall(number, *arguments):
    """The result; an OSError when the kernel says so."""
    result = LIBC.syscall(ctypes.c_long(number),
                          *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


# Facts of the host -------------------------------------------------------------------------


def read(path):
    """The text of a file; None where there is none or it is not for us."""
    try:
        return pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def is_root():
    return os.geteuid() == 0


@functools.cache
def own_cgroup():
    """The cgroup2 directory that containers are made in, as hardrun finds it."""
    for line in (read("/proc/self/cgroup") or "").splitlines():
        if line.startswith("0::"):
            return CGROUP_ROOT / line[3:].lstrip("/")
    return CGROUP_ROOT


@functools.cache
def has_cgroup2():
    """Unified, with the controllers of all limits within this caller's reach."""
    if not (CGROUP_ROOT / "cgroup.controllers").exists():
        return False
    wanted = {"cpu", "memory", "pids"}
    if is_root():
        return wanted <= set((read(CGROUP_ROOT / "cgroup.controllers") or "").split())
    folder = own_cgroup()
    return (wanted <= set((read(folder / "cgroup.controllers") or "").split())
            and os.access(folder, os.W_OK))


@functools.cache
def apparmor_is_enabled():
    if (read("/sys/module/apparmor/parameters/enabled") or "").strip() != "Y":
        return False
    return os.path.exists("/sys/kernel/security/apparmor")


def has_apparmor():
    """And may load profiles, which is root's alone."""
    return apparmor_is_enabled() and is_root()


@functools.cache
def landlock_abi():
    try:
        return syscall(LANDLOCK_CREATE_RULESET, 0, 0, LANDLOCK_CREATE_RULESET_VERSION)
    except OSError:
        return 0


@functools.cache
def has_own_ids():
    """Root takes a range; an ordinary user must have been given one."""
    if is_root():
        return True
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
    return all(any(line.split(":")[0] in (name, str(os.geteuid()))
                   for line in (read(path) or "").splitlines())
               for path in ("/etc/subuid", "/etc/subgid")) and bool(shutil.which("newuidmap"))


@functools.cache
def has_kernel_log():
    try:
        os.close(os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK))
        return True
    except OSError:
        return False


HOST = {
    "root": is_root,
    "an ordinary user": lambda: not is_root(),
    "cgroup v2": has_cgroup2,
    "AppArmor": has_apparmor,
    "Landlock": lambda: landlock_abi() > 0,
    "user namespaces": lambda: (read("/proc/sys/user/max_user_namespaces") or "0").strip() != "0",
    "subordinate ids": has_own_ids,
    "a readable kernel log": has_kernel_log,
    "strace": lambda: shutil.which("strace") is not None,
    "a C compiler": lambda: shutil.which("cc") is not None,
}


def needs(*names):
    """Skip where the host lacks one of @names, and say which."""
    def decorate(item):
        for name in names:
            assert name in HOST, name
        lacking = [name for name in names if not HOST[name]()]
        return unittest.skip("this host lacks " + ", ".join(lacking))(item) if lacking else item
    return decorate


# Processes ---------------------------------------------------------------------------------


def process_status(text):
    """The members of /proc/PID/status."""
    members = {}
    for line in text.splitlines():
        name, separator, value = line.partition(":")
        if separator:
            members[name] = value.strip()
    return members


def status_of(pid):
    return process_status(pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))


def mountinfo(text):
    """The mounts, in order. Source: proc_pid_mountinfo(5)."""
    mounts = []
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        kind, source, options = (right.split(" ", 2) + ["", ""])[:3]
        mounts.append({
            "root": fields[3],
            "target": fields[4].encode().decode("unicode_escape"),
            "flags": set(fields[5].split(",")),
            "propagation": fields[6:],
            "kind": kind,
            "source": source,
            "options": set(options.split(",")),
        })
    return mounts


def parents():
    """The parent of each process that there is."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        text = read(f"/proc/{entry}/stat")
        if text:
            found[int(entry)] = int(text.rpartition(")")[2].split()[1])
    return found


def children(pid, table=None):
    return sorted(child for child, parent in (table or parents()).items() if parent == pid)


def descendants(pid):
    table = parents()
    found = []
    pending = [pid]
    while pending:
        new = children(pending.pop(), table)
        found += new
        pending += new
    return found


def namespace_of(pid, name):
    return os.readlink(f"/proc/{pid}/ns/{name}")


def outlive(pid, patience=PATIENCE):
    """Wait until the process @pid has ended; true if it has."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with contextlib.closing(os.fdopen(fd)) as file:
        return bool(select.select([file], [], [], patience)[0])


def until(predicate, patience=PATIENCE):
    """Look again and again until @predicate holds; false when it never does."""
    end = time.monotonic() + patience
    while not predicate():
        if time.monotonic() > end:
            return False
        os.sched_yield()
    return True


@functools.cache
def adopt_orphans():
    """From now on, whatever hardrun leaves alone becomes a child of this process."""
    assert LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def bury(spared=()):
    """
    Reap what has ended of the adopted. Returns the pids of those that are there still, but for
    the @spared.
    """
    left = []
    for pid in children(os.getpid()):
        if pid in spared:
            continue
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                left.append(pid)
    return left


def wait_and_bury(process):
    """
    Wait for the end of a child, and reap meanwhile what ends of the adopted: a PID namespace ends
    when all of it are reaped, and those of a detached exec are ours. For a single thread.
    """
    timer = threading.Timer(PATIENCE, process.kill)
    timer.start()
    while True:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT).si_pid
        if ended == process.pid:
            break
        os.waitpid(ended, 0)
    timer.cancel()
    return process.wait()


def lingering(spared=(), patience=PATIENCE):
    """
    Wait for the adopted to end. Returns a line for each that does not, and kills it.
    """
    until = time.monotonic() + patience
    for pid in bury(spared):
        outlive(pid, max(0, until - time.monotonic()))
    lines = []
    for pid in bury(spared):
        lines.append(f"process {pid} ({(read(f'/proc/{pid}/comm') or '?').strip()})")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return lines


# Specs and their launches ------------------------------------------------------------------

REASON = "this test looks at what the entry lifts"


def relaxed(**entries):
    """A relax block: relaxed(host_pid={}, write={"paths": [...]})."""
    return {name.replace("_", "-"): {"reason": REASON, **entry}
            for name, entry in entries.items()}


def what_the_host_lacks():
    """Relax entries for the controls that this host does not have."""
    entries = {}
    if not apparmor_is_enabled():
        entries["apparmor_if_available"] = {}
    elif not has_apparmor():
        # What root may have loaded for other launches must make no difference.
        entries["apparmor_off"] = {}
    if not has_cgroup2():
        entries["no_limits"] = {"limits": list(CGROUP_LIMITS)}
    if landlock_abi() == 0:
        entries["landlock_off"] = {}
    return relaxed(**entries)


def fitting(spec):
    """@spec, relaxed by what this host lacks; what the spec says itself stays."""
    relax = what_the_host_lacks()
    own = spec.get("relax", {})
    if "apparmor-off" in own or "apparmor-if-available" in own or "apparmor" in spec:
        relax.pop("apparmor-if-available", None)
        relax.pop("apparmor-off", None)
    for name, entry in own.items():
        if name == "no-limits" and name in relax:
            entry = {**entry, "limits": sorted({*entry["limits"], *relax[name]["limits"]})}
        relax[name] = entry
    return {**spec, "relax": relax} if relax else dict(spec)


def is_static(path):
    """Has the ELF file no interpreter? Source: elf(5), PT_INTERP."""
    data = pathlib.Path(path).read_bytes()
    offset = int.from_bytes(data[32:40], "little")
    size = int.from_bytes(data[54:56], "little")
    count = int.from_bytes(data[56:58], "little")
    return all(data[offset + i * size] != 3 for i in range(count))


def python(script, *arguments):
    """The args of a program that is a script."""
    return [PYTHON, "-I", "-S", "-c", script, *arguments]


def shell(script, *arguments):
    return ["/bin/sh", "-c", script, "sh", *arguments]


class Running:
    """A hardrun that was started, with its streams as pipes."""

    def __init__(self, place, process, name):
        self.place = place
        self.process = process
        self.pid = process.pid
        self.name = name

    def read_line(self):
        """One line of standard output: the usual sign that the program runs. Unbuffered."""
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
                raise AssertionError(f"hardrun is silent after {line!r}")
            byte = self.process.stdout.read(1)
            if not byte:
                break
            line += byte
        return line.decode()

    def state(self):
        return json.loads((self.place.root / "containers" / self.name / "state.json").read_text())

    def init(self):
        return self.state()["init"]

    def program(self):
        """The host's number of the program, which is the init's first child."""
        return children(self.init())[0]

    def finish(self, data=b""):
        """Close standard input after @data and wait. Returns what subprocess.run() does."""
        out, err = self.process.communicate(data, timeout=PATIENCE)
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, out, err)

    def wait(self):
        return self.process.wait(PATIENCE)

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)


class Place:
    """A temporary folder with a state root. Use as a context."""

    def __init__(self):
        adopt_orphans()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hardrun-test."))
        self.folder.chmod(0o755)
        self.root = self.folder / "state"
        self.count = 0
        self.running = []
        self.mounts = read("/proc/self/mountinfo")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        for running in self.running:
            if running.process.poll() is None:
                running.kill()
                running.wait()
            for stream in (running.process.stdin, running.process.stdout, running.process.stderr):
                if stream:
                    with contextlib.suppress(OSError):
                        stream.close()
        lingering()
        if not self.is_clean():
            self.sweep()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_name(self):
        self.count += 1
        return f"t{os.getpid()}-{self.count}"

    def write(self, spec, name=None):
        """Write @spec (an object, or text as it is) to a file; returns its path."""
        path = self.folder / f"{name or self.new_name()}.json"
        if isinstance(spec, bytes):
            path.write_bytes(spec)
        else:
            path.write_text(spec if isinstance(spec, str) else json.dumps(spec))
        path.chmod(0o644)
        return path

    def make_folder(self, name, mode=0o777):
        path = self.folder / name
        path.mkdir()
        path.chmod(mode)
        return path

    def command(self, path, *options, arguments=()):
        line = [HARDRUN, "--root", str(self.root), str(path), *map(str, options)]
        return line + (["--", *arguments] if arguments else [])

    def run(self, spec, *options, fit=True, arguments=(), **more):
        """
        Run @spec to its end. With @fit it is relaxed by what the host lacks. Output is bytes
        unless text=True.
        """
        if isinstance(spec, dict):
            spec = self.write(fitting(spec) if fit else spec)
        if "stdin" not in more and "input" not in more:
            more["stdin"] = subprocess.DEVNULL
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", subprocess.PIPE)
        return subprocess.run(self.command(spec, *options, arguments=arguments),
                              timeout=PATIENCE, check=False, **more)

    def start(self, spec, *options, fit=True, **more):
        """Start @spec, and return while it runs."""
        path = self.write(fitting(spec) if fit else spec)
        more.setdefault("stdin", subprocess.PIPE)
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", subprocess.PIPE)
        # Closed by close().
        process = subprocess.Popen(self.command(path, *options), bufsize=0, **more)
        running = Running(self, process, spec.get("name", path.stem))
        self.running.append(running)
        return running

    def sweep(self):
        """The next command on this state root."""
        return self.run({"args": ["/usr/bin/true"]})

    def cgroups(self):
        """What containers of this test's process have as cgroups."""
        mark = f"hardrun-t{os.getpid()}-"
        found = []
        for folder in [own_cgroup(), *own_cgroup().parents]:
            if (folder / "cgroup.controllers").exists():
                found += [str(entry) for entry in folder.iterdir()
                          if entry.name.startswith(mark)]
        return sorted(found)

    def is_clean(self):
        return not self.leftovers(patience=0)

    def leftovers(self, patience=PATIENCE):
        """A line for each thing that is there and should have gone; [] is the good answer."""
        spared = [running.pid for running in self.running if running.process.poll() is None]
        found = lingering(spared, patience) if patience else []
        for name in ("slots", "containers"):
            folder = self.root / name
            if folder.is_dir():
                found += [f"{name}/{entry}" for entry in os.listdir(folder)]
        if self.root.is_dir():
            found += [entry for entry in os.listdir(self.root)
                      if entry not in ("slots", "containers", "registry", "cache")]
        found += [f"cgroup {path}" for path in self.cgroups()]
        # Only root could have made one, and an ordinary user's tests see those of others.
        if is_root() and read("/proc/self/mountinfo") != self.mounts:
            found.append("a mount of the host")
        return found


class HardrunTest(unittest.TestCase):
    """Each test has a place of its own; it must be clean at the test's end."""

    def setUp(self):
        self.place = Place()
        self.addCleanup(self.place.close)

    def leave_nothing(self, place=None):
        self.assertEqual((place or self.place).leftovers(), [])

    def run_well(self, spec, *options, **more):
        """Run a spec whose program ends with 0."""
        result = self.place.run(spec, *options, **more)
        self.assertEqual(result.returncode, 0, (result.stdout, result.stderr))
        return result

    def assert_refusal(self, result, status=FAILED):
        """One error of hardrun's own: a line "hardrun: ...", then at, stage and hint at most."""
        self.assertEqual(result.returncode, status, result.stderr)
        text = result.stderr.decode() if isinstance(result.stderr, bytes) else result.stderr
        lines = text.splitlines()
        self.assertTrue(lines and lines[0].startswith("hardrun: "), text)
        self.assertGreater(len(lines[0]), len("hardrun: "), text)
        heads = [line.split(":")[0] for line in lines[1:]]
        order = ["  at", "  stage", "  hint"]
        self.assertEqual(heads, [head for head in order if head in heads], text)
        return text


# The probe: all that a program sees ----------------------------------------------------------


def probe_args(wishes=None):
    return python(PROBE.read_text(encoding="utf-8"), json.dumps(wishes or {}))


def probe(place, spec=None, wishes=None, **more):
    """Run the probe under @spec; returns its facts."""
    result = place.run({**(spec or {}), "args": probe_args(wishes)}, **more)
    if result.returncode != 0:
        raise AssertionError(f"the probe ended with {result.returncode}: "
                             f"{result.stderr.decode(errors='replace')}")
    return json.loads(result.stdout)


def query_device_programs(folder):
    """How many eBPF programs decide on devices for the cgroup @folder."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # union bpf_attr, "query": target_fd, attach_type, query_flags, attach_flags, prog_ids,
        # prog_cnt. Source: <linux/bpf.h>.
        ids = (ctypes.c_uint32 * 16)()
        attribute = (ctypes.c_uint32 * 32)()
        attribute[0] = fd
        attribute[1] = BPF_CGROUP_DEVICE
        ctypes.cast(ctypes.byref(attribute, 16),
                    ctypes.POINTER(ctypes.c_uint64))[0] = ctypes.addressof(ids)
        attribute[6] = len(ids)
        syscall(BPF, BPF_PROG_QUERY, ctypes.addressof(attribute), ctypes.sizeof(attribute))
        return attribute[6]
    finally:
        os.close(fd)


# As an ordinary user -------------------------------------------------------------------------

STAND_IN = "daemon"
STAND_IN_IDS = "200000:65536"

# Its range of ids is given to it where the host does not see it.
BECOME = """
set -e
folder=$(mktemp -d)
mount -t tmpfs -o mode=0755 tmpfs "$folder"
echo "$1" > "$folder/ids"
touch /etc/subuid /etc/subgid 2>/dev/null || :
mount --bind "$folder/ids" /etc/subuid
mount --bind "$folder/ids" /etc/subgid
umount -l "$folder"
rmdir "$folder"
user=$2
shift 2
exec setpriv --reuid="$user" --regid="$user" --clear-groups -- env -u XDG_RUNTIME_DIR HOME=/tmp \\
    USER="$user" "$@"
"""


def become_ordinary():
    """
    Begin this script anew as an ordinary user, if it is root's; an ordinary user stays. Returns
    only when there is nothing to do.
    """
    if not is_root() or "TEST_IS_ORDINARY" in os.environ:
        return
    os.environ["TEST_IS_ORDINARY"] = "1"
    script = os.path.abspath(sys.argv[0])
    command = ["unshare", "-m", "--propagation", "private", "sh", "-c", BECOME, "sh",
               f"{STAND_IN}:{STAND_IN_IDS}", STAND_IN]
    sees = subprocess.run([*command, "sh", "-c", 'test -r "$1" && test -x "$2"', "sh", script,
                           HARDRUN], check=False)
    if sees.returncode != 0:
        print("1..0 # SKIP an ordinary user can have no ids here, or may not see these files")
        sys.exit(0)
    os.execvp(command[0], [*command, PYTHON, script, *sys.argv[1:]])


# TAP -----------------------------------------------------------------------------------------


class TapResult(unittest.TestResult):
    """Prints a line for each test as it ends. Source: TAP version 13."""

    def __init__(self, out):
        super().__init__()
        self.out = out
        self.number = 0
        self.notes = []
        self.verdict = None

    def say(self, line):
        print(line, file=self.out, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.notes = []
        self.verdict = ("ok", "")

    def note_failure(self, error, label=""):
        self.verdict = ("not ok", "")
        if label:
            self.notes.append(label)
        self.notes += "".join(traceback.format_exception(*error)).splitlines()

    def addError(self, test, err):
        super().addError(test, err)
        if self.verdict is None:
            self.print_verdict(str(getattr(test, "description", test)), err)
        else:
            self.note_failure(err)

    def print_verdict(self, name, err):
        """Of what failed outside a test: setUpClass, tearDownClass."""
        self.number += 1
        self.say(f"not ok {self.number} - {name}")
        for line in "".join(traceback.format_exception(*err)).splitlines():
            self.say("# " + line)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note_failure(err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note_failure(err, subtest.id())

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if self.verdict is None:
            self.number += 1
            self.say(f"ok {self.number} - {test} # SKIP {reason}")
        elif self.verdict[0] == "ok":
            self.verdict = ("ok", f" # SKIP {reason}")

    def stopTest(self, test):
        super().stopTest(test)
        self.number += 1
        name = ".".join(test.id().split(".")[-2:])
        self.say(f"{self.verdict[0]} {self.number} - {name}{self.verdict[1]}")
        for line in self.notes:
            self.say("# " + line)
        self.verdict = None


def select_tests(suite, words):
    """The tests whose id has one of @words in it; all without words."""
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from select_tests(item, words)
        elif not words or any(word in item.id() for word in words):
            yield item


def unshare_mounts():
    """
    From here on the tests have a mount namespace of their own: the host hears nothing of their
    mounts, and they nothing of what others mount at the same time.
    """
    if LIBC.unshare(CLONE_NEWNS) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def main():
    """
    Run the tests of the calling script; its arguments are parts of their names. With
    TEST_AS_USER in the environment they are an ordinary user's.
    """
    if "TEST_AS_USER" in os.environ:
        become_ordinary()
    if is_root():
        unshare_mounts()
    loaded = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    suite = unittest.TestSuite(select_tests(loaded, sys.argv[1:]))
    result = TapResult(sys.stdout)
    suite.run(result)
    print(f"1..{result.number}", flush=True)
    sys.exit(0 if result.wasSuccessful() else 1)
