docker run --ulimit nofile=2:1 alpine
