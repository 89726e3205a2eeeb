docker run --network none --sysctl net.ipv4.ip_forward=1 alpine
