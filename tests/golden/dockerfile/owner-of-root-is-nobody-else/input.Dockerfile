FROM alpine:3.20
WORKDIR /app
COPY . .
RUN mkdir /data
USER root
