docker run -x alpine
