docker run \
  --name container \
  --user app:app \
  --group-add audio \
  --network container:db \
  nginx
