podman run -itdP -p=8080:80 -p8443:443/tcp -v./data:/data -u app -m1g -c 512 -hweb -w/ -lx=y -aSTDIN docker.io/library/nginx:1.27
