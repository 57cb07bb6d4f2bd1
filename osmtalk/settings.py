"""Django's settings: the one place that reads the environment of api and worker."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import drf_spectacular_sidecar
from celery.schedules import crontab
from csp.constants import NONCE
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from common.env import (
    env_bool,
    env_float,
    env_int,
    env_list,
    env_networks,
    env_secret,
    env_str,
    env_url,
    env_urls,
    refuse,
)

# Lets classes of Django's be written with the type of their model.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env_str("DATA_DIR", str(BASE_DIR / ".data")))

# What is running
APP_ENV = env_str("APP_ENV", "production")
GIT_SHA = env_str("GIT_SHA", "dev")
IN_PRODUCTION = APP_ENV == "production"
DEBUG = False

# Secrets
OWN_SECRET: dict[str, Any] = {
    "required": IN_PRODUCTION,
    "at_least": 32 if IN_PRODUCTION else 0,
    "fallback": "development only",
}
SECRET_KEY = env_secret("DJANGO_SECRET_KEY", **OWN_SECRET)
INTERNAL_API_SECRET = env_secret("INTERNAL_API_SECRET", **OWN_SECRET)

# Addresses
PUBLIC_URL = env_url("PUBLIC_URL", "http://localhost:8000", schemes=("http", "https"))
# How bots and the worker reach the api.
API_URL = env_url("API_URL", "http://127.0.0.1:8000", schemes=("http", "https"))
ALLOWED_HOSTS = [
    *env_list("ALLOWED_HOSTS", "localhost,127.0.0.1"),
    *(urlsplit(url).hostname or "" for url in (PUBLIC_URL, API_URL)),
]
IS_HTTPS = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
APPEND_SLASH = False
ROOT_URLCONF = "osmtalk.urls"
WSGI_APPLICATION = "osmtalk.wsgi.application"

# Apps, in the order in which they may know each other
INSTALLED_APPS = [
    "console",
    "health",
    "jobs",
    "telephony",
    "calls",
    "capacity",
    "agents",
    "webhooks",
    "billing",
    "idempotency",
    "orgs",
    "rest_framework",
    "drf_spectacular",
    "corsheaders",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "common.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "idempotency.middleware.Idempotency",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# PostgreSQL and Redis
DATABASE_URL = env_url("DATABASE_URL", schemes=("postgresql", "postgres"))
REDIS_URL = env_url(
    "REDIS_URL", "redis://127.0.0.1:6379/0", schemes=("redis", "rediss", "unix")
)
# The gate decides in PostgreSQL when Redis takes longer than this.
REDIS_TIMEOUT_SECS = 0.15
# Jobs that read the gate's sets have no caller who waits.
REDIS_PATIENCE_SECS = 5


def database(url: str) -> dict[str, Any]:
    """Django's settings for a database URL of any form that libpq takes."""
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        refuse("DATABASE_URL", "postgresql://user:password@host:port/name")
    django_names = {
        "NAME": parts.pop("dbname", "osmtalk"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
    }
    return django_names | {
        "ENGINE": "common.postgres",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            # A server that vanished without a word is noticed within 15 s.
            "keepalives_idle": 5,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            "tcp_user_timeout": 15000,
            "options": "-c statement_timeout=30000 -c jit=off",
            **parts,
        },
    }


