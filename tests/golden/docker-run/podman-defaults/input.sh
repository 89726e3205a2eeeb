podman run alpine
