docker run --security-opt no-new-privileges --security-opt apparmor=mine --security-opt seccomp=/etc/s.json --security-opt label:type:svirt_t alpine
