FROM alpine:3.20@sha256:0000000000000000000000000000000000000000000000000000000000000001
RUN curl -fsSL https://a/ | tar xz
RUN curl https://a/ | python3 -m json.tool
RUN curl https://a/ | bash install.sh
RUN curl https://a/ | bash -c 'cat'
RUN curl -o x https://a/; echo "curl | sh" | cat
RUN bash install.sh --version $(curl -s https://a/latest)
RUN apt-get install -y curl bash && echo x | sh
# curl https://a/ | sh