DATABASES = {
    "default": database(DATABASE_URL or "postgresql://postgres@127.0.0.1/osmtalk")
}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {
            "SOCKET_TIMEOUT": 1,
            "SOCKET_CONNECT_TIMEOUT": 1,
            # A cache that is away is a cache that is empty.
            "IGNORE_EXCEPTIONS": True,
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

# People
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
# Of one name; three times as many of one address.
LOGIN_ATTEMPTS_PER_MINUTE = 10
LOGIN_REDIRECT_URL = "console:calls"
LOGOUT_REDIRECT_URL = "login"

# The browser
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # the console's scripts send it with their requests
SECURE_SSL_REDIRECT = False  # the proxy in front does it; probes speak plain HTTP
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # which asks for that redirect
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# The API
MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_RECORDING_BYTES = 1024 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "orgs.auth.KeyAccess",
        "orgs.auth.SessionAccess",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["common.parsers.StorableJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": [
        "orgs.throttling.AskerThrottle",
        "common.throttling.AddressThrottle",
    ],
    "NUM_PROXIES": env_int("TRUSTED_PROXIES", 0),
    "DEFAULT_SCHEMA_CLASS": "common.schema.RouteSchema",
    "EXCEPTION_HANDLER": "common.api.handle_exception",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "osmTalk",
    "DESCRIPTION": "Start, follow and account for the calls of voice agents.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/",
    "SORT_OPERATION_PARAMETERS": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "internalSecret": {
                "type": "apiKey",
                "in": "header",
                "name": "x-internal-secret",
            },
            "callToken": {"type": "http", "scheme": "bearer"},
        }
    },
    "POSTPROCESSING_HOOKS": ["health.schema.add", "common.schema.tidy"],
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
API_REQUESTS_PER_MINUTE_PER_KEY = env_int("API_REQUESTS_PER_MINUTE_PER_KEY", 6000)
API_REQUESTS_PER_MINUTE_PER_ADDRESS = env_int(
    "API_REQUESTS_PER_MINUTE_PER_ADDRESS", 6000
)
API_WRONG_KEYS_PER_MINUTE = env_int("API_WRONG_KEYS_PER_MINUTE", 20)

# Pages of others may use the widget's routes alone, with a key that allows their host.
CORS_URLS_REGEX = r"^/api/(widget/.*|calls/[0-9a-f-]+/offer)$"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_HEADERS = ["authorization", "content-type", "x-api-key", "idempotency-key"]
CORS_EXPOSE_HEADERS = ["retry-after", "x-request-id", "idempotency-replayed"]

# The capacity gate
MAX_CONCURRENT_CALLS = env_int("MAX_CONCURRENT_CALLS", 43, at_least=1)
MAX_CONCURRENT_CALLS_PER_ORG = env_int("MAX_CONCURRENT_CALLS_PER_ORG", 15, at_least=1)

# Money
MIN_BALANCE_INR = env_int("MIN_BALANCE_INR", 1)

# The bot and the caller's way to it
# One bot, several with commas between them, or a balancer in front of them.
BOT_URL = env_urls("BOT_URL", "http://127.0.0.1:8080", schemes=("http", "https"))
STUN_URL = env_str("STUN_URL")
TURN_URL = env_str("TURN_URL")
TURN_SECRET = env_secret("TURN_SECRET", required=False)

# Carriers: telephones by Plivo, WhatsApp by Meta
PLIVO_AUTH_ID = env_str("PLIVO_AUTH_ID")
PLIVO_AUTH_TOKEN = env_secret("PLIVO_AUTH_TOKEN", required=bool(PLIVO_AUTH_ID))
PLIVO_BASE_URL = env_url(
    "PLIVO_BASE_URL", "https://api.plivo.com", schemes=("http", "https")
)
# Where a carrier reaches the bot's sound; {host} stands for the bot's own address.
BOT_STREAM_URL = env_url("BOT_STREAM_URL", schemes=("ws", "wss"))
WHATSAPP_TOKEN = env_secret("WHATSAPP_TOKEN", required=False)
WHATSAPP_APP_SECRET = env_secret("WHATSAPP_APP_SECRET", required=bool(WHATSAPP_TOKEN))
WHATSAPP_VERIFY_TOKEN = env_secret(
    "WHATSAPP_VERIFY_TOKEN", required=bool(WHATSAPP_TOKEN)
)
WHATSAPP_BASE_URL = env_url(
    "WHATSAPP_BASE_URL", "https://graph.facebook.com/v23.0", schemes=("http", "https")
)

# Recordings
MINIO_ENDPOINT = env_url("MINIO_ENDPOINT", schemes=("http", "https"))
MINIO_PUBLIC_ENDPOINT = env_url(
    "MINIO_PUBLIC_ENDPOINT", MINIO_ENDPOINT, schemes=("http", "https")
)
MINIO_ACCESS_KEY = env_secret("MINIO_ACCESS_KEY", required=bool(MINIO_ENDPOINT))
MINIO_SECRET_KEY = env_secret("MINIO_SECRET_KEY", required=bool(MINIO_ENDPOINT))
MINIO_REGION = env_str("MINIO_REGION", "us-east-1")
MINIO_BUCKET = env_str("MINIO_BUCKET", "osmtalk-recordings")
RECORDING_RETENTION_DAYS = env_int("RECORDING_RETENTION_DAYS", 90, at_least=1)
RECORDINGS_DIR = DATA_DIR / "recordings"

