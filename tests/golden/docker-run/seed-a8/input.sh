docker run -d --name api \
  --user 1000:1000 \
  --read-only \
  --tmpfs /tmp:rw,noexec,nosuid,size=64m \
  --cap-drop ALL --cap-add NET_BIND_SERVICE \
  --security-opt no-new-privileges:true \
  --security-opt seccomp=./seccomp.json \
  --pids-limit 100 --memory 512m --memory-swap 512m --cpus 1.0 \
  --network app-net -p 127.0.0.1:8080:8080 \
  myapp@sha256:1111111111111111111111111111111111111111111111111111111111111111
