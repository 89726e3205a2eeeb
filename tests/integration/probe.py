# SPDX-License-Identifier: LGPL-2.1-or-later
"""All that a program sees of its sandbox, as one line of JSON on standard output.

It is run inside by `python3 -c` with this text, and so needs no mount. Each fact has a name,
"topic:detail", and a value that is the same in every launch of one spec, but for the inodes of
the namespaces. The first argument is a JSON object of wishes:

  write, execute, read, look: [PATH...]  more places to try
  abstract: NAME                         an abstract socket to connect to
  wait: true                             stay until standard input is closed
"""
import ctypes
import errno
import fcntl
import json
import os
import platform
import resource
import socket
import stat
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
facts = {}
wishes = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}

MASKED = (
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
    "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
    "/proc/timer_stats", "/sys/devices/system/cpu/cpu0/thermal_throttle",
    "/sys/devices/virtual/powercap", "/sys/firmware",
)

# The numbers of x86-64 and of aarch64; one where both have the same.
NUMBERS = {
    "acct": (163, 89), "add_key": (248, 217), "bpf": (321, 280), "cachestat": 451,
    "chroot": (161, 51), "clock_settime": (227, 112), "clone": (56, 220), "clone3": 435,
    "delete_module": (176, 106), "fanotify_init": (300, 262), "finit_module": (313, 273),
    "fsconfig": 431, "fsmount": 432, "fsopen": 430, "fspick": 433, "get_mempolicy": (239, 236),
    "getpid": (39, 172), "init_module": (175, 105), "io_uring_setup": 425,
    "ioctl": (16, 29), "kcmp": (312, 272), "kexec_load": (246, 104), "keyctl": (250, 219),
    "landlock_create_ruleset": 444, "landlock_restrict_self": 446, "mbind": (237, 235),
    "mknodat": (259, 33), "mount": (165, 40), "mount_setattr": 442, "move_mount": 429,
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "open_tree": 428,
    "perf_event_open": (298, 241), "personality": (135, 92), "pidfd_getfd": 438,
    "pivot_root": (155, 41), "process_vm_readv": (310, 270), "ptrace": (101, 117),
    "quotactl_fd": 443, "reboot": (169, 142), "request_key": (249, 218),
    "setdomainname": (171, 162), "sethostname": (170, 161), "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapon": (167, 224), "syslog": (103, 116), "umount2": (166, 39), "unshare": (272, 97),
    "userfaultfd": (323, 282), "vhangup": (153, 58),
}
IS_X86 = platform.machine() == "x86_64"

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
SIGCHLD = 17
TIOCSTI, TIOCLINUX = 0x5412, 0x541C


def syscall(name, *arguments):
    number = NUMBERS[name]
    if isinstance(number, tuple):
        number = number[0 if IS_X86 else 1]
    result = libc.syscall(ctypes.c_long(number), *(
        ctypes.c_char_p(a) if isinstance(a, bytes) else ctypes.c_ulong(a) for a in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def outcome(action, *arguments):
    """ "ok", or the name of the errno."""
    try:
        action(*arguments)
        return "ok"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))


