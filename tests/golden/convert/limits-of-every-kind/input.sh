docker run --name limits -m 1g --memory-swap -1 --memory-reservation 256m --memory-swappiness 10 --cpus 1.5 --cpu-shares 512 \
  --cpuset-cpus 0-1 --cpuset-mems 0 --pids-limit 64 --blkio-weight 300 --ulimit nofile=1024:4096 --ulimit core=0 \
  --shm-size 128m --oom-score-adj 500 --health-cmd 'curl -f localhost' --restart on-failure:3 --init --stop-timeout 5 busybox
