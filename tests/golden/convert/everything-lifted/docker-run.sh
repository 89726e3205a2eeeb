docker run \
  --name debug \
  --rm \
  --interactive \
  --tty \
  --env DB_PASSWORD=hunter2hunter2 \
  --privileged \
  --volume /:/host:rw \
  --volume /var/run/docker.sock:/var/run/docker.sock:rw \
  --cap-add SYS_ADMIN \
  --device /dev/kvm:/dev/kvm:rwm \
  --network host \
  --pid host \
  --ipc host \
  --uts host \
  --userns host \
  --entrypoint /bin/sh \
  alpine
