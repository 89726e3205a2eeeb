#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Podman on $RUNTIME; $1: "rootless" runs them as the calling, ordinary user.
# shellcheck disable=SC2016 # what is not expanded here is the container's
. "$(dirname "$0")/rows.sh"

who=${1:-rootful}
work=$(mktemp -d)
pod=(podman --runtime "$RUNTIME" --events-backend file --log-level error)
quick=(--rm --network none --log-driver k8s-file)
box=localhost/box

checkpoint_rows() {
    row "run what counts" 0 '^[0-9a-f]{64}$' "${pod[@]}" run -d --name counter --network none \
        --log-driver k8s-file --tmpfs /scratch $box sh -c "$counting"
    counting_row "it counts" "${pod[@]}" exec counter
    row "checkpoint" 0 '^counter$' "${pod[@]}" container checkpoint counter
    row "checkpointed" 0 '^exited true$' "${pod[@]}" inspect \
        --format '{{.State.Status}} {{.State.Checkpointed}}' counter
    row "restore" 0 '^counter$' "${pod[@]}" container restore counter
    counting_row "restored: it goes on" "${pod[@]}" exec counter
    row "checkpoint -e and --leave-running" 0 '^counter$' "${pod[@]}" container checkpoint \
        --leave-running -e "$work/counter.tar" counter
    counting_row "left running: it goes on" "${pod[@]}" exec counter
    row "restore -i by another name" 0 '^[0-9a-f]{64}$' "${pod[@]}" container restore \
        -i "$work/counter.tar" --name twin
    counting_row "the other goes on" "${pod[@]}" exec twin
    row "checkpoint -P" 0 '^twin$' "${pod[@]}" container checkpoint -P -e "$work/before.tar" twin
    row "checkpoint --with-previous" 0 '^twin$' "${pod[@]}" container checkpoint --with-previous \
        -e "$work/after.tar" twin
    "${pod[@]}" rm -f -t 0 twin >/dev/null
    row "restore --import-previous" 0 '^[0-9a-f]{64}$' "${pod[@]}" container restore \
        --import-previous "$work/before.tar" -i "$work/after.tar"
    counting_row "restored from both: it goes on" "${pod[@]}" exec twin
    row "rm of what was restored" 0 '^twin$' "${pod[@]}" rm -f -t 0 counter twin
}

cp -a "$ROOTFS" "$work/rootfs" # of whoever calls
tar -C "$ROOTFS" -c . > "$work/box.tar"
row "import" 0 '' "${pod[@]}" import "$work/box.tar" box
if [ "$who" = rootful ] && ! grep -q '^containers:' /etc/subuid; then
    echo containers:1000000:1000000 | tee -a /etc/subuid >> /etc/subgid
fi
row "info" 0 "path: $RUNTIME" "${pod[@]}" info
row "run" 0 '^hello$' "${pod[@]}" run "${quick[@]}" $box echo hello
row "run: the program's status" 7 '^$' "${pod[@]}" run "${quick[@]}" $box sh -c 'exit 7'
row "run: not found" 127 'no such file|not found' "${pod[@]}" run "${quick[@]}" $box /nonexistent
row "run: a directory" 126 'is a directory|permission denied' "${pod[@]}" run "${quick[@]}" $box /etc
row "run --rootfs" 0 '^hello$' "${pod[@]}" run "${quick[@]}" --rootfs "$work/rootfs:O" echo hello
cat > "$work/containers.conf" <<TOML
[engine]
runtime = "candidate"
runtime_supports_json = ["candidate"]
runtime_supports_nocgroup = ["candidate"]
[engine.runtimes]
candidate = ["$RUNTIME"]
TOML
row "run: not found, by containers.conf" 127 'no such file|not found' env \
    CONTAINERS_CONF_OVERRIDE="$work/containers.conf" podman run "${quick[@]}" $box /nonexistent
row "run --cgroups disabled, by containers.conf" 0 '^hello$' env \
    CONTAINERS_CONF_OVERRIDE="$work/containers.conf" podman run "${quick[@]}" --cgroups disabled \
    $box echo hello
row "run -d with limits" 0 '^[0-9a-f]{64}$' "${pod[@]}" run -d --name one --network none \
    --log-driver k8s-file --memory 100m --pids-limit 50 $box \
    sh -c 'trap "echo got USR1" USR1; trap "exit 5" TERM; echo up; while :; do sleep 0.2; done'
row "the limits are in force" 0 '^104857600 50$' "${pod[@]}" exec one sh -c \
    'cd /sys/fs/cgroup; echo $(cat memory.max pids.max)'
