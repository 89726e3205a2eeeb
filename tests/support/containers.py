# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests of an OCI runtime's verbs share: a bundle, and a state root with its containers.

The root file system is the host's /usr; the bundle needs nothing but a host with merged /usr.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import harness

LINKS = ("bin", "lib", "lib32", "lib64", "sbin")


def default_config():
    """A config.json whose program sleeps."""
    return {
        "ociVersion": "1.3.0",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": ["/bin/sleep", "1000"],
            "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            "cwd": "/",
        },
        "root": {"path": "rootfs"},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
             "options": ["nosuid", "mode=755"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
            {"destination": "/usr", "type": "bind", "source": "/usr",
             "options": ["rbind", "ro"]},
        ],
        "linux": {"namespaces": [{"type": kind} for kind in
                                 ("pid", "mount", "ipc", "uts", "network")]},
    }


class Containers:
    """A state root and a bundle, which are gone when it is closed."""

    def __init__(self):
        harness.adopt_orphans()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hardrun-containers."))
        self.root = self.folder / "root"
        self.bundle = self.folder / "bundle"
        self.cgroup = "/hardrun/" + self.folder.name
        rootfs = self.bundle / "rootfs"
        for name in ("usr", "proc", "dev", "tmp", "etc"):
            (rootfs / name).mkdir(parents=True)
        for name in LINKS:
            if os.path.lexists("/usr/" + name):
                (rootfs / name).symlink_to("usr/" + name)
        self.configure()

    def close(self):
        self.delete_all()
        self.unmount()
        shutil.rmtree(self.folder)

    def delete_all(self):
        for name in self.ids():
            harness.wait_and_bury(self.start("delete", "--force", name))
        harness.lingering()

    def mounts(self):
        """The mounts that are in the folder, the last first."""
        lines = (harness.read("/proc/self/mountinfo") or "").splitlines()
        return [line for line in reversed(lines) if str(self.folder) in line]

    def unmount(self):
        """What a container left must not be removed as if it were ours."""
        for line in self.mounts():
            subprocess.run(["umount", "--lazy", line.split()[4]], check=False,
                           stderr=subprocess.DEVNULL)
        if self.mounts():
            raise AssertionError(f"mounts are left: {self.mounts()}")

    def configure(self, **process):
        """Write config.json, with these members of the process."""
        config = default_config()
        config["process"].update(process)
        self.write(config)

    def write(self, config, has_own_cgroup=True):
        """Without a cgroup of these containers alone, that of other tests' of the same id is theirs."""
        if has_own_cgroup:
            config["linux"].setdefault("cgroupsPath", self.cgroup)
        (self.bundle / "config.json").write_text(json.dumps(config))

    def command(self, *arguments):
        return [harness.HARDRUN, "--root", str(self.root), *arguments]

    def run(self, *arguments, **options):
        """
        The completed command. What it leaves behind must not hold its output open: that goes to
        a file.
        """
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=errors, timeout=harness.PATIENCE, check=False,
                                  cwd=self.bundle, **options)
            out.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(),
                                               errors.read())

    def start(self, *arguments):
        """The running command; nobody reads what it says."""
        return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                cwd=self.bundle)

    def state(self, name):
        """What `state` prints; None for a container that does not exist."""
        done = self.run("state", name)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def ids(self):
        """The directories of containers, whether their state can be read or not."""
        folder = self.root / "oci"
        return sorted(os.listdir(folder)) if folder.is_dir() else []

    def leftovers(self):
        """A line for each process, directory, cgroup and mount that is there."""
        lines = harness.lingering()
        lines += [f"directory {name}" for name in self.ids()]
        lines += [f"cgroup {path}" for path in harness.CGROUP_ROOT.glob(self.cgroup[1:] + "/")]
        return lines + self.mounts()
