FROM alpine:3.20
RUN chmod 777 /a && chmod -R a+rwx /b && chmod o=rw /c && chmod 0666 /d
RUN chmod 1777 /tmp && chmod 755 /a && chmod +x /b && chmod u+w,g-w /c
RUN apk add --no-cache sudo && sudo -u app true
RUN echo sudo chmod 777
COPY --chmod=777 a /a
ADD --chmod=644 b /b
