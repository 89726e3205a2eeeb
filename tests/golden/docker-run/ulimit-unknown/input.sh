docker run --ulimit nofiles=1 alpine
