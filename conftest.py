"""The cast of the tests: one organization with its people, and a stranger."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from rest_framework.test import APIClient

from agents.models import Agent, PhoneNumber
from billing import credits
from billing.models import EntryKind, Rate
from calls import recordings
from calls.channels import Channel
from calls.lifecycle import CallRequest, start_call
from calls.models import Call
from calls.slots import REDIS_REST_SECS, gate
from capacity.breaker import Breaker
from carriers import meta as meta_api
from carriers import plivo as plivo_api
from common import jsonlog
from common.redis import client
from doubles import meta as meta_double
from doubles import plivo as plivo_double
from doubles.bot import BotDouble
from doubles.meta import Meta
from doubles.plivo import Plivo
from doubles.threaded import Threaded
from orgs.models import Membership, Organization, Role, Scope, create_api_key

# Without a manifest, for which static files would have to be collected first.
PLAIN_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"

ALL_SCOPES = [scope.value for scope in Scope]


@pytest.fixture(autouse=True)
def _empty_stores(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Each test has an empty Redis, a folder of its own for recordings, and a log that
    belongs to nothing yet."""
    settings.RECORDINGS_DIR = tmp_path / "recordings"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": PLAIN_STATIC}}
    settings.WHITENOISE_USE_FINDERS = True
    recordings.store.cache_clear()
    gate.breaker = Breaker(REDIS_REST_SECS)
    client().flushdb()
    for variable in (jsonlog.request_id, jsonlog.call_id, jsonlog.org_id):
        variable.set("")
    yield
    recordings.store.cache_clear()


@pytest.fixture
def organization(db: None) -> Organization:
    """An organization with ₹1,000 of credits."""
    organization = Organization.objects.create(name="Shanti Clinics")
    top_up(organization, "1000.00")
    return organization


def top_up(organization: Organization, rupees: str) -> None:
    credits.add_entry(
        organization.pk, kind=EntryKind.TOP_UP, amount=Decimal(rupees), note="Top-up"
    )


@pytest.fixture
def other_organization(db: None) -> Organization:
    organization = Organization.objects.create(name="Other Traders")
    top_up(organization, "1000.00")
    return organization


@pytest.fixture
def agent(organization: Organization) -> Agent:
    """An agent that records, with engines that ``rates`` has prices for."""
    return Agent.objects.create(
        organization=organization,
        name="Receptionist",
        prompt="You are the receptionist of a clinic.",
        greeting="Hello, this is the clinic.",
        enable_call_recording=True,
    )


@pytest.fixture
def number(organization: Organization, agent: Agent) -> PhoneNumber:
    return PhoneNumber.objects.create(
        organization=organization, number="+912071177000", agent=agent
    )


def person(name: str, organization: Organization, role: Role) -> User:
    user = User.objects.create_user(name, password="a long pass phrase")
    Membership.objects.create(user=user, organization=organization, role=role)
    return user


@pytest.fixture
def owner(organization: Organization) -> User:
    return person("owner", organization, Role.OWNER)


@pytest.fixture
def operator(organization: Organization) -> User:
    """An admin of the organization: sees everything, hangs up, edits agents."""
    return person("operator", organization, Role.ADMIN)


@pytest.fixture
def member(organization: Organization) -> User:
    """May look and nothing else."""
    return person("member", organization, Role.MEMBER)


@pytest.fixture
def stranger(other_organization: Organization) -> User:
    """An owner elsewhere."""
    return person("stranger", other_organization, Role.OWNER)


def key_client(organization: Organization, scopes: list[str]) -> APIClient:
    _, secret = create_api_key(organization, name="Program", scopes=scopes)
    return APIClient(headers={"x-api-key": secret})


@pytest.fixture
def api(organization: Organization) -> APIClient:
    """A program of the organization, whose key has every scope."""
    return key_client(organization, ALL_SCOPES)


@pytest.fixture
def strange_api(other_organization: Organization) -> APIClient:
    """A program of another organization."""
    return key_client(other_organization, ALL_SCOPES)


@pytest.fixture
def internal(settings: Settings) -> APIClient:
    """The bot, and the jobs' caller."""
    return APIClient(headers={"x-internal-secret": settings.INTERNAL_API_SECRET})


