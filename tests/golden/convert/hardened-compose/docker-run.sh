docker run \
  --name api \
  --user 1000:1000 \
  --read-only \
  --tmpfs /tmp:rw,noexec,nosuid,nodev,size=64m \
  --security-opt no-new-privileges:true \
  --security-opt apparmor=docker-default \
  --cap-drop ALL \
  --cap-add NET_BIND_SERVICE \
  --memory 512m \
  --memory-swap 1024m \
  --cpus 1.0 \
  --pids-limit 100 \
  --network backend \
  --entrypoint /app/server \
  myorg/api@sha256:9b2f0d1c3e4a5968778695a4b3c2d1e0f9a8b7c6d5e4f30213243546576879aa
