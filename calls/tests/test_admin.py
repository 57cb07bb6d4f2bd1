"""Django's admin: agents are edited there, money is only added to, calls are read."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from agents.models import Agent, PhoneNumber
from billing import credits
from billing.models import LedgerEntry, Rate
from calls.models import Call
from calls.reports import complete_call
from calls.tests.test_charge_once import the_report
from orgs.models import ApiKey, Organization


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("staff", password="pass phrase"))
    return client


@pytest.mark.parametrize(
    "model",
    [
        "orgs/organization",
        "orgs/apikey",
        "agents/agent",
        "agents/phonenumber",
        "billing/rate",
        "billing/ledgerentry",
        "calls/call",
        "jobs/jobrun",
    ],
)
def test_every_list_opens(
    staff: Client,
    start: Callable[..., Call],
    number: PhoneNumber,
    rates: list[Rate],
    model: str,
) -> None:
    start()

    assert staff.get(f"/admin/{model}/").status_code == 200


def test_recording_is_switched_on_in_the_admin(
    staff: Client, agent: Agent, rates: list[Rate]
) -> None:
    Agent.objects.update(enable_call_recording=False)
    url = f"/admin/agents/agent/{agent.pk}/change/"
    form = staff.get(url).context["adminform"].form
    values = {name: value for name, value in form.initial.items() if value is not None}

    response = staff.post(url, values | {"enable_call_recording": "on"})

    assert response.status_code == 302
    agent.refresh_from_db()
    assert agent.enable_call_recording is True


def test_engines_are_chosen_from_the_price_book(
    staff: Client, agent: Agent, rates: list[Rate]
) -> None:
    form = (
        staff.get(f"/admin/agents/agent/{agent.pk}/change/").context["adminform"].form
    )

    assert form.fields["tts_model"].choices == [("aura-2", "aura-2")]


def test_a_voice_is_named_where_the_provider_has_none_of_its_own(
    staff: Client, agent: Agent
) -> None:
    rate = {"kind": "tts", "provider": "cartesia", "model": "aura-2", "fx": 88}
    Rate.objects.create(
        unit="character", price=1, margin=0, valid_from="2026-01-01", **rate
    )
    url = f"/admin/agents/agent/{agent.pk}/change/"
    form = staff.get(url).context["adminform"].form
    values = {name: value for name, value in form.initial.items() if value is not None}

    shown = staff.post(url, values | {"tts_provider": "cartesia", "tts_voice": ""})

    assert "Name a voice: cartesia has none of its own." in shown.content.decode()
    agent.refresh_from_db()
    assert agent.tts_provider == "deepgram"


def test_a_model_without_a_rate_is_warned_about(staff: Client, agent: Agent) -> None:
    url = f"/admin/agents/agent/{agent.pk}/change/"
    form = staff.get(url).context["adminform"].form
    values = {name: value for name, value in form.initial.items() if value is not None}

    shown = staff.post(url, values, follow=True).content.decode()

    assert "There is no rate for deepgram/aura-2" in shown


def test_an_entry_moves_the_balance_and_is_never_changed(
    staff: Client, organization: Organization
) -> None:
    response = staff.post(
        "/admin/billing/ledgerentry/add/",
        {
            "organization": organization.pk,
            "kind": "correction",
            "amount": "-12.50",
            "note": "Charged twice by hand",
        },
    )

    assert response.status_code == 302
    assert credits.balance(organization.pk) == Decimal("987.50")
    entry = LedgerEntry.objects.get(kind="correction")
    assert entry.created_by is not None
    url = f"/admin/billing/ledgerentry/{entry.pk}/change/"
    assert staff.post(url, {"amount": "1"}).status_code == 403


def test_a_used_rate_is_read_only(
    staff: Client, start: Callable[..., Call], rates: list[Rate]
) -> None:
    complete_call(start().pk, the_report())
    used = Rate.objects.filter(used_at__isnull=False).first()
    assert used is not None

    response = staff.post(f"/admin/billing/rate/{used.pk}/change/", {"price": "1"})

    assert response.status_code == 403


def test_a_new_key_is_shown_once(staff: Client, organization: Organization) -> None:
    shown = staff.post(
        "/admin/orgs/apikey/add/",
        {
            "organization": organization.pk,
            "name": "Shop",
            "scopes": ["read", "voice"],
            "allowed_origins": "shop.example.com",
            "is_active": "on",
        },
        follow=True,
    ).content.decode()

    key = ApiKey.objects.get(name="Shop")
    assert f"{key.shown}" in shown
    assert "shown this once: osm_" in shown
    assert key.scopes == ["read", "voice"]
    again = staff.get(f"/admin/orgs/apikey/{key.pk}/change/").content.decode()
    assert "shown this once" not in again


def test_a_call_can_be_read_and_nothing_else(
    staff: Client, start: Callable[..., Call]
) -> None:
    call: Any = start()
    url = f"/admin/calls/call/{call.pk}/change/"

    page = staff.get(url)

    assert page.status_code == 200
    assert f'href="/calls/{call.pk}"' in page.content.decode()
    assert staff.post(url, {"status": "failed"}).status_code == 403


def test_the_admin_is_for_staff(operator: User) -> None:
    client = Client()
    client.force_login(operator)

    assert client.get("/admin/").status_code == 302
