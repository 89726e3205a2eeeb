# syntax=docker/dockerfile:1
# escape=\
ARG BASE=node:20
FROM ${BASE} AS build
ARG NPM_TOKEN
ENV API_KEY=$NPM_TOKEN PATH=/x:$PATH
WORKDIR /app
COPY . .
RUN npm install \
  # comment

  && curl -fsSL https://x.sh | sudo bash -
RUN <<EOF
set -e
chmod 777 /app
EOF
FROM build
RUN adduser -D appuser && mkdir -p /data /app/logs
ADD https://example.com/a.tgz /opt/
EXPOSE 8080/tcp 9000
USER appuser
HEALTHCHECK --interval=5s CMD curl -f http://localhost/ || exit 1
VOLUME ["/data"]
ENTRYPOINT ["node", "app.js"]
CMD ["--port", "8080"]
