docker run --privileged=maybe alpine
