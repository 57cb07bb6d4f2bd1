"""Billing and people: for owners alone, of their own organization, and exact."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from billing import credits
from billing.models import EntryKind, LedgerEntry, Rate
from calls.models import Call
from console.tests.conftest import at_browser
from orgs.models import Membership, Organization, Role

PAGES = ("/billing", "/billing/ledger.csv", "/billing/usage.csv", "/people")


def text_of(response: Any) -> str:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode()


@pytest.mark.parametrize("url", PAGES)
def test_owners_alone_see_money_and_people(
    owner: User, operator: User, member: User, url: str
) -> None:
    assert at_browser(owner).get(url).status_code == 200
    assert at_browser(operator).get(url).status_code == 403
    assert at_browser(member).get(url).status_code == 403
    assert Client().get(url).status_code == 302


def test_the_menu_leads_only_where_one_may_go(owner: User, operator: User) -> None:
    assert "/billing" in text_of(at_browser(owner).get("/calls"))
    assert "/billing" not in text_of(at_browser(operator).get("/calls"))


def test_billing_shows_the_balance_and_what_made_it(owner: User, ended: Call) -> None:
    html = text_of(at_browser(owner).get("/billing"))

    left = credits.balance(ended.organization_id)
    assert left == Decimal("1000.00") - ended.cost_total
    assert f"₹{left}" in html
    assert f"−₹{ended.cost_total}" in html
    assert f"/calls/{ended.pk}" in html


def test_another_organizations_money_is_not_shown(stranger: User, ended: Call) -> None:
    for url in PAGES:
        text = text_of(at_browser(stranger).get(url))
        assert str(ended.pk) not in text
        assert "Receptionist" not in text


def test_the_ledger_goes_on_over_pages_and_is_narrowed_by_kind(
    owner: User, organization: Organization
) -> None:
    for nth in range(30):
        credits.add_entry(
            organization.pk,
            kind=EntryKind.CORRECTION,
            amount=Decimal(nth + 1),
            note=f"Nth {nth}",
        )
    browser = at_browser(owner)

    first = browser.get("/billing")
    cursor = first.context["entries"].next_cursor
    second = browser.get("/billing", {"cursor": cursor})
    narrow = browser.get("/billing?kind=top_up")

    assert len(first.context["entries"].rows) == 25
    assert len(second.context["entries"].rows) == 6
    assert [entry.kind for entry in narrow.context["entries"].rows] == ["top_up"]
    assert browser.get("/billing?cursor=nonsense").status_code == 400


def test_the_ledgers_csv_adds_up_to_the_balance(owner: User, ended: Call) -> None:
    lines = text_of(at_browser(owner).get("/billing/ledger.csv")).splitlines()

    amounts = [Decimal(line.split(",")[3]) for line in lines[1:]]
    assert len(amounts) == LedgerEntry.objects.count() == 2
    assert sum(amounts) == credits.balance(ended.organization_id)


def test_the_usages_csv_has_a_line_for_each_day_and_agent(
    owner: User, ended: Call
) -> None:
    header, line = text_of(at_browser(owner).get("/billing/usage.csv")).splitlines()

    assert header.startswith("day,agentId,agent,calls")
    minutes = f"{(ended.duration_secs or 0) / 60:.2f}"
    assert f",Receptionist,1,{minutes},{ended.cost_llm}," in line
    assert line.endswith(f",{ended.cost_total},0")


def test_use_without_a_rate_is_named(
    owner: User,
    internal: Any,
    start: Callable[..., Call],
    report: Callable[..., Any],
    rates: list[Rate],
) -> None:
    call = start()
    usage = {"sttSeconds": 10, "tts": {"provider": "novel", "model": "voice-9"}}
    internal.post(f"/api/calls/{call.pk}/complete", report(usage=usage))

    html = text_of(at_browser(owner).get("/billing"))

    assert "Use without a rate" in html
    assert "TTS novel voice-9: 2,104 characters in 1 call" in html


def membership(user: User) -> Membership:
    return Membership.objects.get(user=user)


def test_an_owner_lets_somebody_in_by_name_or_address(owner: User) -> None:
    browser = at_browser(owner)
    User.objects.create_user("asha", email="asha@example.com", password="long enough")

    browser.post("/people/add", {"name": "ASHA@example.com", "role": "admin"})
    again = browser.post("/people/add", {"name": "asha", "role": "owner"}, follow=True)
    nobody = browser.post("/people/add", {"name": "", "role": "owner"}, follow=True)

    assert membership(User.objects.get(username="asha")).role == Role.ADMIN
    assert "in the organization already" in text_of(again)
    assert "no one account" in text_of(nobody)
    assert browser.post("/people/add", {"name": "asha", "role": "x"}).status_code == 400


def test_roles_change_and_people_go(owner: User, member: User) -> None:
    browser = at_browser(owner)
    theirs = membership(member)

    browser.post(f"/people/{theirs.pk}/role", {"role": "owner"})
    theirs.refresh_from_db()
    assert theirs.role == Role.OWNER

    browser.post(f"/people/{theirs.pk}/remove")
    assert not Membership.objects.filter(pk=theirs.pk).exists()
    assert User.objects.filter(pk=member.pk).exists()


def test_the_last_owner_stays(owner: User, member: User) -> None:
    browser = at_browser(owner)
    own = membership(owner)

    for url, data in (("role", {"role": "member"}), ("remove", {})):
        response = browser.post(f"/people/{own.pk}/{url}", data, follow=True)
        assert "needs an owner" in text_of(response)

    own.refresh_from_db()
    assert own.role == Role.OWNER


def test_people_elsewhere_do_not_exist(
    owner: User, member: User, stranger: User
) -> None:
    theirs = membership(member)
    browser = at_browser(stranger)

    changed = browser.post(f"/people/{theirs.pk}/role", {"role": "owner"})

    assert changed.status_code == 404
    assert browser.post(f"/people/{theirs.pk}/remove").status_code == 404
    assert membership(member).role == Role.MEMBER