def in_child(action):
    """What @action returns as text, in a process of its own; "died" when it did not return."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writer, str(action()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    os.waitpid(pid, 0)
    return text or "died"


def text_of(path, size=1 << 20):
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, size).decode(errors="replace")
    finally:
        os.close(fd)


def text_or_errno(path):
    try:
        return text_of(path).rstrip("\n")
    except OSError as error:
        return errno.errorcode[error.errno]


def look_at_user():
    facts["user:uids"] = list(os.getresuid())
    facts["user:gids"] = list(os.getresgid())
    facts["user:groups"] = sorted(os.getgroups())
    facts["user:become-root"] = in_child(lambda: outcome(os.setuid, 0 if os.getuid() else 1))
    for line in text_of("/proc/self/status").splitlines():
        name, _, value = line.partition(":")
        if name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp",
                    "Seccomp_filters", "SigIgn", "SigBlk"):
            facts["status:" + name] = value.strip()
    facts["user:securebits"] = libc.prctl(27, 0, 0, 0, 0)
    facts["user:dumpable"] = libc.prctl(3, 0, 0, 0, 0)
    facts["user:label"] = text_or_errno("/proc/self/attr/current")
    facts["user:uid-map-size"] = sum(int(line.split()[2]) for line in
                                     text_of("/proc/self/uid_map").splitlines())


def look_at_namespaces():
    for name in ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"):
        facts["namespace:" + name] = os.readlink("/proc/self/ns/" + name)
    facts["name:host"] = os.uname().nodename
    facts["name:domain"] = text_or_errno("/proc/sys/kernel/domainname")


def look_at_mounts():
    for line in text_of("/proc/self/mountinfo").splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        flags = sorted(set(fields[5].split(",")) - {"relatime", "noatime", "nodiratime"})
        facts["mount:" + fields[4]] = right.split()[0] + " " + ",".join(flags)
        if fields[6:]:
            facts["propagation:" + fields[4]] = fields[6:]
    for path in ["/tmp", "/run", "/dev/shm", "/dev", *wishes.get("look", [])]:
        if os.path.isdir(path):
            status = os.statvfs(path)
            facts["size:" + path] = status.f_blocks * status.f_frsize
            facts["inodes:" + path] = status.f_files


def try_to_write(path):
    name = os.path.join(path, ".written")
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    facts["created-mode:" + path] = oct(os.stat(name).st_mode)
    os.unlink(name)


def try_to_execute(path):
    name = os.path.join(path, ".executed")
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700)
    os.write(fd, b"#!/bin/sh\n")
    os.fchmod(fd, 0o700)
    os.close(fd)
    try:
        os.waitpid(os.posix_spawn(name, [name], {}), 0)
    finally:
        os.unlink(name)


def move_between_folders():
    for name in ("/tmp/.from", "/tmp/.to"):
        os.mkdir(name)
    os.close(os.open("/tmp/.from/file", os.O_WRONLY | os.O_CREAT, 0o600))
    try:
        os.rename("/tmp/.from/file", "/tmp/.to/file")
    finally:
        for name in ("/tmp/.from", "/tmp/.to"):
            for file in os.listdir(name):
                os.unlink(name + "/" + file)
            os.rmdir(name)


def open_for_writing(path):
    os.close(os.open(path, os.O_WRONLY))


def look_at_files():
    for path in ["/", "/etc", "/usr", "/usr/bin", "/proc", "/sys", "/sys/fs/cgroup", "/dev",
                 "/dev/pts", "/tmp", "/run", "/dev/shm", "/run/secrets", *wishes.get("write", [])]:
        facts["write:" + path] = outcome(try_to_write, path)
    for path in ["/etc/passwd", "/proc/sys/kernel/hostname", "/proc/sys/net/core/somaxconn",
                 "/proc/sysrq-trigger", "/proc/self/uid_map", "/proc/1/oom_score_adj",
                 "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory.max"]:
        facts["open-to-write:" + path] = outcome(open_for_writing, path)
    for path in ["/tmp", "/run", "/dev/shm", *wishes.get("execute", [])]:
        facts["execute:" + path] = outcome(try_to_execute, path)
    facts["move:/tmp"] = outcome(move_between_folders)
    for path in ["/etc/group", "/etc/hostname", "/etc/hosts", "/etc/nsswitch.conf",
                 "/etc/passwd", "/etc/resolv.conf", "/etc/shadow", *wishes.get("read", [])]:
        facts["read:" + path] = text_or_errno(path)
    for path in ["/", "/etc", "/dev", "/run", "/tmp", "/home", "/root", "/var", "/srv", "/boot",
                 "/mnt", "/media", "/opt", *wishes.get("look", [])]:
        try:
            facts["list:" + path] = sorted(os.listdir(path))
        except OSError as error:
            facts["list:" + path] = errno.errorcode[error.errno]


def look_at_mask(path):
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            return "empty directory" if not os.listdir(path) else "content"
        return "empty file" if not text_of(path, 64) else "content"
    except OSError as error:
        return errno.errorcode[error.errno]


def make_device(kind, number):
    os.mknod("/tmp/.node", kind | 0o600, number)
    os.unlink("/tmp/.node")


def look_at_devices():
    for name in os.listdir("/dev"):
        path = "/dev/" + name
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            facts["device:" + name] = "link to " + os.readlink(path)
        elif stat.S_ISDIR(status.st_mode):
            facts["device:" + name] = "directory"
        else:
            facts["device:" + name] = "%s %d:%d" % (
                "character" if stat.S_ISCHR(status.st_mode) else "block",
                os.major(status.st_rdev), os.minor(status.st_rdev))
    for name in ("null", "zero", "full", "random", "urandom", "ptmx", "tty"):
        def use(path="/dev/" + name):
            fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
            os.close(fd)
        facts["use:/dev/" + name] = outcome(use)
    facts["make-device:character"] = outcome(make_device, stat.S_IFCHR, os.makedev(1, 3))
    facts["make-device:block"] = outcome(make_device, stat.S_IFBLK, os.makedev(7, 0))
    # Of overlayfs; the kernel lets everyone make one.
    facts["make-device:whiteout"] = outcome(make_device, stat.S_IFCHR, 0)


def connect_to_self():
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


def bind_low_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 80))


def connect_outside():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("192.0.2.1", 9))


def connect_abstract():
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + wishes["abstract"])


def look_at_network():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for _, name in socket.if_nameindex():
            answer = fcntl.ioctl(control, 0x8913, struct.pack("16s24x", name.encode()))
            facts["network:" + name] = "up" if struct.unpack_from("16sh", answer)[1] & 1 else "down"
    facts["network-routes"] = len(text_of("/proc/net/route").splitlines()) - 1
    facts["network-loopback"] = outcome(connect_to_self)
    facts["network-outside"] = outcome(connect_outside)
    facts["network-low-port"] = outcome(bind_low_port)
    if "abstract" in wishes:
        facts["network-abstract"] = outcome(connect_abstract)


def open_descriptors():
    """But for the one that reads the directory."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            os.fstat(int(name))
            found.append(int(name))
        except OSError:
            pass
    return sorted(found)


