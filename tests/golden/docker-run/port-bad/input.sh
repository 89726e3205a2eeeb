docker run -p 127.0.0.1:80 nginx
