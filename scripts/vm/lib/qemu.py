# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests in QEMU: booted, or restored from a saved state.

With software emulation a boot takes many seconds, so a guest is booted once and
its memory saved (QMP stop, then mapped-ram migration to a file); every guest
after that starts from there. With KVM each guest boots.
"""
import base64
import fcntl
import hashlib
import json
import os
import shlex
import shutil
import socket
import subprocess
import time

from cache import CACHE, HERE, HarnessError, is_locked, lock, locked, new_guest, say
from guest import Guest, pack_job

QEMU = shlex.split(os.environ.get("HARDRUN_VM_QEMU", "qemu-system-x86_64"))
QEMU_IMG = shlex.split(os.environ.get("HARDRUN_VM_QEMU_IMG", "qemu-img"))
# For emulation, without what is slow to emulate: string instructions, a fifth
# page table level, and the second set of TLBs that SMAP and SMEP ask for.
CPU = {"tcg": "max,-la57,-erms,-fsrm,-smap,-smep,-umip,-pku", "kvm": "host"}
# No tomoyo and no IMA: they look at every exec. Expedited RCU makes unmount and
# namespace teardown quick on an emulated CPU. Audit records go to the kernel's log.
KERNEL_ARGS = ("console=ttyS0 quiet panic=-1 lsm=landlock,lockdown,yama,apparmor,bpf "
               "mitigations=off rcupdate.rcu_expedited=1 random.trust_cpu=1 "
               "tsc=reliable no_timer_check audit_backlog_limit=8192")
MAPPED_RAM = [{"capability": "mapped-ram", "state": True}]
KVM_BOOT_SECONDS = 20
# Brings services and the page cache into the state that tests start from.
WARM_UP = r"""
systemctl is-system-running --wait >/dev/null
systemctl --failed --no-legend
if command -v as-tester >/dev/null; then
    as-tester true || { echo 'the user tester has no cgroup'; exit 1; }
fi
if command -v docker >/dev/null; then
    n=0; until docker info >/dev/null 2>&1; do
        n=$((n + 1)); [ $n -lt 60 ] || { echo 'dockerd is not ready'; exit 1; }; sleep 1
    done
    [ ! -d /srv/busybox ] || {
        tar -C /srv/busybox -c . | docker import - busybox >/dev/null
        docker run --rm --network none busybox true
    }
fi
if command -v podman >/dev/null && [ -d /srv/busybox ]; then
    podman run --rm --network none --rootfs /srv/busybox true
