FROM alpine
ADD https://example.com/a.tgz http://example.com/b /opt/
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/c /opt/
ADD git@github.com:a/b.git#main /src
ADD ["local file.txt", "/opt/"]
COPY https://example.com/not-fetched /opt/
