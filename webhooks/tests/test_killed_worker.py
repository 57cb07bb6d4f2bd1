"""A worker that is killed while it sends loses nothing: another sends it again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from doubles.receiver import Receiver
from webhooks.models import Delivery, Endpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
WAIT_SECS = 90


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts a real worker with beat, on the tests' own database and Redis."""
    started: list[subprocess.Popen[bytes]] = []
    # The tests' database is beside the one that the settings were made for.
    address = urlsplit(os.environ["DATABASE_URL"])
    database = address._replace(path=f"/{connection.settings_dict['NAME']}")
    environ = {
        "DATABASE_URL": database.geturl(),
        "APP_ENV": "test",
        "WEBHOOK_ALLOW_PRIVATE": "127.0.0.1",
        "INTERNAL_CRON_ENABLED": "0",
    }

    def start() -> "subprocess.Popen[bytes]":
        data = tmp_path / str(len(started))
        data.mkdir()
        argv = [sys.executable, "-m", "celery", "--quiet", "-A", "osmtalk", "worker"]
        argv += ["--beat", "--pool=threads", "--concurrency=2"]
        process = subprocess.Popen(
            argv,
            cwd=ROOT,
            env=os.environ | environ | {"DATA_DIR": str(data)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_SECS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_it_was_sending_is_sent_by_the_next(
    start_worker: Callable[[], "subprocess.Popen[bytes]"],
    make_event: Callable[..., Delivery],
    endpoint: Endpoint,
    receiver: Receiver,
) -> None:
    receiver.awake.clear()
    delivery = make_event()
    worker = start_worker()
    until(lambda: receiver.received)

    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts.count()) == ("pending", 0)
    receiver.awake.set()
    start_worker()

    def delivered() -> bool:
        delivery.refresh_from_db()
        return delivery.status == "delivered"

    until(delivered)
    assert len(receiver.received) == 2
    assert receiver.received[0].body == receiver.received[1].body
