# syntax=docker/dockerfile:1
# Two images from one file: `api` (also the worker) and `bot`.

FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/venv/bin:$PATH
RUN useradd --system --uid 10001 --user-group --create-home app
WORKDIR /app

FROM base AS build-api
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM base AS build-bot
COPY requirements-bot.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements-bot.txt

FROM base AS api
COPY --from=build-api /venv /venv
COPY . .
ENV DATA_DIR=/data STATIC_ROOT=/app/staticfiles
RUN APP_ENV=build python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir /data && chown app /data
USER 10001
VOLUME /data
EXPOSE 8000
ARG GIT_SHA=dev
ENV GIT_SHA=$GIT_SHA
HEALTHCHECK --interval=10s --timeout=5s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/api/health', timeout=4)"]
CMD ["gunicorn", "osmtalk.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", \
     "--threads", "8", "--no-control-socket"]

FROM base AS bot
COPY --from=build-bot /venv /venv
COPY bot bot
ENV DATA_DIR=/data
RUN mkdir /data /spool && chown app /data /spool
USER 10001
VOLUME ["/data", "/spool"]
EXPOSE 8080
ARG GIT_SHA=dev
ENV GIT_SHA=$GIT_SHA
HEALTHCHECK --interval=10s --timeout=5s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/health', timeout=4)"]
CMD ["python", "-m", "bot"]
