#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Start redis-server, write and read through redis-cli, stop it.
#
# A server that stays would be the spec's own program:
# ["/usr/bin/redis-server", "/opt/redis/redis.conf"].
set -eu

redis-server /opt/redis/redis.conf >/tmp/redis.log 2>&1 &
server=$!

attempts=300
until [ "$(redis-cli ping 2>/dev/null)" = PONG ]; do
	attempts=$((attempts - 1))
	if [ "$attempts" -eq 0 ] || ! kill -0 "$server" 2>/dev/null; then
		cat /tmp/redis.log >&2
		exit 1
	fi
	sleep 0.1
done

echo "visits: $(redis-cli incr visits)"
echo "SET greeting: $(redis-cli set greeting 'kept on the host')"
echo "GET greeting: $(redis-cli get greeting)"

redis-cli shutdown
wait "$server"
