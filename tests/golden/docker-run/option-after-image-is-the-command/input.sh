docker run alpine --privileged
