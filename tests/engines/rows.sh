# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the engines' scripts share. Each row is a command, the status it must end with and what it
# must say; they are told in TAP. RUNTIME names the runtime's file, ROOTFS a folder with busybox.

number=0
failed=0

# row NAME STATUS PATTERN COMMAND...: what it said is then in output
row() {
    local name=$1 status=$2 pattern=$3 got
    shift 3
    number=$((number + 1))
    output=$(timeout 180 "$@" 2>&1 </dev/null)
    got=$?
    if [[ $got =~ ^$status$ ]] && grep -qE -e "$pattern" <<<"$output"; then
        echo "ok $number - $name"
        return
    fi
    failed=$((failed + 1))
    echo "not ok $number - $name"
    echo "# $*"
    echo "# status $got instead of $status; said, instead of $pattern:"
    head -n 20 <<<"$output" | sed 's/^/#   /'
}

# As row, on a terminal of 80 columns and 24 lines.
terminal_row() {
    local name=$1 status=$2 pattern=$3
    shift 3
    row "$name" "$status" "$pattern" script -qec "stty cols 80 rows 24; $*" /dev/null
}

# The terminal grows to 100 columns and 30 lines while COMMAND... runs a shell on it.
# shellcheck disable=SC2016 # what is not expanded here is the container's
resize_row() {
    local name=$1 sleeps inside
    shift
    sleeps='until [ "$(stty size)" = "%s" ]; do sleep %s; done; '
    # shellcheck disable=SC2059
    inside=$(printf "$sleeps" '24 80' 0.31 '30 100' 0.32)
    terminal_row "$name" 0 'grown' "{ until pgrep -fx 'sleep 0.32' >/dev/null; do sleep 0.5; done
        stty -F /dev/tty cols 100 rows 30; } & $* sh -c '$inside echo grown'"
}

# until_true SECONDS COMMAND...
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.5
    done
}

# For checkpoints: a program that, restored, knows its token yet, counts on in its open file, and has
# the files it had. What it counts in should be a tmpfs, a part of the checkpoint: engines add other
# files when they may have changed.
# shellcheck disable=SC2016,SC2034 # the container expands it, the engines' scripts run it
counting='read -r token </proc/sys/kernel/random/uuid; echo "$token" >/token; exec 3>/scratch/count
    while :; do i=$((i + 1)); echo "$token $i" >&3; sleep 0.2; done'

# counting_row NAME EXEC...: it counts, as EXEC... sees inside, with the token of the rows before.
token=
counting_row() {
    local name=$1 look known=${token:-'[0-9a-f-]{36}'}
    shift
    # shellcheck disable=SC2016
    look='lines() { wc -l </scratch/count; }; before=$(lines)
        until [ "$(lines)" -gt $((before + 2)) ]; do sleep 0.2; done
        echo "$(cat /token) $(tail -n 1 /scratch/count)"'
    row "$name" 0 "^($known) \\1 [0-9]+$" "$@" /bin/sh -c "$look"
    token=${token:-${output%% *}}
}

# At the end: nothing of the containers is there any more.
leftover_rows() {
    row "$1: no process of a container is left" 1 '^$' pgrep -x busybox
    row "$1: no mount is left" 1 '^$' grep -E 'containerd/io|docker/overlay2/.*merged|libpod/.*shm' \
        /proc/self/mounts
}

finish() {
    echo "1..$number"
    [ "$failed" = 0 ]
}
