#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# dockerd on $RUNTIME, by the cgroup driver that it chooses itself (systemd's, on version 2).
# shellcheck disable=SC2016 # what is not expanded here is the container's
. "$(dirname "$0")/rows.sh"

mkdir -p /etc/docker

# restart_docker [MEMBERS]: with these beside the runtime in its configuration.
restart_docker() {
    echo "{\"runtimes\": {\"candidate\": {\"path\": \"$RUNTIME\"}},
        \"default-runtime\": \"candidate\" $1}" > /etc/docker/daemon.json
    systemctl restart docker && until_true 120 docker version
}

systemctl restart containerd && restart_docker "" || exit
export DOCKER_BUILDKIT=0 DOCKER_CLI_HINTS=false

row "info" 0 'Default Runtime: candidate' docker info
tar -C "$ROOTFS" -c . | docker import - box:latest >/dev/null
row "run" 0 '^hello$' docker run --rm box echo hello
row "run: the program's status" 7 '^$' docker run --rm box sh -c 'exit 7'
row "run: not found" 127 'no such file|not found' docker run --rm box /nonexistent
row "run: a directory" 126 'is a directory|permission denied' docker run --rm box /etc
row "run -d with limits" 0 '^[0-9a-f]{64}$' docker run -d --name one --memory 100m \
    --pids-limit 50 --cpus 0.5 box sh -c 'trap "echo got USR1" USR1; trap "exit 5" TERM; echo up; while :; do sleep 0.2; done'
row "the limits are in force" 0 '^104857600 50 50000 100000$' docker exec one sh -c \
    'cd /sys/fs/cgroup; echo $(cat memory.max pids.max cpu.max)'
row "exec" 0 '^inside$' docker exec one echo inside
row "exec: the program's status" 9 '^$' docker exec one sh -c 'exit 9'
row "exec: not found" '12[67]' 'no such file|not found' docker exec one /nonexistent
row "exec as a user" 0 'uid=1000 gid=1000' docker exec -u 1000:1000 one id
terminal_row "exec -it" 0 '/dev/pts/0' docker exec -it one tty
terminal_row "exec -it: the size" 0 '24 80' docker exec -it one sh -c "'sleep 1; stty size'"
resize_row "exec -it: the terminal grows" docker exec -it one
row "exec --privileged" 0 'CapEff:.000001ffffffffff' docker exec --privileged one \
    cat /proc/self/status
row "--network container and --pid container" 0 'sleep 0.2|sh -c' docker run --rm \
    --network container:one --pid container:one box ps
row "ps" 0 'one' docker ps
row "top" 0 'sleep 0.2|sh -c' docker top one
row "stats" 0 'one .*iB / 100MiB' docker stats --no-stream one
row "logs" 0 '^up$' docker logs one
echo text > /tmp/file
row "cp in" 0 '' docker cp /tmp/file one:/file
row "cp out" 0 '^text$' sh -c 'docker cp one:/file - | tar -xO'
row "pause" 0 '^one$' docker pause one
row "paused" 0 'Paused' docker ps
row "unpause" 0 '^one$' docker unpause one
row "update" 0 '^one$' docker update --memory 64m --memory-swap 128m --pids-limit 40 one
row "the update is in force" 0 '^67108864 40$' docker exec one sh -c \
    'cd /sys/fs/cgroup; echo $(cat memory.max pids.max)'
row "kill -s USR1" 0 '^one$' docker kill -s USR1 one
sleep 2
row "the signal came" 0 'got USR1' docker logs one
row "stop" 0 '^one$' docker stop -t 20 one
row "the status" 0 '^exited 5$' docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' one
row "start again" 0 '^one$' docker start one
row "restart" 0 '^one$' docker restart -t 5 one
row "rm -f" 0 '^one$' docker rm -f one
terminal_row "run -it" 0 '/dev/pts/0' docker run -it --rm box tty
resize_row "run -it: the terminal grows" docker run -it --rm box
row "run -i" 0 '^fed$' sh -c 'echo fed | docker run -i --rm box cat'
row "--init" 0 '^ *1 .*(docker-init|tini)' docker run --rm --init box ps
row "--user and --cap-drop" 0 'CapEff:.0000000000000000' docker run --rm --user 1000:1000 \
    --cap-drop ALL box cat /proc/self/status
row "--cap-add" 0 'CapEff:.00000000aa0425fb' docker run --rm \
    --cap-add SYS_TIME box cat /proc/self/status
row "no-new-privileges" 0 'NoNewPrivs:.1' docker run --rm --security-opt no-new-privileges \
    box cat /proc/self/status
row "seccomp" 0 'Seccomp:.2' docker run --rm box cat /proc/self/status
row "seccomp=unconfined" 0 'Seccomp:.0' docker run --rm --security-opt seccomp=unconfined \
    box cat /proc/self/status
echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}' > /tmp/profile.json
row "seccomp=FILE" 1 'Operation not permitted' docker run --rm \
    --security-opt seccomp=/tmp/profile.json box mkdir /folder
row "systempaths=unconfined and label=disable" 1 '^$' docker run --rm \
    --security-opt systempaths=unconfined --security-opt label=disable box \
    grep -E ' /proc/(kcore|keys|sys) ' /proc/mounts
row "AppArmor" 0 'docker-default \(enforce\)' docker run --rm box cat /proc/self/attr/current
row "apparmor=unconfined" 0 'unconfined' docker run --rm --security-opt apparmor=unconfined \
    box cat /proc/self/attr/current
