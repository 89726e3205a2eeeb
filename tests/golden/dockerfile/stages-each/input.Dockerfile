FROM golang:1.22@sha256:0000000000000000000000000000000000000000000000000000000000000001 AS Build
USER 1000:1000
WORKDIR /src
ENV A=1 B=2
CMD ["one"]
FROM build AS test
ENV B=3
ENTRYPOINT ["two"]
FROM scratch
FROM test
COPY --from=0 /a /b
COPY --from=test /a /b
COPY --from=nginx:1.25 /a /b
RUN --mount=type=bind,from=busybox,target=/x --mount=type=secret,id=token true
