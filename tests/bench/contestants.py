# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs that the bench compares, each told to make the same container in its own language.

What a tool cannot be told is in its `left_out`: the comparison favours it by that much.
"""

import base64
import json
import os
import platform
import shutil
import subprocess

OUTER_ID = 524288
ID_COUNT = 65536
INNER_ID = 65532

HOST_BINDS = [
    path for path in
    ("/usr", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl/certs", "/etc/alternatives")
    if os.path.exists(path)
]
ROOT_LINKS = {"bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64", "sbin": "usr/sbin"}
ROOT_FILES = {
    "etc/passwd": "root:x:0:0:root:/:/usr/sbin/nologin\nuser:x:65532:65532:user:/:/bin/false\n",
    "etc/group": "root:x:0:\nuser:x:65532:\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "etc/hostname": "bench\n",
    "etc/resolv.conf": "",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
MOUNT_POINTS = ["dev", "proc", "run", "sys", "tmp", "usr", "etc/ssl/certs", "etc/alternatives"]
MASKED_PATHS = [
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
    "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
    "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
]
READ_ONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
DEVICES = ["null", "zero", "full", "random", "urandom", "tty"]
LIMITS = {
    "memory": {"limit": 536870912, "swap": 536870912},
    "cpu": {"quota": 100000, "period": 100000},
    "pids": {"limit": 100},
}
SOCKET_CALLS = {"socket", "socketpair"}
CAP_SYS_RESOURCE = 24
# The least that our own spec must relax on a host that lacks a control.
LIMIT_CONTROLLERS = {"memory": ["memory", "swap"], "cpu": ["cpus"], "pids": ["pids"]}


class Host:
    """What all contestants share: directories, the cgroup, the seccomp profile."""

    def __init__(self, work, cgroup, profile, filter_file):
        self.work = work
        self.cgroup = cgroup  # a directory of cgroup v2 for the contestants' own; None: none
        self.profile = profile  # text of a profile in Docker's form; None: none
        self.filter_file = filter_file  # the same profile compiled; None: none

    def controllers(self):
        if self.cgroup is None:
            return []
        with open(os.path.join(self.cgroup, "cgroup.subtree_control"), encoding="ascii") as file:
            return file.read().split()

    def has_apparmor(self):
        return os.path.isdir("/sys/kernel/security/apparmor")

    def may_raise_limits(self):
        """Has root CAP_SYS_RESOURCE? In some virtual machines it has not."""
        with open("/proc/self/status", encoding="ascii") as file:
            effective = [line.split()[1] for line in file if line.startswith("CapEff:")]
        return bool(int(effective[0], 16) >> CAP_SYS_RESOURCE & 1)


class Contestant:
    name = ""

    def __init__(self, host, program):
        self.host = host
        self.program = program  # path of the contestant itself
        self.left_out = []

    def command(self, arguments, number):
        """The command line that runs @arguments in container @number, in the foreground."""
        raise NotImplementedError

    def descriptors(self):
        """Files to be passed, by descriptor number."""
        return {}

    def launched(self):
        """Learn from the first launch, which did not count."""

    def directory(self, name):
        path = os.path.join(self.host.work, self.name, name)
        os.makedirs(path, exist_ok=True)
        return path


class Program(Contestant):
    """The program by itself: what everybody pays."""

    name = "program"

    def command(self, arguments, number):
        return arguments


class Floor(Contestant):
    name = "floor"

    def __init__(self, host, program):
        super().__init__(host, program)
        if host.filter_file is None:
            self.left_out.append("seccomp: no compiled filter was given (--filter)")

    def command(self, arguments, number):
        return [self.program, self.host.filter_file or "-", self.host.cgroup or "-"] + arguments


class Hardrun(Contestant):
    name = "hardrun"

    def __init__(self, host, program, spec=None):
        super().__init__(host, program)
        self.spec = spec  # a file to be used as it is, instead of ours
        if spec is None:
            self.relax = self._needed_relaxations()

    def _needed_relaxations(self):
        relax = {}
        if not self.host.has_apparmor():
            relax["apparmor-off"] = {"reason": "this host's kernel runs without AppArmor"}
        present = self.host.controllers()
        limits = [
            limit for controller, limits in LIMIT_CONTROLLERS.items()
            for limit in limits if controller not in present
        ]
        if limits:
            relax["no-limits"] = {
                "limits": limits,
                "reason": "this host's cgroup v2 lacks the controllers of these limits",
            }
        self.left_out += ["relax " + name for name in relax]
        return relax

    def command(self, arguments, number):
        if self.spec is not None:
            return [self.program, self.spec, "--"] + arguments
        path = os.path.join(self.directory("specs"), "bench-%d.json" % number)
        write_file(path, json.dumps({"args": arguments, "relax": self.relax}))
        return [self.program, path]


class OciRuntime(Contestant):
    """A runtime that is given a bundle."""

    def __init__(self, host, program):
        super().__init__(host, program)
        self.left_out += [
            "id-mapped binds", "time namespace", "Landlock", "user.max_user_namespaces",
            "an init beside the program",
        ]
        if host.profile is None:
            self.left_out.append("seccomp: no profile was given (--profile)")
        self.left_out += [
            "limit of " + name for name in LIMITS if name not in host.controllers()
        ]

    def command(self, arguments, number):
        return self.verb("run", arguments, number)

    def verb(self, verb, arguments, number, *options):
        """The command line of a verb that takes a bundle: one for @arguments."""
        return self.base() + [verb, *options, "--bundle", self.bundle(arguments, number),
                              self.container(number)]

    def base(self):
        return [self.program, "--root", self.directory("state")]

    def container(self, number):
        return "bench-%s-%d-%d" % (self.name, os.getpid(), number)

    def bundle(self, arguments, number):
        path = self.directory("bundle-%d" % number)
        make_root(os.path.join(path, "rootfs"))
        config = oci_config(self.host, arguments, self.container(number))
        self.adapt(config)
        write_file(os.path.join(path, "config.json"), json.dumps(config))
        return path

    def adapt(self, config):
        """Change @config where this runtime differs from the specification."""


class HardrunOci(OciRuntime):
    """Hardrun with a bundle: all that it is spared is what crun is spared, too."""

    name = "hardrun"

    def __init__(self, host, program):
        super().__init__(host, program)
        if not host.may_raise_limits():
            self.left_out.append("device filter (as crun)")

    def adapt(self, config):
        if not self.host.may_raise_limits():
            del config["linux"]["resources"]["devices"]


class Crun(OciRuntime):
    """Its cache of compiled filters is warm; a package without one is given our filter instead."""

    name = "crun"

    def __init__(self, host, program):
        super().__init__(host, program)
        self.lacks_cache = False
        if not host.may_raise_limits():
            self.left_out.append("device filter (it wants CAP_SYS_RESOURCE)")

    def launched(self):
        cache = os.path.join(self.directory("state"), ".cache/seccomp")
        self.lacks_cache = not os.path.isdir(cache) or not os.listdir(cache)
        if self.lacks_cache and self.host.filter_file is not None:
            self.left_out.append("compiling the filter (no cache in this package: given ours)")

    def adapt(self, config):
        if not self.host.may_raise_limits():
            del config["linux"]["resources"]["devices"]
        if self.lacks_cache and self.host.filter_file is not None:
            with open(self.host.filter_file, "rb") as file:
                text = base64.b64encode(file.read()).decode("ascii")
            config["annotations"] = {"run.oci.seccomp_bpf_data": text}
            config["linux"].pop("seccomp", None)


class Runc(OciRuntime):
    name = "runc"


class Bwrap(Contestant):
    name = "bwrap"

    def __init__(self, host, program):
        super().__init__(host, program)
        self.left_out += [
            "a range of ids (one id is mapped)", "time namespace", "Landlock", "masked paths",
            "sysfs and cgroup2", "limits and device filter", "sizes of tmpfs", "session keyring",
            "state",
        ]
        if host.filter_file is None:
            self.left_out.append("seccomp: no compiled filter was given (--filter)")

    def command(self, arguments, number):
        command = [self.program, "--unshare-all", "--uid", str(INNER_ID), "--gid", str(INNER_ID)]
        for path in HOST_BINDS:
            command += ["--ro-bind", path, path]
        for name, target in ROOT_LINKS.items():
            command += ["--symlink", target, "/" + name]
        command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run"]
        command += ["--tmpfs", "/dev/shm", "--hostname", "bench", "--clearenv", "--new-session"]
        command += ["--die-with-parent", "--cap-drop", "ALL"]
        if self.host.filter_file is not None:
            command += ["--seccomp", "9"]
        return command + ["--remount-ro", "/"] + arguments

    def descriptors(self):
        return {} if self.host.filter_file is None else {9: self.host.filter_file}


def write_file(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make_root(root):
    """The directory that stands for the root tmpfs of our own launches."""
    if os.path.exists(root):
        return
    for name in MOUNT_POINTS:
        os.makedirs(os.path.join(root, name))
    for name, target in ROOT_LINKS.items():
        os.symlink(target, os.path.join(root, name))
    for name, text in ROOT_FILES.items():
        write_file(os.path.join(root, name), text)
    for name in ("etc/ld.so.cache", "etc/localtime"):
        write_file(os.path.join(root, name), "")
    for directory, names, files in os.walk(root):
        for name in [""] + names + files:
            os.lchown(os.path.join(directory, name), OUTER_ID, OUTER_ID)


def oci_mounts():
    data = ["nosuid", "nodev", "noexec"]
    mounts = [
        ("/proc", "proc", "proc", data),
        ("/sys", "sysfs", "sysfs", data + ["ro"]),
        ("/sys/fs/cgroup", "cgroup", "cgroup", data + ["ro"]),
        ("/dev", "tmpfs", "tmpfs", ["nosuid", "noexec", "mode=755", "size=64k"]),
        ("/dev/pts", "devpts", "devpts",
         ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        ("/dev/shm", "tmpfs", "shm", data + ["mode=1777", "size=64m"]),
        ("/tmp", "tmpfs", "tmpfs", data + ["mode=1777", "size=64m"]),
        ("/run", "tmpfs", "tmpfs", data + ["mode=755", "size=16m"]),
    ] + [(path, "bind", path, ["rbind", "ro", "nosuid", "nodev"]) for path in HOST_BINDS]
    return [
        {"destination": destination, "type": kind, "source": source, "options": options}
        for destination, kind, source, options in mounts
    ]


def oci_devices():
    character = [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2), (136, None)]
    allowed = []
    for major, minor in character:
        rule = {"allow": True, "type": "c", "major": major, "access": "rwm"}
        if minor is not None:
            rule["minor"] = minor
        allowed.append(rule)
    return [{"allow": False, "access": "rwm"}] + allowed


def oci_resources(host):
    resources = {name: limit for name, limit in LIMITS.items() if name in host.controllers()}
    resources["devices"] = oci_devices()
    return resources


def oci_config(host, arguments, container):
    ids = [{"containerID": 0, "hostID": OUTER_ID, "size": ID_COUNT}]
    config = {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": INNER_ID, "gid": INNER_ID, "umask": 0o27},
            "args": arguments,
            "env": ["PATH=/usr/bin:/bin"],
            "cwd": "/",
            "capabilities": {
                name: []
                for name in ("bounding", "effective", "inheritable", "permitted", "ambient")
            },
            "rlimits": [
                {"type": "RLIMIT_CORE", "soft": 0, "hard": 0},
                {"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 1024},
            ],
            "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "bench",
        "mounts": oci_mounts(),
        "linux": {
            "uidMappings": ids,
            "gidMappings": ids,
            "namespaces": [
                {"type": kind}
                for kind in ("user", "mount", "pid", "network", "ipc", "uts", "cgroup")
            ],
            "maskedPaths": MASKED_PATHS,
            "readonlyPaths": READ_ONLY_PATHS,
            "resources": oci_resources(host),
        },
    }
    if host.cgroup is not None:
        parent = os.path.relpath(host.cgroup, "/sys/fs/cgroup")
        config["linux"]["cgroupsPath"] = "/" + os.path.join(parent, container)
    if host.profile is not None:
        config["linux"]["seccomp"] = oci_seccomp(json.loads(host.profile))
    return config


def oci_seccomp(profile):
    """Docker's form of a profile as the OCI's: its conditions judged for no capabilities."""
    machine = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}[platform.machine()]
    architectures = [machine] + [
        name for entry in profile.get("archMap", []) if entry["architecture"] == machine
        for name in entry.get("subArchitectures", [])
    ]
    seccomp = {
        "defaultAction": profile["defaultAction"],
        "architectures": architectures,
        "syscalls": [
            {key: rule[key] for key in ("names", "action", "errnoRet", "args") if key in rule}
            for rule in profile["syscalls"] if rule_applies(rule)
        ],
    }
    if "defaultErrnoRet" in profile:
        seccomp["defaultErrnoRet"] = profile["defaultErrnoRet"]
    return seccomp


def rule_applies(rule):
    # Behind the 32-bit socketcall, libseccomp sees no family, so that an allowed and a denied one
    # contradict each other. Without these rules the default action denies.
    if rule["action"] != "SCMP_ACT_ALLOW" and "args" in rule and set(rule["names"]) <= SOCKET_CALLS:
        return False
    includes = rule.get("includes", {})
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    if "arches" in includes and machine not in includes["arches"]:
        return False
    if "minKernel" in includes:
        needed = tuple(int(number) for number in includes["minKernel"].split("."))
        present = tuple(int(number) for number in platform.release().split("-")[0].split(".")[:2])
        if present < needed:
            return False
    if includes.get("caps"):
        return False
    return machine not in rule.get("excludes", {}).get("arches", [])


def version_of(program):
    """The first line of `program --version`, or its absence."""
    result = subprocess.run([program, "--version"], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False)
    return result.stdout.splitlines()[0] if result.returncode == 0 and result.stdout else "?"


def find_program(given, name):
    """The path of a contestant: as the user gave it, or from the PATH; None if there is none."""
    return shutil.which(given if given is not None else name)
