#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# containerd on $RUNTIME, by ctr.
# shellcheck disable=SC2016 # what is not expanded here is the container's
. "$(dirname "$0")/rows.sh"

systemctl restart containerd || exit
until_true 60 ctr version || exit
with=(--runc-binary "$RUNTIME" --rootfs)

row "run" 0 '^hello$' ctr run --rm "${with[@]}" "$ROOTFS" a1 /bin/echo hello
row "run: the program's status" 7 '' ctr run --rm "${with[@]}" "$ROOTFS" a2 /bin/sh -c 'exit 7'
row "run: not found" 1 'no such file|not found' ctr run --rm "${with[@]}" "$ROOTFS" a3 /nonexistent
row "run -d" 0 '' ctr run -d "${with[@]}" "$ROOTFS" a4 /bin/sleep 1000
row "exec" 0 '^inside$' ctr t exec --exec-id e1 a4 /bin/echo inside
row "exec: the program's status" 9 '' ctr t exec --exec-id e2 a4 /bin/sh -c 'exit 9'
terminal_row "exec -t" 0 '/dev/pts/0' ctr t exec -t --exec-id e3 a4 /bin/tty
row "ls" 0 'a4 .*RUNNING' ctr t ls
row "ps" 0 '[0-9]+' ctr t ps a4
row "metrics" 0 'memory.usage' ctr t metrics a4
row "pause" 0 '' ctr t pause a4
row "paused" 0 'a4 .*PAUSED' ctr t ls
row "resume" 0 '' ctr t resume a4
row "kill" 0 '' ctr t kill -s SIGKILL a4
sleep 2
row "stopped" 0 'a4 .*STOPPED' ctr t ls
row "rm" 0 '' sh -c 'ctr t rm a4; ctr c rm a4'
terminal_row "run -t" 0 '/dev/pts/0' ctr run -t --rm "${with[@]}" "$ROOTFS" a5 /bin/tty
row "systemd's cgroups" 0 'machine.slice/cri-a6.scope|/$' ctr run --rm --runc-systemd-cgroup \
    --cgroup machine.slice:cri:a6 "${with[@]}" "$ROOTFS" a6 /bin/cat /proc/self/cgroup
row "run -d with a limit" 0 '' ctr run -d --memory-limit 104857600 "${with[@]}" "$ROOTFS" a7 \
    /bin/sleep 1000
row "the limit is in force" 0 '^104857600$' cat /sys/fs/cgroup/default/a7/memory.max
row "rm -f" 0 '' sh -c 'ctr t rm -f a7; ctr c rm a7'
row "privileged" 0 'CapEff:.000001ffffffffff' ctr run --rm --privileged "${with[@]}" "$ROOTFS" a8 \
    /bin/cat /proc/self/status

# Restoring takes an image.
work=$(mktemp -d)
tar -C "$ROOTFS" -c . | podman import --quiet - localhost/box >/dev/null
podman save --quiet --format oci-archive -o "$work/box.tar" localhost/box >/dev/null
ctr image import "$work/box.tar" >/dev/null
row "run what counts" 0 '' ctr run -d --runc-binary "$RUNTIME" \
    --mount type=tmpfs,dst=/scratch,options=rw localhost/box:latest a9 /bin/sh -c "$counting"
counting_row "it counts" ctr t exec --exec-id e4 a9
row "checkpoint" 0 '' ctr c checkpoint --task --rw --image a9 point
counting_row "left running: it goes on" ctr t exec --exec-id e5 a9
row "restore" 0 '' sh -c 'ctr t rm -f a9; ctr c rm a9; ctr c restore --live --rw b1 point'
counting_row "restored: it goes on" ctr t exec --exec-id e6 b1
row "checkpoint --image-path" 0 '' ctr t checkpoint --exit --image-path "$work/point" \
    --work-path "$work" b1
row "what is checkpointed has ended" 0 'b1 .*STOPPED' ctr t ls
row "rm of what was checkpointed" 0 '' sh -c 'ctr t rm b1; ctr c rm b1'
row "nothing is left" 0 '^$' ctr c ls -q
leftover_rows containerd
finish
