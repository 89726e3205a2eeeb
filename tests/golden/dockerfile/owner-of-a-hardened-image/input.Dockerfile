FROM debian:bookworm-slim@sha256:4f5c8a3a2e0f1b8b6a1c7e4c5f0d9e8b7a6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e
RUN groupadd -r app && useradd -r -g app -d /app -s /sbin/nologin app
COPY --chown=app:app . /app
USER app
WORKDIR /app
ENTRYPOINT ["./chatbot-app"]
