"""Whatever is asked, the answer is one that the document tells of, and no 5xx.

The cases are made from the document: its examples, the edges of each field, values that
break them, and chance. ``make fuzz`` tries many more.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from agents.examples import AGENT_ID, PHONE_NUMBER
from agents.models import Agent, PhoneNumber
from billing.models import Account, LedgerEntry, Rate
from calls.answers import CALL_ID
from calls.models import Call
from conftest import ALL_SCOPES
from doubles.bot import BotDouble
from orgs.models import Organization, create_api_key

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# No route tells of a 500, and 503 is right where there is no carrier.
CHECKS = (
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
# How many cases of chance for each route; more take the edges of each field too.
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "5")
PHASES = "examples,coverage,fuzzing" if int(EXAMPLES) > 5 else "examples,fuzzing"


@pytest.fixture
def there(
    organization: Organization,
    rates: list[Rate],
    bot: BotDouble,
    start: Callable[..., Call],
    agent: Agent,
) -> None:
    """What the document's examples name is there."""
    Agent.objects.create(
        pk=AGENT_ID, organization=organization, name="Example", prompt="Be brief."
    )
    PhoneNumber.objects.create(
        pk=PHONE_NUMBER["id"], organization=organization, number="+912071177000"
    )
    call = start()
    call.pk = uuid.UUID(CALL_ID)
    call.save(force_insert=True)


def test_every_answer_is_as_documented(
    live_server: LiveServer,
    organization: Organization,
    settings: Settings,
    there: None,
) -> None:
    _, secret = create_api_key(organization, name="Fuzz", scopes=ALL_SCOPES)
    for limit in ("KEY", "ADDRESS"):
        setattr(settings, f"API_REQUESTS_PER_MINUTE_PER_{limit}", 0)
    settings.API_WRONG_KEYS_PER_MINUTE = 0
    command = (
        *(sys.executable, "-m", "schemathesis.cli", "run"),
        f"{live_server.url}/api/schema",
        *("-H", f"x-api-key: {secret}"),
        *("-H", f"x-internal-secret: {settings.INTERNAL_API_SECRET}"),
        *("--phases", PHASES, "-n", EXAMPLES),
        *("--checks", ",".join(CHECKS), "--warnings", "off"),
        *("--continue-on-failure", "--no-shrink", "--max-failures", "20"),
        *("--suppress-health-check", "all"),
    )

    tried = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=3000
    )

    assert tried.returncode == 0, tried.stdout[-8000:] + tried.stderr[-2000:]
    account = Account.objects.get(organization=organization)
    entries = LedgerEntry.objects.filter(organization=organization)
    assert account.balance == sum(entry.amount for entry in entries)
