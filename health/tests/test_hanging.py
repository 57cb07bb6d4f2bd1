"""Who asks whether this process is alive never waits for what other programs do."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from calls import recordings
from health import views
from health.probes import Probe, Probes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def ask(path: str) -> tuple[int, dict[str, str]]:
    """The status, and what is said of each dependency."""
    try:
        answer = Client().get(path)
        return answer.status_code, answer.json()["checks"]
    finally:
        connection.close()


def test_the_shallow_answer_comes_while_every_deep_dependency_hangs(
    silent: str, settings: Settings
) -> None:
    settings.BOT_URL = settings.MINIO_ENDPOINT = silent
    settings.MINIO_ACCESS_KEY = settings.MINIO_SECRET_KEY = "unused"
    recordings.store.cache_clear()
    for probe in (*views.DEEP.members, *views.SHALLOW.members):
        probe.forget()

    with ThreadPoolExecutor(2) as people:
        deep = [people.submit(ask, "/api/health/deep") for _ in range(2)]
        shallow = [ask("/api/health") for _ in range(20)]
        still_waiting = [not answer.done() for answer in deep]
        _, checks = deep[0].result(timeout=60)

    assert [status for status, _ in shallow] == [200] * 20
    assert still_waiting == [True, True]
    for name in ("bot", "voice_transport", "minio"):
        assert checks[name] == "timed out"
    assert (checks["database"], checks["redis"]) == ("ok", "ok")


def test_a_check_that_ended_early_is_not_begun_again_for_a_slow_one() -> None:
    quick_ran = threading.Event()
    times = []

    def quick() -> None:
        times.append(1)
        quick_ran.set()

    def slow() -> None:
        quick_ran.wait(60)

    checks = {"slow": slow, "quick": quick}
    probes = Probes({k: Probe(k, check, shared_secs=0) for k, check in checks.items()})

    assert probes.results() == {"slow": "ok", "quick": "ok"}
    assert len(times) == 1
