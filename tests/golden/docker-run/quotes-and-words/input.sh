#!/bin/sh
# a comment with 'one quote
sudo -E DOCKER_HOST=tcp://x docker --context far container run -it --rm \
	-e "A=b c" -e 'D="e"' -e F=\$g -eH="\"i\\j\$k" \
	-w"/srv/app" --label x=y --entrypoint "" alpine:3 sh -c "echo \"hi\" 'there'" # end