# Webhooks
WEBHOOK_ALLOW_PRIVATE = env_networks("WEBHOOK_ALLOW_PRIVATE")
WEBHOOK_RETENTION_DAYS = env_int("WEBHOOK_RETENTION_DAYS", 30, at_least=1)

# Jobs
INTERNAL_CRON_ENABLED = env_bool("INTERNAL_CRON_ENABLED", True)
STALE_CALL_HOURS = env_int("STALE_CALL_HOURS", 2, at_least=1)
CHAT_IDLE_HOURS = env_int("CHAT_IDLE_HOURS", 24)
SWEEP_INTERVAL_SECS = env_int("SWEEP_INTERVAL_SECS", 3600, floor=60)
RECONCILE_INTERVAL_SECS = env_int("RECONCILE_INTERVAL_SECS", 1800, floor=60)
# A dead bot's calls are lost after 60 s; their slots are to be free after 75.
LOST_CALLS_INTERVAL_SECS = 12
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "end-lost-calls": {
        "task": "jobs.end_lost_calls",
        "schedule": LOST_CALLS_INTERVAL_SECS,
    },
    "record-peaks": {"task": "jobs.record_peaks", "schedule": 60},
    "end-idle-chats": {"task": "jobs.end_idle_chats", "schedule": 900},
    "inspect-recordings": {"task": "jobs.inspect_recordings", "schedule": 300},
    "expire-recordings": {"task": "jobs.expire_recordings", "schedule": 3600},
    "remove-orphaned-recordings": {
        "task": "jobs.remove_orphaned_recordings",
        "schedule": crontab(hour="3", minute="30"),
    },
    "forget-answers": {"task": "jobs.forget_answers", "schedule": 3600},
    "send-webhooks": {"task": "jobs.send_webhooks", "schedule": 10},
    "forget-webhooks": {"task": "jobs.forget_webhooks", "schedule": 3600},
    "note-health": {"task": "health.note", "schedule": 60},
}
if INTERNAL_CRON_ENABLED:
    CELERY_BEAT_SCHEDULE |= {
        "sweep-stale-calls": {
            "task": "jobs.sweep_stale_calls",
            "schedule": SWEEP_INTERVAL_SECS,
        },
        "reconcile-capacity": {
            "task": "jobs.reconcile_capacity",
            "schedule": RECONCILE_INTERVAL_SECS,
        },
    }

# Errors, counters and logs
METRICS_DIR = env_str("PROMETHEUS_MULTIPROC_DIR")  # gunicorn.conf.py sets it
if not METRICS_DIR:
    # The library takes an empty name for the name of a folder.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
SENTRY_DSN = env_str("SENTRY_DSN")
SENTRY_TRACES_SAMPLE_RATE = env_float("SENTRY_TRACES_SAMPLE_RATE", 0.1, low=0, high=1)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "common.jsonlog.JsonFormatter"}},
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "json",
        }
    },
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # What a client did wrong stands in the line of the request already.
        "django.request": {"level": "ERROR"},
        # A line for each task would drown what the tasks say themselves.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # Their own INFO lines hold URLs with signatures.
        "httpx": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
    },
}

# Pages
SWAGGER_UI = Path(drf_spectacular_sidecar.__file__).parent.joinpath(
    "static", "drf_spectacular_sidecar", "swagger-ui-dist"
)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = env_str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static", ("swagger-ui", SWAGGER_UI)]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# What pages may load: ourselves, and recordings from their store
MEDIA_ORIGINS = [MINIO_PUBLIC_ENDPOINT] if MINIO_PUBLIC_ENDPOINT else []
SELF = "'self'"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:", *MEDIA_ORIGINS],
        "connect-src": [SELF, *MEDIA_ORIGINS],
        "form-action": [SELF],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
