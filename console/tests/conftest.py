"""People at their browsers, and calls to look at."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from calls.demo import measured
from calls.demo.conversation import lay_out, load_scripts, transcript
from calls.models import Call


def at_browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser(operator: User) -> Client:
    return at_browser(operator)


@pytest.fixture
def told() -> dict[str, Any]:
    """Transcript and metrics of a conversation in which the caller cuts in."""
    held = lay_out(load_scripts()[1], random.Random(7))
    models = {"llm": "gpt-4.1-mini", "stt": "nova-3", "tts": "aura-2"}
    return {
        "transcript": transcript(held),
        "metrics": measured.metrics(held, models),
        "durationSecs": held.duration,
    }


@pytest.fixture
def ended(
    internal: Any,
    start: Callable[..., Call],
    report: Callable[..., Any],
    told: dict[str, Any],
    rates: Any,
) -> Call:
    """A call that is over, reported and charged."""
    call = start(from_number="+15550101234")
    body = report(**told)
    assert internal.post(f"/api/calls/{call.pk}/complete", body).status_code == 200
    call.refresh_from_db()
    return call
