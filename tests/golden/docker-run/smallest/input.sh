docker run alpine
