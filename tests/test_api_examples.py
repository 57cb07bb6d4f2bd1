"""Every command of docs/api.md does what the page says, against a server; and there is
one for each route."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from agents.models import Agent, PhoneNumber
from billing.models import Rate
from calls import tokens
from calls.leg import Leg
from calls.models import Call
from conftest import ALL_SCOPES
from doubles.bot import BotDouble
from doubles.plivo import Plivo
from health import views
from orgs.models import Organization, create_api_key
from osmtalk.api_docs import document
from webhooks.models import CALL_EVENTS, Endpoint, Status
from webhooks.outbox import send_test

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text()

# Fails where the server refuses, as the shell of a careful reader would.
CURL = 'curl() { command curl --fail-with-body -sS -w "\\n%{http_code}" "$@"; }\n'


@dataclass(frozen=True)
class Example:
    """A command of the page, and what the line below it says of the answer."""

    command: str
    status: int
    answer: str

    @property
    def method(self) -> str:
        found = re.search(r"-X ([A-Z]+)", self.command)
        return found[1] if found else "GET"

    @property
    def path(self) -> str:
        """With the shell's variables in it, and without the query."""
        found = re.search(r"\$URL(/[^\s\"'?]*)", self.command)
        assert found, f"It asks for nothing of $URL: {self.command}"
        return found[1]

    @property
    def names(self) -> list[str]:
        return re.findall(r'"(\w+)":', self.answer)


def examples() -> Iterator[Example]:
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        lines = block.replace("\\\n", " ").splitlines()
        for line, below in zip(lines, [*lines[1:], ""], strict=True):
            if not line.startswith("curl "):
                assert re.match(r"# |[A-Z]+=", line), f"Not understood: {line}"
                continue
            said = re.match(r"# (\d{3})\b(.*)", below)
            assert said, f"The line below does not say the status: {line}"
            yield Example(line, int(said[1]), said[2])


def test_every_route_of_the_document_has_an_example() -> None:
    shown = {(one.method, re.sub(r"\$[A-Z_]+", "{}", one.path)) for one in examples()}
    routes = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, item in document()["paths"].items()
        for method in item
    }

    assert routes - shown == set()


@pytest.fixture
def talkative(bot: BotDouble) -> BotDouble:
    """A bot that has an answer for a message, an offer and a candidate."""
    llm = {"provider": "openai", "model": "gpt-4.1-mini"}
    usage = {"llm": llm, "promptTokens": 200, "completionTokens": 14}
    bot.status = 200
    bot.answer = {"reply": "From nine to six.", "usage": usage, "status": "ok"}
    bot.answer |= {"sdp": "v=0", "type": "answer", "pcId": "SmallWebRTC#0"}
    return bot


@pytest.fixture
def webhook(organization: Organization, settings: Settings) -> dict[str, Any]:
    """An endpoint, what was delivered to it, and an address that no name server has to
    be asked for."""
    settings.WEBHOOK_ALLOW_PRIVATE = [ip_network("127.0.0.1/32")]
    endpoint = Endpoint.objects.create(
        organization=organization,
        url="https://example.com/hook",
        events=list(CALL_EVENTS),
    )
    delivery = send_test(endpoint)
    delivery.status, delivery.next_attempt_at = Status.DELIVERED, None
    delivery.save()
    return {
        "WEBHOOK": endpoint.pk,
        "DELIVERY": delivery.pk,
        "HOOK": "http://127.0.0.1:9/hook",
    }


@pytest.fixture
def phone_call(
    api: APIClient,
    agent: Agent,
    number: PhoneNumber,
    talkative: BotDouble,
    plivo: Plivo,
) -> dict[str, Any]:
    """A call that somebody has answered, from a number of ours."""
    wanted = {"agentId": agent.pk, "phoneNumberId": number.pk}
    response = api.post(
        "/api/calls/outbound", wanted | {"destination": "+919800000001"}
    )
    assert response.status_code == 201, response.content
    call = response.json()["callId"]
    Leg.objects.filter(pk=call).update(answered_at=timezone.now())
    return {"PHONE_CALL": call, "NUMBER": number.pk}


@pytest.fixture
def variables(
    phone_call: dict[str, Any],
    webhook: dict[str, Any],
    agent: Agent,
    start: Callable[..., Call],
    settings: Settings,
) -> dict[str, Any]:
    """What the page's variables stand for, but for the server's address."""
    _, secret = create_api_key(agent.organization, name="Page", scopes=ALL_SCOPES)
    old = Agent.objects.create(organization=agent.organization, name="Old", prompt="-")
    call = start()
    return {
        "KEY": secret,
        "INTERNAL": settings.INTERNAL_API_SECRET,
        "AGENT": agent.pk,
        "OLD_AGENT": old.pk,
        "CALL": call.pk,
        "TOKEN": tokens.make(call.pk),
        **phone_call,
        **webhook,
    }


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_command_is_answered_as_the_page_says(
    live_server: LiveServer,
    rates: list[Rate],
    variables: dict[str, Any],
    tmp_path: Path,
) -> None:
    assert shutil.which("curl"), "The examples need curl: apt-get install curl"
    for probe in {*views.DEEP.members, *views.SHALLOW.members}:
        probe.forget()
    environ = {name: str(value) for name, value in variables.items()}
    environ |= {"URL": live_server.url, "PATH": os.environ["PATH"]}

    wrong = [said for one in examples() if (said := difference(one, environ, tmp_path))]

    assert not wrong, "\n\n".join(wrong)


def difference(example: Example, environ: dict[str, str], folder: Path) -> str:
    """How the answer is not as the page says; empty if it is."""
    ran = subprocess.run(
        ("bash", "-u", "-c", CURL + example.command),
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    body, _, status = ran.stdout.rpartition("\n")
    lacking = [name for name in example.names if f'"{name}":' not in body]
    if status == str(example.status) and not ran.returncode and not lacking:
        return ""
    what = f"without {lacking}" if lacking else ran.stderr
    return f"{example.command}\n{status}, not {example.status}: {what}\n{body[:600]}"
