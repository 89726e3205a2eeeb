docker run --sysctl net.core.somaxconn=1024 --sysctl net.ipv4.ip_unprivileged_port_start=1024 alpine
