docker run --rm -it --name debug --privileged --pid host --network host --ipc host --uts host \
  --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
  --security-opt systempaths=unconfined --userns host --device /dev/kvm \
  -v /:/host -v /var/run/docker.sock:/var/run/docker.sock -e DB_PASSWORD=hunter2hunter2 \
  alpine sh