fi
sync
"""


class Qmp:
    """QEMU's monitor, as far as saving and restoring need it."""

    def __init__(self, sock):
        sock.settimeout(120)
        self.file = sock.makefile("rw", encoding="utf-8")
        self.file.readline()
        self.call("qmp_capabilities")

    def call(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            line = self.file.readline()
            if not line:
                raise HarnessError("QEMU closed its monitor")
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise HarnessError(f"QMP {command}: {answer['error']['desc']}")

    def wait_migration(self, seconds=300):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status = self.call("query-migrate").get("status")
            if status == "completed":
                return
            if status in ("failed", "cancelled"):
                break
            time.sleep(0.02)
        raise HarnessError("saving or restoring the guest failed")

    def save(self, path):
        self.call("stop")
        self.call("migrate-set-capabilities", capabilities=MAPPED_RAM)
        self.call("migrate-set-parameters", **{"max-bandwidth": 0})
        self.call("migrate", uri="file:" + path)
        self.wait_migration()
        self.call("quit")

    def restore(self, path):
        self.call("migrate-set-capabilities", capabilities=MAPPED_RAM)
        self.call("migrate-incoming", uri="file:" + path)
        self.wait_migration()
        self.call("cont")


class Qemu(Guest):
    """A guest in QEMU. @source says what it is made of, @accel how it runs."""

    def __init__(self, directory, lock_fds, source, accel):
        super().__init__(directory)
        self.lock_fds, self.source, self.accel = lock_fds, source, accel
        self.qmp = None

    def start(self, disk, seed, state=None, stays=False):
        """Start from the disk image @disk; from the saved memory @state, if there is one."""
        self.make_fifos()
        self.overlay(disk)
        ours, theirs = socket.socketpair()
        with theirs:
            words = [] if stays else ["setpriv", "--pdeathsig", "KILL"]
            words += QEMU + self.machine_words(seed, theirs.fileno())
            words += ["-incoming", "defer"] if state else []
            with open(self.path("vmm.log"), "wb") as log:
                self.process = subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True, pass_fds=self.lock_fds + [theirs.fileno()])
        try:
            self.qmp = Qmp(ours)
            if state:
                self.qmp.restore(state)
        except (OSError, HarnessError) as error:
            raise HarnessError(f"QEMU did not start: {error}\n" + self.log_tail()) from None

    def overlay(self, disk):
        info = subprocess.run(QEMU_IMG + ["info", "-U", "--output=json", disk],
                              check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(QEMU_IMG + ["create", "-q", "-f", "qcow2", "-b", disk, "-F",
                                   json.loads(info)["format"], self.path("disk.qcow2")],
                       check=True)

    def machine_words(self, seed, qmp_fd):
        words = [
            "-name", "hardrun-test", "-machine", "q35", "-accel", self.accel,
            "-cpu", CPU[self.accel], "-smp", str(self.source.smp), "-m", str(self.source.mem),
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-drive", f"if=none,id=root,file={self.path('disk.qcow2')},format=qcow2,cache=unsafe",
            "-device", "virtio-blk-pci,drive=root",
            "-device", "virtio-rng-pci",
            "-device", "virtio-serial-pci",
            "-chardev", f"pipe,id=agent,path={self.path('agent')}",
            "-device", "virtserialport,chardev=agent,name=hardrun.agent",
            "-chardev", f"file,id=console,path={self.path('console.log')}",
            "-serial", "chardev:console",
            "-chardev", f"socket,id=qmp,fd={qmp_fd}",
            "-mon", "chardev=qmp,mode=control",
            "-nic", "user,model=virtio-net-pci" if self.source.net else "none",
        ]
        if seed:
            words += ["-drive", f"if=none,id=seed,file={seed},format=raw,readonly=on",
                      "-device", "virtio-blk-pci,drive=seed"]
        return words + self.source.kernel_words()


class BuiltImage:
    """What a guest of build-image's is made of."""

    def __init__(self, directory, args):
        self.directory = directory
        self.smp, self.mem, self.net = args.smp, args.mem, args.net
        self.provision = args.provision
        self.disk = os.path.join(directory, "root.ext4")

    def description(self):
        return ""

    def kernel_words(self):
        return ["-kernel", os.path.join(self.directory, "vmlinux"),
                "-initrd", os.path.join(self.directory, "initrd.cpio"),
                "-append", KERNEL_ARGS]

    def make_seed(self, _directory):
        return None


class CloudImage:
    """What a guest of somebody's cloud image is made of; cloud-init installs the agent."""

    def __init__(self, args):
        self.directory = os.path.join(CACHE, "cloud")
        self.smp, self.mem, self.net = args.smp, args.mem, args.net
        self.provision = args.provision
        self.disk = os.path.abspath(args.image)
        if not os.path.exists(self.disk):
            raise HarnessError(f"--image {args.image}: no such file")

    def description(self):
        stat = os.stat(self.disk)
        text = f"{self.disk} {stat.st_size} {stat.st_mtime_ns}"
        for name in ("agent", "hardrun-agent.service"):
            text += self.guest_file(name).decode()
        return text

    def kernel_words(self):
        return []

    @staticmethod
    def guest_file(name):
        with open(os.path.join(HERE, "guest", name), "rb") as file:
            return file.read()

    def make_seed(self, directory):
        """A NoCloud disk; QEMU presents a folder as a FAT disk, so no other tool is needed."""
        def entry(name, path, mode):
            return {"path": path, "permissions": mode, "encoding": "b64",
                    "content": base64.b64encode(self.guest_file(name)).decode()}

        config = {
            "write_files": [
                entry("agent", "/usr/local/libexec/hardrun-agent", "0755"),
                entry("hardrun-agent.service",
                      "/etc/systemd/system/hardrun-agent.service", "0644")],
            "runcmd": [["systemctl", "daemon-reload"],
                       ["systemctl", "enable", "--now", "hardrun-agent.service"]],
        }
        folder = os.path.join(directory, "seed")
        os.mkdir(folder)
        with open(os.path.join(folder, "user-data"), "w", encoding="utf-8") as file:
            file.write("#cloud-config\n" + json.dumps(config) + "\n")  # JSON is YAML
        with open(os.path.join(folder, "meta-data"), "w", encoding="utf-8") as file:
            file.write("instance-id: hardrun-test\nlocal-hostname: hardrun-vm\n")
        source = json.dumps({"driver": "vvfat", "dir": folder, "label": "CIDATA"})
        seed = os.path.join(directory, "seed.raw")
        subprocess.run(QEMU_IMG + ["convert", "-O", "raw", "json:" + source, seed], check=True)
        return seed


def qemu_version():
    try:
        return subprocess.run(QEMU + ["--version"], check=True, stdout=subprocess.PIPE,
                              text=True).stdout.split("\n", 1)[0]
    except (OSError, subprocess.CalledProcessError):
        raise HarnessError(f"{QEMU[0]} does not run: see {HERE}/deps") from None


def _boots_with_kvm(built):
    directory, fd = new_guest()
    guest = Qemu(directory, [fd], built, "kvm")
    try:
        guest.start(built.disk, None)
        guest.wait_ready(time.monotonic() + KVM_BOOT_SECONDS)
        return True
    except HarnessError:
        return False
    finally:
        guest.stop()
        shutil.rmtree(directory)
        os.close(fd)


def _cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return ""


def choose_accel(built):
    """kvm where a guest has really booted with it, else tcg. The verdict is kept."""
    wanted = os.environ.get("HARDRUN_VM_ACCEL", "auto")
    if wanted != "auto":
        if wanted not in CPU:
            raise HarnessError(f"HARDRUN_VM_ACCEL is {wanted}, not auto, tcg or kvm")
        return wanted
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    path = os.path.join(CACHE, "kvm.json")
    host = [os.uname().release, _cpu_model(), qemu_version()]
    with locked(os.path.join(CACHE, "kvm.lock")):
        try:
            with open(path, encoding="utf-8") as file:
                known = json.load(file)
        except (OSError, ValueError):
            known = {}
        if known.get("host") != host:
            say("trying whether a guest boots with KVM")
            known = {"host": host, "boots": _boots_with_kvm(built)}
            say("KVM works" if known["boots"] else "KVM does not work here: emulating")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(known, file)
    return "kvm" if known["boots"] else "tcg"


class Ready:
    """A guest that was booted, provisioned and saved: disk, seed and memory."""

    def __init__(self, source, accel):
        self.source, self.accel = source, accel
        key = [source.description(), qemu_version(), accel, CPU[accel], KERNEL_ARGS, WARM_UP,
               source.smp, source.mem, source.net]
        if source.provision:
            with open(source.provision, encoding="utf-8") as file:
                key.append(file.read())
        name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
        self.directory = os.path.join(source.directory, "ready", name)

    def path(self, name):
        return os.path.join(self.directory, name)

    def state(self):
        return self.path("memory") if self.accel == "tcg" else None

    def seed(self):
        return self.path("seed.raw") if os.path.exists(self.path("seed.raw")) else None

    def ensure(self, deadline, console=None):
        """Make it, unless it is there; of several that come at once, one does it.
        Owns: a shared lock, which keeps it."""
        path = self.directory + ".lock"
        while True:
            fd = lock(path, fcntl.LOCK_SH)
            if os.path.exists(self.path("disk.qcow2")):
                os.utime(self.directory)
                return fd
            os.close(fd)
            with locked(path):
                if not os.path.exists(self.path("disk.qcow2")):
                    self.make(deadline, console)
            self.prune()

    def make(self, deadline, console):
        say("booting a guest, to save it")
        work = self.directory + ".new"
        shutil.rmtree(work, ignore_errors=True)  # what a killed run left
        os.mkdir(work)
        directory, fd = new_guest()
        guest = Qemu(directory, [fd], self.source, self.accel)
        try:
            seed = self.source.make_seed(work)
            guest.start(self.source.disk, seed)
            guest.wait_ready(deadline)
            if self.source.provision:
                with open(self.source.provision, encoding="utf-8") as file:
                    if guest.job(pack_job(file.read(), []), None, deadline):
                        raise HarnessError("the provision script failed")
            if guest.job(pack_job(WARM_UP, []), None, deadline):
                raise HarnessError("the guest did not come up whole")
            if self.state():
                guest.qmp.save(os.path.join(work, "memory"))
            else:
                guest.job(pack_job("systemctl --no-block poweroff", []), None, deadline)
            guest.process.wait(max(1, deadline - time.monotonic()))
            os.rename(guest.path("disk.qcow2"), os.path.join(work, "disk.qcow2"))
            shutil.rmtree(os.path.join(work, "seed"), ignore_errors=True)
            os.rename(work, self.directory)
        finally:
            guest.stop()
            shutil.rmtree(work, ignore_errors=True)
            if console and os.path.exists(guest.path("console.log")):
                shutil.copy(guest.path("console.log"), console)
            shutil.rmtree(directory)
            os.close(fd)

    def prune(self):
        """Remove all saved guests but the four used last."""
        top = os.path.dirname(self.directory)
        saved = sorted((name for name in os.listdir(top) if "." not in name),
                       key=lambda name: os.stat(os.path.join(top, name)).st_mtime)
        for name in saved[:-4]:
            if not is_locked(os.path.join(top, name + ".lock")):
                shutil.rmtree(os.path.join(top, name))
