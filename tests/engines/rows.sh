# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the engines' scripts share. Each row is a command, the status it must end with and what it
# must say; they are told in TAP. RUNTIME names the runtime's file, ROOTFS a folder with busybox.

number=0
failed=0

# row NAME STATUS PATTERN COMMAND...
row() {
    local name=$1 status=$2 pattern=$3 output got
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
