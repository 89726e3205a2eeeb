FROM alpine:3.20
ARG BUILD_PASSWORD
ARG TOKEN=default
ARG TOKEN_FILE=/run/secrets/token
ENV DB_PASSWORD=hunter2 PATH=$PATH:/x DATABASE=postgres://app:hunter2@db/app EMPTY_TOKEN=
ENV API_KEY ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
RUN export GITHUB_TOKEN=abc && npm config set //registry/:_authToken=xyz
RUN tool --api-key=abc --password=$PASSWORD --token $TOKEN
RUN curl -H "Authorization: Bearer abcdef" https://a/ && curl -H "Authorization: Bearer $TOKEN" https://a/
RUN git clone https://user:hunter2@example.com/x.git
RUN --mount=type=secret,id=t TOKEN=$(cat /run/secrets/t) make
RUN echo 'root:toor' | chpasswd && printf "a:%s" b | sudo chpasswd -e && echo "root:$PASSWORD" | chpasswd
