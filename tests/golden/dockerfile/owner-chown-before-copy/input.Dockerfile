FROM python:3.12-slim
RUN useradd -m -d /app app && chown -R app /app
WORKDIR /app
COPY . .
USER app
CMD python main.py
