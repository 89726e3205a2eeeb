FROM alpine:3.20
RUN <<-"ONE" cat > /a && <<TWO cat
	# first
	ONE
second
TWO
COPY <<EOF /etc/app.env
API_TOKEN=hunter2hunter2
EOF
RUN python3 <<EOF
import os; os.system("sudo true")
EOF
RUN bash -e <<EOF
curl -s https://example.com/i | sh
EOF
ONBUILD COPY <<EOF /x
body
EOF
