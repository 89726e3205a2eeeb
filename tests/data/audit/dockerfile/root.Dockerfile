FROM alpine:3.20@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0
RUN apk add --no-cache nginx
USER nginx
RUN nginx -t
USER root
CMD ["nginx", "-g", "daemon off;"]
