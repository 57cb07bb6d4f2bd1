"""The worker and its schedule. ``celery -A osmtalk worker --beat`` runs both."""

import logging
import logging.config
import os
import random
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osmtalk.settings")

app = Celery("osmtalk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

logger = logging.getLogger("jobs")

# The operators' jobs; the schedule holds others that need no tending.
CRON_JOBS = ("sweep-stale-calls", "reconcile-capacity")
JITTER_SECS = 30


@setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Celery would replace the JSON lines by its own format."""
    from django.conf import settings  # not before Celery has them

    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
def start_sentry(**kwargs: Any) -> None:
    from common import sentry  # it needs the settings

    sentry.initialize("worker")


@beat_init.connect
def run_each_job_soon(sender: Any, **kwargs: Any) -> None:
    """Beat waits a whole interval before the first run; operators want to see one
    within a minute of the start. The jitter keeps replicas apart."""
    schedule = app.conf.beat_schedule
    jobs = [name for name in CRON_JOBS if name in schedule]
    if not jobs:
        return
    logger.info("Internal cron started — jobs: [%s]", ", ".join(jobs))
    for name in jobs:
        app.send_task(
            schedule[name]["task"],
            countdown=random.uniform(0, JITTER_SECS),
        )