row "--read-only" 1 'Read-only file system' docker run --rm --read-only box touch /file
row "--tmpfs" 0 'tmpfs' docker run --rm --tmpfs /scratch:size=1m box sh -c 'grep scratch /proc/mounts'
row "--privileged" 0 'CapEff:.000001ffffffffff' docker run --rm --privileged box cat /proc/self/status
row "--pid host" 0 'systemd' docker run --rm --pid host box ps
row "--network host" 0 'docker0' docker run --rm --network host box ip link
row "a volume" 0 '^kept$' sh -c 'docker run --rm -v vol:/data box sh -c "echo kept > /data/a" &&
    docker run --rm -v vol:/data:ro box cat /data/a'
mkdir -p /tmp/tree/below && mount -t tmpfs tmpfs /tmp/tree/below
row "a mount that is read-only with all below it" 1 'Read-only file system' docker run --rm --mount \
    type=bind,src=/tmp/tree,dst=/tree,readonly,bind-recursive=readonly,bind-propagation=rprivate \
    box touch /tree/below/file
umount /tmp/tree/below
row "out of memory" 0 '^true 137$' sh -c 'docker run --name hungry --memory 16m --memory-swap 16m box \
    tail /dev/zero; docker inspect -f "{{.State.OOMKilled}} {{.State.ExitCode}}" hungry
    docker rm -f hungry >/dev/null'
row "--restart" 0 '^2 exited 3$' sh -c 'docker run -d --name again --restart on-failure:2 box \
    sh -c "exit 3" >/dev/null; for i in $(seq 60); do
    state=$(docker inspect -f "{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}" again)
    [ "$state" = "2 exited 3" ] && break; sleep 1; done; echo $state; docker rm -f again >/dev/null'
row "--device" 0 'crw' docker run --rm --device /dev/fuse box ls -l /dev/fuse
row "--ulimit and --sysctl" 0 '^99 1$' docker run --rm --ulimit nofile=99:99 \
    --sysctl net.ipv4.ip_forward=1 box sh -c 'echo $(ulimit -n) $(cat /proc/sys/net/ipv4/ip_forward)'
row "a published port" 0 'page' sh -c 'docker run -d --rm --name web -p 127.0.0.1:8080:80 box sh -c \
    "mkdir /w; echo page > /w/index.html; exec httpd -f -p 80 -h /w" >/dev/null && sleep 3 &&
    busybox wget -q -O - http://127.0.0.1:8080/; code=$?; docker rm -f web >/dev/null; exit $code'
row "a health check" 0 '^healthy$' sh -c 'docker run -d --name sick --health-cmd true \
    --health-interval 1s box sleep 1000 >/dev/null; for i in $(seq 60); do
    state=$(docker inspect -f "{{.State.Health.Status}}" sick); [ "$state" != starting ] && break
    sleep 1; done; echo $state; docker rm -f sick >/dev/null'
mkdir -p /tmp/build
printf 'FROM box\nRUN echo built > /made\nUSER 1000\nCMD ["cat", "/made"]\n' > /tmp/build/Dockerfile
row "build" 0 'Successfully (built|tagged)' docker build -t made /tmp/build
row "run what was built" 0 '^built$' docker run --rm made
mkdir -p /tmp/compose
cat > /tmp/compose/compose.yaml <<'YAML'
services:
  one:
    image: box
    command: ["sh", "-c", "mkdir /w; echo composed > /w/index.html; exec httpd -f -p 80 -h /w"]
  two:
    image: box
    command: ["sh", "-c", "sleep 2; exec wget -q -O - http://one/"]
    depends_on: [one]
YAML
row "compose: two services" 0 'composed' docker-compose -f /tmp/compose/compose.yaml up \
    --exit-code-from two --abort-on-container-exit
row "compose down" 0 '' docker-compose -f /tmp/compose/compose.yaml down

restart_docker ', "experimental": true'
row "run what counts" 0 '^[0-9a-f]{64}$' docker run -d --name counter --network none --tmpfs /scratch \
    box sh -c "$counting"
counting_row "it counts" docker exec counter
row "checkpoint create" 0 '^first$' docker checkpoint create counter first
row "checkpointed" 0 '^exited$' docker inspect -f '{{.State.Status}}' counter
row "start --checkpoint" 0 '' docker start --checkpoint first counter
counting_row "restored: it goes on" docker exec counter
row "checkpoint create --leave-running" 0 '^second$' docker checkpoint create --leave-running counter \
    second
counting_row "left running: it goes on" docker exec counter
row "checkpoint ls" 0 '^second$' docker checkpoint ls counter
row "rm -f of what was checkpointed" 0 '^counter$' docker rm -f counter
row "nothing is left" 0 '^$' docker ps -aq
leftover_rows docker

restart_docker ', "userns-remap": "tester"'
row "dockerd --userns-remap" 0 '^ *userns$' docker info
tar -C "$ROOTFS" -c . | docker import - box:latest >/dev/null
row "remapped: the map" 0 '^ +0 +100000 ' docker run --rm box cat /proc/self/uid_map
row "remapped: run -d" 0 '' docker run -d --name one --memory 100m box sleep 1000
row "remapped: exec" 0 '^ *1 100000 +sleep|^ *1 root +.*sleep' docker exec one ps
row "remapped: rm -f" 0 '^one$' docker rm -f one
finish
