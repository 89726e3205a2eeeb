docker run --no-healthcheck --init --pull always --platform linux/arm64 --runtime runsc alpine
