"""Errors and traces of the api reach Sentry, and nobody's words with them."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import sentry_sdk
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from agents.models import Agent
from calls.models import Call
from common import sentry as our_sentry
from doubles.bot import BotDouble
from doubles.sentry import SentryDouble, on_a_thread
from orgs.models import create_api_key

NUMBER, WORDS = "+919876543210", "My name is Asha and I need turmeric"


@pytest.fixture
def sentry() -> Iterator[SentryDouble]:
    with on_a_thread() as double:
        yield double


@pytest.fixture
def watched(sentry: SentryDouble, settings: Settings) -> Iterator[SentryDouble]:
    """This process, as an api whose requests are all traced."""
    settings.SENTRY_DSN, settings.GIT_SHA, settings.APP_ENV = (
        sentry.dsn,
        "abc",
        "staging",
    )
    settings.SENTRY_TRACES_SAMPLE_RATE = 1.0
    our_sentry.initialize("api")
    yield sentry
    sentry_sdk.init(default_integrations=False, auto_enabling_integrations=False)


def until(holds: Callable[[], Any], secs: float = 30) -> None:
    deadline = time.monotonic() + secs
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:The send_default_pii option is deprecated")
def test_an_exception_of_a_route_arrives_with_its_call_and_without_words(
    watched: SentryDouble,
    live_server: LiveServer,
    settings: Settings,
    start: Callable[..., Call],
    report: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    call = start(to_number=NUMBER)

    def broken(*args: Any) -> None:
        raise RuntimeError(f"{WORDS}: {NUMBER}")

    monkeypatch.setattr("calls.reports.complete_call", broken)
    transcript = [{"role": "user", "text": WORDS, "at": 1, "until": 2}]
    secret = settings.INTERNAL_API_SECRET
    answer = httpx.post(
        f"{live_server.url}/api/calls/{call.pk}/complete?to={NUMBER[1:]}",
        json=report(transcript=transcript),
        headers={"x-internal-secret": secret, "cookie": "sessionid=biscuit"},
    )
    sentry_sdk.flush(10)
    until(lambda: watched.events and watched.traces)

    assert answer.status_code == 500
    event = watched.events[0]
    assert event["exception"]["values"][-1]["type"] == "RuntimeError"
    assert event["tags"] == {"service": "api", "callId": str(call.pk)}
    assert (event["release"], event["environment"]) == ("abc", "staging")
    assert event["request"] == {"method": "POST"}
    assert len(watched.events) == 1
    trace = next(t for t in watched.traces if "complete" in t["transaction"])
    assert trace["contexts"]["trace"]["op"] == "http.server"
    said = ("turmeric", "Asha", NUMBER[1:], call.agent_config["prompt"])
    for hidden in (*said, secret, "biscuit"):
        assert hidden not in watched.raw, hidden


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:The send_default_pii option is deprecated")
def test_a_trace_of_a_whole_start_tells_nothing_but_times(
    watched: SentryDouble,
    live_server: LiveServer,
    bot: BotDouble,
    agent: Agent,
) -> None:
    _, secret = create_api_key(agent.organization, name="Shop", scopes=["voice"])
    answer = httpx.post(
        f"{live_server.url}/api/agents/{agent.pk}/connect",
        json={"dynamicVariables": {"name": WORDS, "phone": NUMBER}},
        headers={"x-api-key": secret},
    )
    sentry_sdk.flush(10)
    until(lambda: watched.traces)

    assert answer.status_code in (200, 201)
    spans = [span for trace in watched.traces for span in trace["spans"]]
    assert {"db"} <= {span["op"] for span in spans}
    token = answer.json()["token"]
    for hidden in ("turmeric", NUMBER[1:], secret, token, agent.prompt):
        assert hidden not in watched.raw, hidden
