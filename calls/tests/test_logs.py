"""Every line is one JSON object that says what it belongs to, and no secret."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from agents.models import Agent, PhoneNumber
from calls.models import Call
from common.jsonlog import JsonFormatter
from doubles.bot import BotDouble
from doubles.plivo import Plivo


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the process has logged since, a dict a line."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def test_a_line_has_level_time_message_logger_and_fields(
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    logging.getLogger("shop").info("Sold %d", 3, extra={"to": "Asha"})

    (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "INFO", "msg": "Sold 3", "logger": "shop", "to": "Asha"}


def test_a_request_is_one_line_with_its_id(
    lines: Callable[[], list[dict[str, Any]]], db: None
) -> None:
    response = Client().get("/api/health", headers={"X-Request-ID": "abc-1"})

    assert response["X-Request-ID"] == "abc-1"
    (line,) = [line for line in lines() if line["msg"] == "request"]
    assert line["requestId"] == "abc-1"
    assert (line["method"], line["route"], line["status"]) == ("GET", "api/health", 200)


def test_a_request_id_that_is_not_well_formed_is_replaced(db: None) -> None:
    response = Client().get("/api/health", headers={"X-Request-ID": 'a"\x1b[31m'})

    assert len(response["X-Request-ID"]) == 32


def test_lines_of_a_call_carry_its_id_and_organization(
    lines: Callable[[], list[dict[str, Any]]],
    api: APIClient,
    agent: Agent,
    no_bot: None,
) -> None:
    api.post(f"/api/agents/{agent.pk}/connect")

    call = Call.objects.get()
    (line,) = [line for line in lines() if line["msg"] == "Call ended"]
    assert (line["callId"], line["orgId"]) == (str(call.pk), str(call.organization_id))


def test_no_number_prompt_transcript_or_secret_is_logged(
    lines: Callable[[], list[dict[str, Any]]],
    api: APIClient,
    internal: APIClient,
    agent: Agent,
    number: PhoneNumber,
    bot: BotDouble,
    plivo: Plivo,
    report: Callable[..., Any],
) -> None:
    outbound = {
        "agentId": str(agent.pk),
        "phoneNumberId": str(number.pk),
        "destination": "+919812345678",
    }
    call_id = api.post("/api/calls/outbound", outbound).json()["callId"]
    internal.post(f"/api/calls/{call_id}/complete", report())
    url = api.get(f"/api/calls/{call_id}").json()["recordingUrl"]
    api.get("/api/calls?to=%2B919812345678")
    target = bot.requests[0].body["recording"]["uploadUrl"]
    Client().put(target.removeprefix("http://localhost:8000"), b"RIFF")

    logged = json.dumps(lines())
    assert url is None
    for secret in (
        "919812345678",
        "receptionist of a clinic",
        "Asha",
        "osm_",
        target[-40:],
    ):
        assert secret not in logged
