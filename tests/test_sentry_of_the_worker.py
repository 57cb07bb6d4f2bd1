"""Errors of tasks reach Sentry from the worker's own process."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doubles.sentry import on_a_thread
from osmtalk.celery import app

ROOT = Path(__file__).parent.parent
QUEUE = "sentry-test"
WORKER = (sys.executable, "-m", "celery", "--quiet", "-A", "osmtalk", "worker")


@pytest.mark.slow
def test_an_exception_of_a_task_arrives_from_the_worker() -> None:
    """With a database that is not there."""
    with on_a_thread() as sentry:
        env = os.environ | {
            "DATABASE_URL": os.environ["DATABASE_URL"] + "_that_is_not_there",
            "SENTRY_DSN": sentry.dsn,
            "SENTRY_TRACES_SAMPLE_RATE": "1",
            "GIT_SHA": "abc",
            "PYTHONWARNINGS": "ignore",
        }
        worker = subprocess.Popen(
            [*WORKER, "--concurrency=1", "--queues", QUEUE],
            cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            app.send_task("jobs.sweep_stale_calls", queue=QUEUE)
            deadline = time.monotonic() + 90
            while not sentry.events and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            worker.terminate()
            said, _ = worker.communicate(timeout=60)

    assert "Sentry initialized for worker" in said
    event = sentry.events[0]
    assert event["exception"]["values"][-1]["type"] == "OperationalError"
    assert (event["release"], event["tags"]["service"]) == ("abc", "worker")
    for name in ("DJANGO_SECRET_KEY", "INTERNAL_API_SECRET"):
        assert os.environ[name] not in sentry.raw
    assert os.environ["DATABASE_URL"].split("@")[0] not in sentry.raw
