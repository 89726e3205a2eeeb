FROM ubuntu:latest
ARG NPM_TOKEN
ENV DB_PASSWORD=hunter2hunter2
ADD https://example.com/tool /usr/local/bin/tool
ADD app.py /app/
RUN chmod 777 /app && chmod u+s /usr/local/bin/tool
RUN apt-get update && apt-get install -y sudo curl
RUN curl -fsSL https://example.com/install.sh | sudo bash
COPY .env id_rsa /root/
CMD ["python3", "/app/app.py"]
