docker run --device /dev/fuse --device /dev/sda:/dev/xvdc:r --device vendor.com/gpu=all --device-cgroup-rule "c 42:* rmw" --gpus all alpine
