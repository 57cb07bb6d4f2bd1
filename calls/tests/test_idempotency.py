"""A POST that is sent again is answered again, and nothing is done twice."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from rest_framework.test import APIClient

from agents.models import Agent
from billing.models import Rate
from calls.models import Call
from conftest import key_client
from doubles.bot import BotDouble
from idempotency import keeping
from idempotency.models import KeptAnswer
from orgs.models import Organization, create_api_key

NEW = {"name": "Sales", "prompt": "You sell flowers."}


def keyed(key: str = "first") -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_the_same_request_is_answered_again_and_done_once(
    api: APIClient, agent: Agent, bot: BotDouble
) -> None:
    url = f"/api/agents/{agent.pk}/connect"

    first = api.post(url, {}, headers=keyed())
    again = api.post(url, {}, headers=keyed())

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Content-Type"] == "application/json"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert Call.objects.count() == 1
    assert len(bot.requests) == 1


@pytest.mark.parametrize(
    ("url", "body"),
    [("/api/agents", NEW | {"name": "Other"}), ("/api/agents?x=1", NEW)],
)
def test_another_request_with_the_same_key_is_a_conflict(
    api: APIClient, rates: list[Rate], url: str, body: dict[str, str]
) -> None:
    assert api.post("/api/agents", NEW, headers=keyed()).status_code == 201

    response = api.post(url, body, headers=keyed())

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert Agent.objects.count() == 1


def test_another_key_is_another_request(api: APIClient, rates: list[Rate]) -> None:
    for key in ("first", "second"):
        assert api.post("/api/agents", NEW, headers=keyed(key)).status_code == 201

    assert Agent.objects.count() == 2


def test_keys_of_two_organizations_are_apart(
    api: APIClient, strange_api: APIClient, rates: list[Rate]
) -> None:
    mine = api.post("/api/agents", NEW, headers=keyed())
    theirs = strange_api.post("/api/agents", NEW, headers=keyed())

    assert mine.json()["id"] != theirs.json()["id"]
    assert Agent.objects.count() == 2


def test_a_refusal_leaves_the_key_free(api: APIClient, rates: list[Rate]) -> None:
    assert api.post("/api/agents", {}, headers=keyed()).status_code == 400

    assert api.post("/api/agents", NEW, headers=keyed()).status_code == 201


def test_after_a_day_the_key_is_free(api: APIClient, rates: list[Rate]) -> None:
    api.post("/api/agents", NEW, headers=keyed())
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert api.post("/api/agents", NEW, headers=keyed()).status_code == 201
    assert Agent.objects.count() == 2


def test_answers_of_the_day_before_are_removed(
    api: APIClient, rates: list[Rate]
) -> None:
    for key in ("old", "new"):
        api.post("/api/agents", NEW, headers=keyed(key))
    old = KeptAnswer.objects.filter(key="old")
    old.update(created_at=timezone.now() - timedelta(hours=25))

    assert keeping.remove_expired() == 1
    assert [row.key for row in KeptAnswer.objects.all()] == ["new"]


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve"])
def test_a_key_that_is_none_is_invalid(
    api: APIClient, rates: list[Rate], key: str
) -> None:
    response = api.post("/api/agents", NEW, headers=keyed(key))

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert not Agent.objects.exists()


def test_what_was_interrupted_is_not_done_again(
    api: APIClient, rates: list[Rate], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ended, or the database was lost, after the work was begun."""

    def lost(*args: Any) -> None:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as broken:
        broken.setattr("agents.editing.create_agent", lost)
        assert api.post("/api/agents", NEW, headers=keyed()).status_code == 503

    soon = api.post("/api/agents", NEW, headers=keyed())
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    later = api.post("/api/agents", NEW, headers=keyed())

    assert (soon.status_code, soon.headers["Retry-After"]) == (409, "1")
    assert later.status_code == 409
    assert "Retry-After" not in later.headers
    assert "another key" in later.json()["error"]
    assert not Agent.objects.exists()


def test_an_error_of_ours_is_not_done_again(
    organization: Organization, rates: list[Rate], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError

    api = key_client(organization, ["manage"])
    api.raise_request_exception = False
    monkeypatch.setattr("agents.editing.create_agent", broken)

    assert api.post("/api/agents", NEW, headers=keyed()).status_code == 500
    assert api.post("/api/agents", NEW, headers=keyed()).status_code == 409


def test_those_who_may_not_ask_are_told_so_and_keep_nothing(
    organization: Organization, rates: list[Rate]
) -> None:
    reader = key_client(organization, ["read"])

    assert reader.post("/api/agents", NEW, headers=keyed()).status_code == 403
    assert APIClient().post("/api/agents", NEW, headers=keyed()).status_code == 401
    assert not KeptAnswer.objects.exists()


def test_an_answer_is_for_those_alone_who_might_have_got_it(
    api: APIClient, organization: Organization, rates: list[Rate]
) -> None:
    api.post("/api/agents", NEW, headers=keyed())
    reader = key_client(organization, ["read"])

    assert reader.post("/api/agents", NEW, headers=keyed()).status_code == 403


def test_the_bots_reports_need_no_key(
    internal: APIClient, start: Callable[..., Call], report: Callable[..., Any]
) -> None:
    url = f"/api/calls/{start().pk}/complete"

    assert internal.post(url, report(), headers=keyed()).status_code == 200
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_requests_at_the_same_time_one_is_done(
    organization: Organization, agent: Agent, bot: BotDouble
) -> None:
    _, secret = create_api_key(organization, name="Program", scopes=["voice"])
    ready = threading.Barrier(8)

    def post() -> Any:
        client = APIClient(headers={"x-api-key": secret})
        try:
            ready.wait(20)
            url = f"/api/agents/{agent.pk}/connect"
            return client.post(url, {}, headers=keyed())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = [f.result(30) for f in [pool.submit(post) for _ in range(8)]]

    done = [answer.json() for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert done
    assert all(answer == done[0] for answer in done)
    assert {(a.status_code, a.headers["Retry-After"]) for a in refused} <= {(409, "1")}
    assert Call.objects.count() == 1
    assert len(bot.requests) == 1
