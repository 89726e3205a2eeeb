docker run -m 512x alpine