row "exec" 0 '^inside$' "${pod[@]}" exec one echo inside
row "exec: the program's status" 9 '^$' "${pod[@]}" exec one sh -c 'exit 9'
row "exec: not found" 127 'no such file|not found' "${pod[@]}" exec one /nonexistent
terminal_row "exec -it" 0 '/dev/pts/0' "${pod[*]}" exec -it one tty
resize_row "exec -it: the terminal grows" "${pod[*]}" exec -it one
row "exec --user" 0 'uid=1000.* gid=1000' "${pod[@]}" exec --user 1000:1000 one id
row "exec --privileged" 0 'CapEff:.000001ffffffffff' "${pod[@]}" exec --privileged one \
    cat /proc/self/status
row "--network container" 0 '^ *1: lo' "${pod[@]}" run --rm --log-driver k8s-file \
    --network container:one $box ip link
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
terminal_row "run -it" 0 '/dev/pts/0' "${pod[*]}" run -it "${quick[*]}" $box sh -c "'tty; sleep 1'"
resize_row "run -it: the terminal grows" "${pod[*]}" run -it "${quick[*]}" $box
row "run -i" 0 '^fed$' sh -c 'echo fed | "$@"' sh "${pod[@]}" run -i "${quick[@]}" $box cat
row "--init" 0 '^ *1 .*(catatonit|podman-init)' "${pod[@]}" run "${quick[@]}" --init $box ps
row "--user" 0 'uid=1000.* gid=1000' "${pod[@]}" run "${quick[@]}" --user 1000:1000 $box id
row "--privileged" 0 'Seccomp:.0' "${pod[@]}" run "${quick[@]}" --privileged $box cat /proc/self/status
row "no-new-privileges" 0 'NoNewPrivs:.1' "${pod[@]}" run "${quick[@]}" \
    --security-opt no-new-privileges $box cat /proc/self/status
row "seccomp=unconfined" 0 'Seccomp:.0' "${pod[@]}" run "${quick[@]}" \
    --security-opt seccomp=unconfined $box cat /proc/self/status
row "unmask" 1 '^$' "${pod[@]}" run "${quick[@]}" --security-opt unmask=ALL $box \
    grep -E ' /proc/(kcore|keys|sys) ' /proc/mounts
row "--tmpfs and a volume" 0 '^kept tmpfs$' bash -c '"$@" sh -c "echo kept > /data/a" &&
    "$@" sh -c "echo \$(cat /data/a; grep -o \"^tmpfs /scratch\" /proc/mounts | cut -c1-5)"' \
    bash "${pod[@]}" run "${quick[@]}" -v vol:/data --tmpfs /scratch $box
row "--restart" 0 '^2 exited 3$' bash -c '"$@" run -d --name again --network none --restart on-failure:2 \
    --log-driver k8s-file localhost/box sh -c "exit 3" >/dev/null; for i in $(seq 60); do
    state=$("$@" inspect --format "{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}" again)
    [ "$state" = "2 exited 3" ] && break; sleep 1; done; echo "$state"; "$@" rm -f -t 0 again >/dev/null' \
    bash "${pod[@]}"
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
    row "AppArmor" 0 'containers-default.* \(enforce\)' "${pod[@]}" run "${quick[@]}" $box \
        cat /proc/self/attr/current
    row "cgroupfs" 0 '^hello$' "${pod[@]}" --cgroup-manager cgroupfs run "${quick[@]}" $box echo hello
    checkpoint_rows
else
    row "--userns=keep-id" 0 '^uid=1000' "${pod[@]}" run "${quick[@]}" --userns=keep-id $box id
fi
row "a health check" 0 '' bash -c '"$@" run -d --name well --network none --log-driver k8s-file \
    --health-cmd true localhost/box sleep 1000 >/dev/null && "$@" healthcheck run well &&
    "$@" rm -f -t 0 well' bash "${pod[@]}"
row "a pod" 0 '^shared$' bash -c '"$@" pod create --name team --network none --share ipc,uts,pid \
    --infra-image localhost/box --infra-command "/bin/sleep 1000" >/dev/null &&
    "$@" run -d --pod team --network none localhost/box sleep 999 >/dev/null &&
    "$@" run --rm --pod team --network none localhost/box sh -c "ps | grep -q 999 && echo shared"
    "$@" pod rm -f -t 0 team >/dev/null' bash "${pod[@]}"
cat > "$work/pod.yaml" <<YAML
apiVersion: v1
kind: Pod
metadata: {name: played}
spec:
  containers:
  - {name: main, image: $box, command: [sleep, "1000"]}
YAML
row "kube play" 0 'Container' "${pod[@]}" kube play --network none "$work/pod.yaml"
row "its container runs" 0 'Up .*played-main' "${pod[@]}" ps
row "kube down" 0 '' "${pod[@]}" kube down "$work/pod.yaml"
row "nothing is left" 0 '^$' "${pod[@]}" ps -aq
finish