@pytest.fixture
def bot(settings: Settings) -> Iterator[BotDouble]:
    """A bot that takes every call."""
    double = BotDouble()
    settings.BOT_URL = double.url
    yield double
    double.close()


@pytest.fixture
def no_bot(settings: Settings) -> None:
    """Nobody listens where the bot should be."""
    double = BotDouble()
    double.close()
    settings.BOT_URL = double.url


@pytest.fixture
def plivo(settings: Settings) -> Iterator[Plivo]:
    """A telephone carrier that takes every call and tells nothing of its own accord."""
    double = Plivo(is_mute=True)
    server = Threaded(double.app())
    settings.PLIVO_AUTH_ID = plivo_double.AUTH_ID
    settings.PLIVO_AUTH_TOKEN = plivo_double.AUTH_TOKEN
    settings.PLIVO_BASE_URL = server.url
    plivo_api.client.cache_clear()
    yield double
    plivo_api.client().close()
    plivo_api.client.cache_clear()
    server.close()


@pytest.fixture
def meta(settings: Settings) -> Iterator[Meta]:
    """Meta's side of WhatsApp, which takes everything."""
    double = Meta()
    server = Threaded(double.app())
    settings.WHATSAPP_TOKEN = meta_double.TOKEN
    settings.WHATSAPP_APP_SECRET = meta_double.APP_SECRET
    settings.WHATSAPP_VERIFY_TOKEN = meta_double.VERIFY_TOKEN
    settings.WHATSAPP_BASE_URL = server.url
    meta_api.client.cache_clear()
    yield double
    meta_api.client().close()
    meta_api.client.cache_clear()
    server.close()


@pytest.fixture
def rates(db: None) -> list[Rate]:
    """Round prices: ₹100 for a dollar, no margin."""
    quotes = [
        ("llm", "openai", "gpt-4.1-mini", "input_token", "0.40", 1_000_000),
        ("llm", "openai", "gpt-4.1-mini", "cached_token", "0.10", 1_000_000),
        ("llm", "openai", "gpt-4.1-mini", "output_token", "1.60", 1_000_000),
        ("stt", "deepgram", "nova-3", "second", "0.0060", 60),
        ("tts", "deepgram", "aura-2", "character", "0.030", 1_000),
        ("sip", "plivo", "*", "minute", "0.0100", 1),
    ]
    return [
        Rate.objects.create(
            kind=kind,
            provider=provider,
            model=model,
            unit=unit,
            price=Decimal(price),
            per=per,
            fx=Decimal(100),
            margin=Decimal(0),
            valid_from=date(2026, 1, 1),
        )
        for kind, provider, model, unit, price, per in quotes
    ]


@pytest.fixture
def start(bot: BotDouble, agent: Agent) -> Callable[..., Call]:
    """Starts a call of the agent through the one function that starts calls."""

    def start(channel: Channel = Channel.WEB, **wanted: Any) -> Call:
        return start_call(CallRequest(agent=agent, channel=channel, **wanted))

    return start


@pytest.fixture
def report() -> Callable[..., dict[str, Any]]:
    """The bot's report of a call, as contract and bot have it."""

    def report(**changes: Any) -> dict[str, Any]:
        body = {
            "status": "completed",
            "endedAt": datetime.now(UTC).isoformat(),
            "durationSecs": 93.4,
            "endReason": "caller_hangup",
            "transcript": [
                {"role": "assistant", "text": "Hello.", "at": 0.4, "until": 1.1},
                {"role": "user", "text": "I am Asha.", "at": 3.2, "until": 4.9},
            ],
            "metrics": {
                "turns": 8,
                "interruptions": 1,
                "avgLatency": 1.42,
                "avgLlmTtfb": 0.89,
                "avgTtsTtfb": 0.21,
                "avgSttTtfb": 0.32,
                "totalPromptTokens": 1240,
                "totalCompletionTokens": 380,
                "totalTtsCharacters": 2104,
                "events": [],
            },
            "usage": {"sttSeconds": 93.4},
        }
        return body | changes

    return report
