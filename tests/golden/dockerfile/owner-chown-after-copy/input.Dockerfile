FROM python:3.12-slim
ENV APP_HOME=/app
WORKDIR $APP_HOME
COPY . .
RUN useradd app && mkdir -p $APP_HOME/logs && chown -R app:app "$APP_HOME"
USER app
CMD python main.py
