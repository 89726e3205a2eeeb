docker run --privileged=false --read-only=0 --rm=true --init=no alpine
