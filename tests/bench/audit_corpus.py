#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Audit a made-up corpus of Compose files and Kubernetes manifests, and print how long that took.

Half of the containers are services of Compose files, half are of Kubernetes manifests; they are as
different as people's are, from everything open to everything locked. Nothing is asserted.

Usage: tests/bench/audit_corpus.py HARDRUN [CONTAINERS [FORMAT]]
"""

import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

CONTAINERS = 5000
OF_A_FILE = 20
DIGEST = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2


def compose_service(random_, index):
    lines = [f"  service-{index}:"]
    image = random_.choice(["nginx:1.27", "redis", f"registry.example.com/app@sha256:{DIGEST}"])
    lines.append(f"    image: {image}")
    optional = [
        '    user: "1000:1000"', "    read_only: true", "    cap_drop: [ALL]",
        "    security_opt:\n      - no-new-privileges:true", "    mem_limit: 256m",
        "    cpus: 0.5", "    pids_limit: 100", f'    ports:\n      - "{8000 + index % 1000}:8080"',
        "    volumes:\n      - ./data:/data\n      - cache:/cache:ro",
        "    environment:\n      LOG_LEVEL: info\n      DB_PASSWORD: hunter2hunter2",
        "    privileged: true", "    network_mode: host", "    tmpfs:\n      - /tmp:size=16m",
    ]
    return "\n".join(lines + [part for part in optional if random_.random() < 0.5])


def compose_file(random_, first):
    services = "\n".join(compose_service(random_, first + i) for i in range(OF_A_FILE))
    return f"services:\n{services}\nvolumes:\n  cache: {{}}\n"


def kubernetes_document(random_, index):
    context = [line for line in (
        "            allowPrivilegeEscalation: false", "            readOnlyRootFilesystem: true",
        "            capabilities: {drop: [ALL]}", "            runAsNonRoot: true",
        "            seccompProfile: {type: RuntimeDefault}", "            runAsUser: 65532",
    ) if random_.random() < 0.6] or ["            privileged: false"]
    return "\n".join([
        "apiVersion: apps/v1", "kind: Deployment", f"metadata: {{name: app-{index}}}", "spec:",
        f"  selector: {{matchLabels: {{app: app-{index}}}}}", "  template:",
        f"    metadata: {{labels: {{app: app-{index}}}}}", "    spec:", "      containers:",
        f"        - name: app-{index}", "          image: registry.example.com/app:1",
        "          env:", "            - {name: LOG_LEVEL, value: info}",
        "          resources: {limits: {memory: 64Mi, cpu: 100m}}", "          securityContext:",
        *context, ""])


def kubernetes_file(random_, first):
    return "---\n".join(kubernetes_document(random_, first + i) for i in range(OF_A_FILE))


def write_corpus(folder, containers):
    random_ = random.Random(1)
    paths = []
    for first in range(0, containers, OF_A_FILE):
        make = compose_file if len(paths) % 2 == 0 else kubernetes_file
        path = pathlib.Path(folder) / f"{make.__name__}-{first}.yaml"
        path.write_text(make(random_, first))
        paths.append(str(path))
    return paths


def main():
    if len(sys.argv) < 2 or sys.argv[1] == "--help":
        print(__doc__)
        return 0 if sys.argv[1:] == ["--help"] else 2
    containers = int(sys.argv[2]) if len(sys.argv) > 2 else CONTAINERS
    form = sys.argv[3] if len(sys.argv) > 3 else "json"
    with tempfile.TemporaryDirectory() as folder:
        paths = write_corpus(folder, containers)
        begun = time.monotonic()
        result = subprocess.run([sys.argv[1], "audit", "--format", form, *paths],
                                stdout=subprocess.PIPE)
        took = time.monotonic() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{containers} containers in {len(paths)} files, as {form}: {took:.2f} s "
          f"({used.ru_utime:.2f} s user, {used.ru_stime:.2f} s system), "
          f"{used.ru_maxrss / 1024:.0f} MiB at most, {len(result.stdout) / 2**20:.1f} MiB of report")
    return 0 if result.returncode in (0, 1) else 1


if __name__ == "__main__":
    sys.exit(main())
