#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# dockerd of the calling, ordinary user on $RUNTIME, with systemd's cgroups.
# shellcheck disable=SC2016 # what is not expanded here is the container's
. "$(dirname "$0")/rows.sh"

mkdir -p ~/.config/docker
cat > ~/.config/docker/daemon.json <<JSON
{"runtimes": {"candidate": {"path": "$RUNTIME"}}, "default-runtime": "candidate",
    "iptables": false, "ip6tables": false}
JSON
export DOCKER_HOST=unix://$XDG_RUNTIME_DIR/docker.sock DOCKER_CLI_HINTS=false
systemd-run --user --quiet --unit rootless-docker -p Delegate=yes -E PATH="/usr/sbin:/sbin:$PATH" \
    -p StandardOutput=file:/tmp/dockerd.log -p StandardError=inherit \
    /usr/share/docker.io/contrib/dockerd-rootless.sh
if ! until_true 120 docker version; then
    tail -n 20 /tmp/dockerd.log
    exit 1
fi

row "info" 0 'rootless' docker info
tar -C "$ROOTFS" -c . | docker import - box:latest >/dev/null
row "run" 0 '^hello$' docker run --rm box echo hello
row "run: the program's status" 7 '^$' docker run --rm box sh -c 'exit 7'
row "run: not found" 127 'no such file|not found' docker run --rm box /nonexistent
row "run -d with limits" 0 '^[0-9a-f]{64}$' docker run -d --name one --memory 100m --pids-limit 50 \
    box sh -c 'trap "exit 5" TERM; echo up; while :; do sleep 0.2; done'
row "the limits are in force" 0 '^104857600 50$' docker exec one sh -c \
    'cd /sys/fs/cgroup; echo $(cat memory.max pids.max)'
row "exec: the program's status" 9 '^$' docker exec one sh -c 'exit 9'
row "exec as a user" 0 'uid=1000.* gid=1000' docker exec -u 1000:1000 one id
terminal_row "exec -it" 0 '/dev/pts/0' docker exec -it one tty
row "stats" 0 'one .*iB / 100MiB' docker stats --no-stream one
row "logs" 0 '^up$' docker logs one
row "pause" 0 '^one$' docker pause one
row "unpause" 0 '^one$' docker unpause one
row "update" 0 '^one$' docker update --memory 64m --memory-swap 128m one
row "the update is in force" 0 '^67108864$' docker exec one cat /sys/fs/cgroup/memory.max
row "stop" 0 '^one$' docker stop -t 20 one
row "the status" 0 '^exited 5$' docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' one
row "rm -f" 0 '^one$' docker rm -f one
row "--cap-drop and --user" 0 'CapEff:.0000000000000000' docker run --rm --user 1000:1000 \
    --cap-drop ALL box cat /proc/self/status
row "--privileged" 0 'CapEff:.000001ffffffffff' docker run --rm --privileged box cat /proc/self/status
row "--read-only" 1 'Read-only file system' docker run --rm --read-only box touch /file
row "a volume" 0 '^kept$' sh -c 'docker run --rm -v vol:/data box sh -c "echo kept > /data/a" &&
    docker run --rm -v vol:/data:ro box cat /data/a'
row "nothing is left" 0 '^$' docker ps -aq
systemctl --user stop rootless-docker
leftover_rows docker
finish
