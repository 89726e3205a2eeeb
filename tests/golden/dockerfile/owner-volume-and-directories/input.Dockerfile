FROM alpine:3.20
RUN mkdir -p /data/cache /var/log/app /usr/share/app \
 && install -d -o 1000 /spool \
 && chgrp -R 0 /var/log/app && chmod -R g=u /var/log/app \
 && mkdir /build && cd /build && mkdir temporary && rm -rf /build
VOLUME /uploads /spool
USER 1000
ENTRYPOINT ["/bin/app"]
