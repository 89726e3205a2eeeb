FROM alpine called x
