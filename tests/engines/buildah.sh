#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Buildah on $RUNTIME; $1: "rootless" runs it as the calling, ordinary user.
# shellcheck disable=SC2016 # what is not expanded here is the container's
. "$(dirname "$0")/rows.sh"

work=$(mktemp -d)
build=(buildah --log-level error)
isolation=oci
[ "${1:-rootful}" = rootful ] || isolation=rootless
with=(--runtime "$RUNTIME" --isolation "$isolation" --network none)
inside=("${build[@]}" run "${with[@]}")

"${build[@]}" from --name one scratch >/dev/null
tar -C "$ROOTFS" -cf "$work/box.tar" .
row "add" 0 '' "${build[@]}" add one "$work/box.tar" /
row "commit" 0 '' "${build[@]}" commit one localhost/box
row "run" 0 '^hello$' "${inside[@]}" one -- echo hello
row "run: the program's status" 7 '' "${inside[@]}" one -- sh -c 'exit 7'
row "run: not found" '[1-9].*' 'no such file|not found' "${inside[@]}" one -- /nonexistent
terminal_row "run -t" 0 '/dev/pts/0' "${inside[*]}" -t one -- tty
row "run --user" 0 'uid=1000.* gid=1000' "${inside[@]}" --user 1000:1000 one -- id
row "run --cap-drop" 0 'CapEff:.0000000000000000' "${inside[@]}" --cap-drop all one -- \
    cat /proc/self/status
row "run -v" 0 '^seen$' sh -c 'mkdir "$0" && echo seen > "$0/file" && "$@" -v "$0:/data:ro" one -- \
    cat /data/file' "$work/data" "${inside[@]}"
printf 'FROM localhost/box\nRUN echo built > /made\nRUN ["/bin/cat", "/made"]\nUSER 1000\nRUN id\n' \
    > "$work/Dockerfile"
row "build" 0 '^built$' "${build[@]}" build "${with[@]}" -t made "$work"
row "build: each step has its user" 0 'uid=1000' "${build[@]}" build --no-cache "${with[@]}" -t made "$work"
printf 'FROM localhost/box\nRUN exit 9\n' > "$work/Dockerfile"
row "build: a step fails" 9 'exit status 9' "${build[@]}" build "${with[@]}" "$work"
row "rm" 0 '' "${build[@]}" rm --all
leftover_rows buildah
finish
