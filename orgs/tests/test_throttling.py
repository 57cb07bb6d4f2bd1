"""Keys and addresses have so many requests a minute; without Redis all are let in."""

from collections.abc import Iterator
from typing import Any

import pytest
from django_redis import get_redis_connection
from pytest_django import Settings
from rest_framework.test import APIClient

from common import throttling
from conftest import key_client
from orgs.models import Organization

NOON = 1_764_000_000.0  # at the beginning of a minute


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A minute that does not end while a test counts in it."""
    monkeypatch.setattr("common.throttling.time.time", lambda: NOON + 15.5)
    yield
    throttling.Rest.until = 0.0


def statuses(client: APIClient, times: int) -> list[int]:
    return [client.get("/api/calls").status_code for _ in range(times)]


def test_a_key_has_so_many_requests_a_minute(
    api: APIClient, strange_api: APIClient, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE_PER_KEY = 2

    assert statuses(api, 2) == [200, 200]
    refused = api.get("/api/calls")

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "45"
    assert refused.json() == {
        "error": "Too many requests. Please try again in 45 s.",
        "code": "rate_limited",
    }
    assert statuses(strange_api, 1) == [200]


def test_the_next_minute_begins_anew(
    api: APIClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_REQUESTS_PER_MINUTE_PER_KEY = 1
    assert statuses(api, 2) == [200, 429]

    monkeypatch.setattr("common.throttling.time.time", lambda: NOON + 60)

    assert statuses(api, 2) == [200, 429]


def test_counts_do_not_stay_in_redis(api: APIClient) -> None:
    statuses(api, 1)

    store: Any = get_redis_connection()
    keys = list(store.scan_iter("rate:*"))
    assert len(keys) == 2
    assert all(0 < store.ttl(key) <= 120 for key in keys)


def test_an_address_has_so_many_requests_a_minute_whatever_its_keys(
    organization: Organization, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE_PER_ADDRESS = 2

    clients = [key_client(organization, ["read"]) for _ in range(3)]

    assert [statuses(client, 1) for client in clients] == [[200], [200], [429]]
    elsewhere = clients[0].get("/api/calls", REMOTE_ADDR="10.0.0.9")
    assert elsewhere.status_code == 200


def test_nobody_chooses_the_address_that_is_counted(
    api: APIClient, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE_PER_ADDRESS = 1

    for number, expected in ((1, 200), (2, 429)):
        response = api.get(
            "/api/calls", headers={"X-Forwarded-For": f"10.0.0.{number}"}
        )
        assert response.status_code == expected


def test_the_bot_is_not_counted(
    db: None, internal: APIClient, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE_PER_ADDRESS = 1

    for _ in range(3):
        response = internal.post("/api/bot/heartbeat", {"calls": []})
        assert response.status_code == 200


def test_wrong_keys_of_an_address_are_limited(
    api: APIClient, settings: Settings
) -> None:
    settings.API_WRONG_KEYS_PER_MINUTE = 3
    guesser = APIClient(headers={"x-api-key": "osm_guess"})

    assert statuses(guesser, 4) == [401, 401, 401, 429]
    assert guesser.get("/api/calls").headers["Retry-After"] == "45"
    # Who has a key is not shut out by a neighbour who guesses.
    assert statuses(api, 1) == [200]


def test_no_limit_is_no_limit(api: APIClient, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE_PER_KEY = 0
    settings.API_REQUESTS_PER_MINUTE_PER_ADDRESS = 0

    assert statuses(api, 3) == [200, 200, 200]


def test_without_redis_nobody_is_refused(
    api: APIClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.API_REQUESTS_PER_MINUTE_PER_KEY = 1
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    }

    assert statuses(api, 3) == [200, 200, 200]
    # It is left alone, not asked by each request.
    assert caplog.messages.count("Requests are not counted") == 1
