FROM alpine:3.20
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
HEALTHCHECK none
CMD exec app
