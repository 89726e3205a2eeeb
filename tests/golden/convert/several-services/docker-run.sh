docker run \
  --name web \
  --restart unless-stopped \
  --volume /srv/web/conf:/etc/nginx/conf.d:ro \
  --volume assets:/usr/share/nginx/html:ro \
  --volume /cache \
  --publish 127.0.0.1:8080:80 \
  --publish 443 \
  nginx:1.27
