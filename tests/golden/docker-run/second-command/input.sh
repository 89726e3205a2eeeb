docker run alpine
docker run debian
