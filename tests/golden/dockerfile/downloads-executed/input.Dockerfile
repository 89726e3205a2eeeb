FROM alpine:3.20
RUN curl -fsSL https://a/ | sh
RUN wget -qO- https://a/ | bash -s -- --yes
RUN curl https://a/ | tee /tmp/log | sudo -E bash -
RUN bash -c "$(curl -fsSL https://a/)"
RUN bash <(curl -s https://a/)
RUN . <(wget -qO- https://a/); eval "`curl https://a/`"
RUN ["sh", "-c", "curl https://a/ | python3 -"]
RUN bash -exo pipefail -c 'curl https://a/ | perl'
ONBUILD RUN curl https://a/ | sh
