#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Podman and Buildah on $RUNTIME; $1: "rootless" runs them as the calling, ordinary user.
# shellcheck disable=SC2016 # what is not expanded here is the container's
. "$(dirname "$0")/rows.sh"

who=${1:-rootful}
work=$(mktemp -d)
pod=(podman --runtime "$RUNTIME" --events-backend file --log-level error)
quick=(--rm --network none --log-driver k8s-file)
box=localhost/box

tar -C "$ROOTFS" -c . > "$work/box.tar"
row "import" 0 '' "${pod[@]}" import "$work/box.tar" box
row "info" 0 "path: $RUNTIME" "${pod[@]}" info
row "run" 0 '^hello$' "${pod[@]}" run "${quick[@]}" $box echo hello
row "run: the program's status" 7 '^$' "${pod[@]}" run "${quick[@]}" $box sh -c 'exit 7'
row "run: not found" 127 'no such file|not found' "${pod[@]}" run "${quick[@]}" $box /nonexistent
row "run: a directory" 126 'is a directory|permission denied' "${pod[@]}" run "${quick[@]}" $box /etc
row "run --rootfs" 0 '^hello$' "${pod[@]}" run "${quick[@]}" --rootfs "$ROOTFS:O" echo hello
row "run -d with limits" 0 '^[0-9a-f]{64}$' "${pod[@]}" run -d --name one --network none \
    --log-driver k8s-file --memory 100m --pids-limit 50 $box \
    sh -c 'trap "echo got USR1" USR1; trap "exit 5" TERM; echo up; while :; do sleep 0.2; done'
row "the limits are in force" 0 '^104857600 50$' "${pod[@]}" exec one sh -c \
    'cd /sys/fs/cgroup; echo $(cat memory.max pids.max)'
row "exec" 0 '^inside$' "${pod[@]}" exec one echo inside
row "exec: the program's status" 9 '^$' "${pod[@]}" exec one sh -c 'exit 9'
row "exec: not found" 127 'no such file|not found' "${pod[@]}" exec one /nonexistent
terminal_row "exec -it" 0 '/dev/pts/0' "${pod[*]}" exec -it one tty
row "top" 0 'sleep|sh -c' "${pod[@]}" top one
row "stats" 0 'one' "${pod[@]}" stats --no-stream one
row "pause" 0 'one' "${pod[@]}" pause one
row "paused" 0 '^paused$' "${pod[@]}" inspect --format '{{.State.Status}}' one
row "unpause" 0 'one' "${pod[@]}" unpause one
row "update" 0 '' "${pod[@]}" update --memory 64m one
row "the update is in force" 0 '^67108864$' "${pod[@]}" exec one cat /sys/fs/cgroup/memory.max
row "kill" 0 'one' "${pod[@]}" kill --signal USR1 one
sleep 2
row "logs" 0 'got USR1' "${pod[@]}" logs one
row "stop" 0 'one' "${pod[@]}" stop -t 20 one
row "the status" 0 '^exited 5$' "${pod[@]}" inspect \
    --format '{{.State.Status}} {{.State.ExitCode}}' one
row "start again" 0 'one' "${pod[@]}" start one
row "rm" 0 'one' "${pod[@]}" rm -f -t 0 one
terminal_row "run -it" 0 '/dev/pts/0' "${pod[*]}" run -it "${quick[*]}" $box tty
row "--preserve-fds" 0 ' 3 -> ' bash -c 'exec 3</etc/hostname; exec "$@"' bash "${pod[@]}" run \
    "${quick[@]}" --preserve-fds 1 $box ls -l /proc/self/fd
row "LISTEN_FDS" 0 'LISTEN_PID=1' bash -c 'exec 3</etc/hostname; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' \
    bash "${pod[@]}" run "${quick[@]}" $box env
row "--read-only" 1 'Read-only file system' "${pod[@]}" run "${quick[@]}" --read-only $box touch /file
row "--cap-drop" 0 'CapEff:.0000000000000000' "${pod[@]}" run "${quick[@]}" --cap-drop all $box \
    cat /proc/self/status
if [ "$who" = rootful ]; then
    row "--userns=auto" 0 '^ +0 +[1-9]' "${pod[@]}" run "${quick[@]}" --userns=auto $box \
        cat /proc/self/uid_map
    row "cgroupfs" 0 '^hello$' "${pod[@]}" --cgroup-manager cgroupfs run "${quick[@]}" $box echo hello
fi
row "a health check" 0 '' bash -c '"$@" run -d --name well --network none --log-driver k8s-file \
    --health-cmd true localhost/box sleep 1000 >/dev/null && "$@" healthcheck run well &&
    "$@" rm -f -t 0 well' bash "${pod[@]}"
row "a pod" 0 '^shared$' bash -c '"$@" pod create --name team --network none --infra-image localhost/box \
    --infra-command /bin/sleep\ 1000 --share ipc,uts >/dev/null &&
    "$@" run -d --pod team localhost/box sleep 1000 >/dev/null &&
    "$@" run --rm --pod team localhost/box sh -c "echo shared"; "$@" pod rm -f -t 0 team >/dev/null' \
    bash "${pod[@]}"
cat > "$work/pod.yaml" <<YAML
apiVersion: v1
kind: Pod
metadata: {name: played}
spec:
  containers:
  - {name: main, image: $box, command: [sleep, "1000"]}
YAML
row "kube play" 0 'played' "${pod[@]}" kube play --network none "$work/pod.yaml"
row "kube down" 0 '' "${pod[@]}" kube down "$work/pod.yaml"
printf 'FROM %s\nRUN echo built > /made\nCMD ["cat", "/made"]\n' $box > "$work/Dockerfile"
row "buildah" 0 '' buildah --log-level error build --runtime "$RUNTIME" --network none -t made "$work"
row "run what was built" 0 '^built$' "${pod[@]}" run "${quick[@]}" localhost/made
row "nothing is left" 0 '^$' "${pod[@]}" ps -aq
finish