def look_at_process():
    fields = text_of("/proc/self/stat").rpartition(")")[2].split()
    facts["process:pid"] = os.getpid()
    facts["process:parent"] = os.getppid()
    facts["process:session"] = fields[3]
    facts["process:group"] = fields[2]
    facts["process:terminal"] = fields[4]
    facts["process:cwd"] = os.getcwd()
    facts["process:name"] = text_or_errno("/proc/self/comm")
    facts["process:oom-adjustment"] = text_or_errno("/proc/self/oom_score_adj")
    facts["process:others"] = sorted(int(name) for name in os.listdir("/proc")
                                     if name.isdigit() and int(name) != os.getpid())[:8]
    mask = os.umask(0)
    os.umask(mask)
    facts["process:umask"] = oct(mask)
    facts["process:descriptors"] = open_descriptors()
    for name, value in os.environ.items():
        facts["environment:" + name] = value
    for name in dir(resource):
        if name.startswith("RLIMIT_") and name != "RLIMIT_OFILE":
            facts["limit:" + name[7:].lower()] = list(resource.getrlimit(getattr(resource, name)))


def look_at_init():
    for name in ("exe", "root", "cwd"):
        facts["init:" + name] = outcome(os.readlink, "/proc/1/" + name)
    for name in ("environ", "maps", "mem", "auxv", "stack", "syscall"):
        facts["init:" + name] = outcome(text_of, "/proc/1/" + name, 64)
    facts["init:fd"] = outcome(os.listdir, "/proc/1/fd")
    facts["init:map_files"] = outcome(os.listdir, "/proc/1/map_files")
    facts["init:name"] = text_or_errno("/proc/1/comm")


def look_at_settings():
    for name in ("net.core.somaxconn", "kernel.shmmax", "user.max_user_namespaces",
                 "net.ipv4.ip_unprivileged_port_start"):
        facts["sysctl:" + name] = text_or_errno("/proc/sys/" + name.replace(".", "/"))


