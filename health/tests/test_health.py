"""What the two health answers say of each dependency, well and ill."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from calls import recordings
from common import redis as redis_client
from doubles.bot import BotDouble
from health import views
from health.probes import Probe

pytestmark = pytest.mark.django_db(transaction=True)

ALL_OK = {
    "api": "ok",
    "database": "ok",
    "redis": "ok",
    "bot": "ok",
    "voice_transport": "ok",
    "minio": "ok",
}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Results of the test before are not shared with this one."""
    probes: set[Probe] = {*views.DEEP.members, *views.SHALLOW.members}
    for probe in probes:
        probe.forget()


def deep() -> tuple[int, dict[str, str]]:
    response = Client().get("/api/health/deep")
    return response.status_code, response.json()["checks"]


@pytest.fixture
def no_redis(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis_client.client.cache_clear()
    yield
    redis_client.client.cache_clear()


def test_the_shallow_answer_is_about_this_process_and_its_stores() -> None:
    response = Client().get("/api/health")
    body = response.json()

    assert response.status_code == 200
    assert list(body) == ["status", "checks", "uptime"]
    assert body["status"] == "healthy"
    assert body["checks"] == {"api": "ok", "database": "ok", "redis": "ok"}
    assert isinstance(body["uptime"], int)
    assert response["Cache-Control"] == "no-store"


def test_the_deep_answer_is_about_all_that_a_call_needs(bot: BotDouble) -> None:
    assert deep() == (200, ALL_OK)


def test_only_reading_is_allowed() -> None:
    assert Client().post("/api/health").status_code == 405
    assert Client().post("/api/health/deep").status_code == 405


def test_without_redis_the_api_stays_in_the_balancer_but_is_not_healthy(
    bot: BotDouble, no_redis: None
) -> None:
    shallow = Client().get("/api/health")

    assert shallow.status_code == 200
    assert shallow.json()["checks"]["redis"] == "unavailable"
    assert deep() == (503, ALL_OK | {"redis": "unavailable"})


def test_without_the_database_nothing_is_healthy(bot: BotDouble) -> None:
    name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = "there is no such database"
    try:
        shallow = Client().get("/api/health")
        found = deep()
    finally:
        connection.settings_dict["NAME"] = name

    assert shallow.status_code == 503
    assert shallow.json()["status"] == "unhealthy"
    assert found == (503, ALL_OK | {"database": "unavailable"})
    assert "no such" not in shallow.content.decode()


def test_a_bot_that_is_away_takes_the_voices_with_it(no_bot: None) -> None:
    gone = {"bot": "unavailable", "voice_transport": "unavailable"}

    assert deep() == (503, ALL_OK | gone)


@pytest.mark.parametrize("state", ["draining", "overloaded"])
def test_a_bot_that_refuses_calls_takes_none(bot: BotDouble, state: str) -> None:
    setattr(bot, state, True)

    assert deep() == (503, ALL_OK | {"bot": state})


def test_a_bot_with_another_secret_takes_no_calls(bot: BotDouble) -> None:
    bot.status = 401

    assert deep() == (503, ALL_OK | {"bot": "wrong secret"})


@pytest.mark.parametrize(
    ("said", "shown"),
    [("unreachable", "unreachable"), ("10.0.0.7 says no", "unavailable")],
)
def test_the_transport_is_what_the_bot_finds(
    bot: BotDouble, said: str, shown: str
) -> None:
    bot.voice_transport = said

    assert deep() == (503, ALL_OK | {"voice_transport": shown})


def test_of_several_bots_one_is_enough(
    bot: BotDouble, no_bot: None, settings: Settings
) -> None:
    settings.BOT_URL = f"{settings.BOT_URL},{bot.url}"

    assert deep() == (200, ALL_OK)


def test_a_folder_that_cannot_be_written_to_is_no_store(
    bot: BotDouble, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "a file"
    file.touch()
    settings.RECORDINGS_DIR = file / "recordings"
    recordings.store.cache_clear()

    assert deep() == (503, ALL_OK | {"minio": "not writable"})


def test_details_are_for_the_log_alone(
    no_bot: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MINIO_ENDPOINT = "http://127.0.0.1:1"
    settings.MINIO_ACCESS_KEY = settings.MINIO_SECRET_KEY = "unused"
    recordings.store.cache_clear()

    body = Client().get("/api/health/deep").content.decode()

    assert "127.0.0.1" not in body
    assert "Error" not in body
    logged = {vars(record).get("check"): vars(record) for record in caplog.records}
    assert "Connection refused" in logged["bot"]["error"]
    assert "EndpointConnectionError" in logged["minio"]["error"]
    assert os.environ["INTERNAL_API_SECRET"] not in caplog.text
