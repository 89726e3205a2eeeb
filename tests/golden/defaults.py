#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold what a docker run line is read as to what the engine asked its runtime for by that line.

The files of oci/engines/ were made by dockerd and Podman. What its host decided is not compared:
the place of the image and of what the engine makes for one container, seccomp, AppArmor, the
cgroup namespace, additional groups, the rules of devices; of Podman the mounts.

Usage: defaults.py ANY_TOOL OCI_TOOL
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ENGINES = pathlib.Path(__file__).resolve().parent / "oci/engines"
CASES = {
    "docker-28-default.json": "docker run alpine",
    "docker-28-privileged.json": "docker run --privileged alpine",
    "docker-28-host-pid.json": "docker run --pid=host alpine",
    "docker-28-user-read-only-rro.json":
        "docker run --user 1000:1000 --read-only --cap-drop ALL"
        " --security-opt no-new-privileges alpine",
    "docker-20.10-memory-and-pids.json": "docker run -m 100m --pids-limit 50 alpine",
    "podman-5.8-memory-and-pids.json": "podman run -m 100m --pids-limit 50 alpine",
}
COMPARED = re.compile(r"(bounding|effective|permitted|inheritable|ambient|no-new-privileges|masked"
                      r"|read-only|rootfs read-only|sysctl|memory (limit|swap)|pids|user) ")
# Masked since dockerd 23 and 28.
NEWER = {'masked "/proc/interrupts"', 'masked "/sys/devices/virtual/powercap"'}
KERNELS = {"/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm"}
MISSING = " CAP_SYS_RESOURCE"  # on the host of the files


def facts(tool, name, text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "input")
        path.write_text(text)
        result = subprocess.run([tool, path], capture_output=True, text=True, check=True)
    lines = [re.sub(r"  \([^)]*\)$", "", line).replace(MISSING, "") for line in result.stdout.splitlines()]
    found = {line for line in lines if COMPARED.match(line)} - NEWER
    mount = None
    for line in lines:
        if not line.startswith("  "):
            mount = line if line.startswith("mount ") and line[7:-1] in KERNELS else None
        if mount and name.startswith("docker"):
            found.add(mount + line)
    return found


def main():
    any_tool, oci_tool = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:])
    has_failed = False
    for number, (name, command) in enumerate(CASES.items(), 1):
        asked = facts(oci_tool, name, (ENGINES / name).read_text())
        read = facts(any_tool, name, command)
        print(f"{'ok' if asked == read else 'not ok'} {number} - {command}")
        for line in sorted(asked ^ read):
            print(f"# {'engine' if line in asked else 'hardrun'}: {line}")
        has_failed |= asked != read
    print(f"1..{len(CASES)}")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