def look_at_calls():
    calls = {
        "acct": (0,), "add_key": (0, 0, 0, 0, 0), "bpf": (0, 0, 0), "cachestat": (2 ** 32, 0, 0, 0),
        "chroot": (b"/",), "clock_settime": (0, 0), "clone3": (0, 0),
        "delete_module": (b"none", 0), "fanotify_init": (0, 0), "finit_module": (2 ** 31, 0, 0),
        "fsconfig": (2 ** 31, 0, 0, 0, 0), "fsmount": (2 ** 31, 0, 0), "fsopen": (b"none", 0),
        "fspick": (2 ** 31, b"", 0), "get_mempolicy": (0, 0, 0, 0, 0), "init_module": (0, 0, 0),
        "io_uring_setup": (0, 0), "kcmp": (0, 0, 9, 0, 0), "kexec_load": (0, 0, 0, 1),
        "keyctl": (0, 2 ** 32 - 3, 0), "mbind": (0, 0, 0, 0, 0, 0), "mount": (0, 0, 0, 0, 0),
        "mount_setattr": (2 ** 31, b"", 0, 0, 0), "move_mount": (2 ** 31, b"", 2 ** 31, b"", 0),
        "name_to_handle_at": (2 ** 31, b"", 0, 0, 0), "open_by_handle_at": (2 ** 31, 0, 0),
        "open_tree": (2 ** 31, b"", 0), "perf_event_open": (0, 0, 0, 0, 0),
        "personality": (0x0040000,), "pidfd_getfd": (2 ** 31, 0, 0), "pivot_root": (0, 0),
        "process_vm_readv": (0, 0, 0, 0, 0, 1), "ptrace": (16, 1, 0, 0),
        "quotactl_fd": (2 ** 31, 0, 0, 0), "reboot": (0, 0, 0, 0), "request_key": (0, 0, 0, 0),
        "setdomainname": (0, 2 ** 20), "sethostname": (0, 2 ** 20), "setns": (2 ** 31, 0),
        "settimeofday": (0, 0), "swapon": (0, 0), "syslog": (10, 0, 0), "umount2": (0, 0),
        "userfaultfd": (2 ** 20,), "vhangup": (),
    }
    for name, arguments in calls.items():
        facts["call:" + name] = in_child(lambda: outcome(syscall, name, *arguments))
    for name, flag in (("mount", CLONE_NEWNS), ("user", CLONE_NEWUSER), ("net", CLONE_NEWNET)):
        facts["call:unshare-" + name] = in_child(lambda: outcome(syscall, "unshare", flag))
    facts["call:clone-user"] = in_child(lambda: outcome(clone, CLONE_NEWUSER))
    facts["call:unknown"] = outcome(libc_call, 9999)
    for name, family, kind, protocol in (("alg", 38, 5, 0), ("vsock", 40, 1, 0),
                                         ("packet", 17, 3, 0), ("raw", 2, 3, 1),
                                         ("netlink-audit", 16, 3, 9), ("sctp", 2, 1, 132)):
        facts["call:socket-" + name] = outcome(open_socket, family, kind, protocol)
    for name, request in (("tiocsti", TIOCSTI), ("tiocsti-64", TIOCSTI + 2 ** 32),
                          ("tioclinux", TIOCLINUX)):
        facts["call:ioctl-" + name] = outcome(syscall, "ioctl", 0, request, b"x")
    facts["call:allowed"] = outcome(syscall, "getpid")


def open_socket(family, kind, protocol):
    socket.socket(family, kind, protocol).close()


def libc_call(number):
    if libc.syscall(ctypes.c_long(number)) < 0:
        raise OSError(ctypes.get_errno(), str(number))


def clone(flags):
    pid = syscall("clone", flags | SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def count_landlock_layers():
    """The kernel stacks 16 at most. Source: landlock(7), "Rule stacking"."""
    attribute = struct.pack("Q", 1)
    libc.prctl(38, 1, 0, 0, 0)
    room = 0
    try:
        fd = syscall("landlock_create_ruleset", attribute, len(attribute), 0)
        while room < 16:
            syscall("landlock_restrict_self", fd, 0)
            room += 1
    except OSError as error:
        if error.errno != errno.E2BIG:
            return errno.errorcode[error.errno]
    return 16 - room


def look_at_cgroup():
    facts["cgroup:self"] = text_or_errno("/proc/self/cgroup").splitlines()[-1]
    for name in ("memory.max", "memory.swap.max", "memory.oom.group", "cpu.max", "pids.max",
                 "io.weight"):
        facts["cgroup:" + name] = text_or_errno("/sys/fs/cgroup/" + name)


for look in (look_at_process, look_at_user, look_at_namespaces, look_at_mounts, look_at_files,
             look_at_devices, look_at_network, look_at_init, look_at_settings, look_at_cgroup):
    look()
for masked in MASKED:
    facts["mask:" + masked] = look_at_mask(masked)
facts["landlock:layers"] = in_child(count_landlock_layers)
look_at_calls()
print(json.dumps(facts), flush=True)
if wishes.get("wait"):
    sys.stdin.read()
