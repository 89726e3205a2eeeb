# Downloads that are run in other words, and one that is checked first.
FROM alpine:3.20@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0
RUN sh -c "$(wget -qO- https://example.com/install.sh)"
RUN curl -fsSLo /tmp/tool.tgz https://example.com/tool.tgz && \
    echo "9f86d081884c7d65  /tmp/tool.tgz" | sha256sum -c - && \
    tar -C /usr/local -xzf /tmp/tool.tgz
ADD --checksum=sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 https://example.com/data /data
ADD rootfs.tar.gz /
USER 1000
