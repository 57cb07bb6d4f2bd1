"""Money leaves an organization once for each call, and adds up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from billing import credits
from billing.models import Account, EntryKind, LedgerEntry, Rate
from calls import announce
from calls.channels import Channel, Status
from calls.models import Call
from calls.reports import Report, complete_call
from orgs.models import Organization
from webhooks.models import Endpoint


def the_report(**changes: Any) -> Report:
    columns: dict[str, Any] = {
        "status": Status.COMPLETED,
        "ended_at": timezone.now(),
        "duration_secs": 93.4,
        "metrics": {
            "totalPromptTokens": 1240,
            "totalCompletionTokens": 380,
            "totalTtsCharacters": 2104,
        },
        "usage": {"sttSeconds": 93.4},
    }
    return Report(**(columns | changes))


def test_a_web_call_is_charged_its_three_components(
    start: Callable[..., Call], rates: list[Rate], organization: Organization
) -> None:
    call = complete_call(start().pk, the_report())

    assert call.cost_llm == Decimal("0.11")
    assert call.cost_stt == Decimal("0.93")
    assert call.cost_tts == Decimal("6.31")
    assert call.cost_sip == Decimal("0.00")
    assert call.cost_total == Decimal("7.35")
    assert call.billing_status == "charged"
    assert credits.balance(organization.pk) == Decimal("992.65")
    entry = LedgerEntry.objects.get(kind="charge")
    assert (entry.call_id, entry.amount) == (call.pk, Decimal("-7.35"))


def test_a_phone_call_pays_its_minutes_too(
    start: Callable[..., Call], rates: list[Rate]
) -> None:
    call = complete_call(start(Channel.PHONE).pk, the_report())

    assert (call.cost_sip, call.cost_total) == (Decimal("1.56"), Decimal("8.91"))


def test_the_lines_say_quantity_price_and_rate(
    start: Callable[..., Call], rates: list[Rate]
) -> None:
    call = complete_call(start().pk, the_report())

    line = call.cost_lines.get(component="stt")
    assert (line.quantity, line.unit) == (Decimal("93.4"), "second")
    assert line.unit_price == Decimal("0.01")
    assert line.rate == rates[3]


def test_a_later_price_moves_no_old_call(
    start: Callable[..., Call], rates: list[Rate]
) -> None:
    call = complete_call(start().pk, the_report())
    Rate.objects.create(
        kind="stt",
        provider="deepgram",
        model="nova-3",
        unit="second",
        price=9,
        fx=100,
        margin=0,
        valid_from=timezone.now().date(),
    )

    later = complete_call(start().pk, the_report())

    call.refresh_from_db()
    assert call.cost_stt == Decimal("0.93")
    assert later.cost_stt == Decimal("84060.00")


def test_a_used_rate_cannot_be_changed_even_in_sql(
    start: Callable[..., Call], rates: list[Rate]
) -> None:
    complete_call(start().pk, the_report())

    with pytest.raises(IntegrityError, match="not to be changed"), transaction.atomic():
        Rate.objects.filter(kind="stt").update(price=1)
    Rate.objects.filter(kind="sip").update(price=1)


def test_the_ledger_is_append_only_even_in_sql(organization: Organization) -> None:
    for change in (
        lambda: LedgerEntry.objects.update(amount=0),
        lambda: LedgerEntry.objects.all().delete(),
    ):
        with (
            pytest.raises(DatabaseError, match="not to be changed"),
            transaction.atomic(),
        ):
            change()


def test_the_engines_that_served_are_priced_not_those_configured(
    start: Callable[..., Call], rates: list[Rate]
) -> None:
    Rate.objects.create(
        kind="tts",
        provider="offline",
        model="*",
        unit="character",
        price=0,
        fx=1,
        margin=0,
        valid_from="2026-01-01",
    )
    usage = {
        "sttSeconds": 93.4,
        "tts": {"provider": "offline", "model": "espeak-ng"},
    }

    call = complete_call(start().pk, the_report(usage=usage))

    assert (call.cost_tts, call.is_unpriced) == (Decimal(0), False)


def test_unpriced_use_waits_instead_of_being_free(start: Callable[..., Call]) -> None:
    call = complete_call(start().pk, the_report())

    assert (call.is_unpriced, call.billing_status) == (True, "pending")
    assert not LedgerEntry.objects.filter(kind="charge").exists()


def test_a_balance_too_low_keeps_the_cost_and_the_debt(
    start: Callable[..., Call], rates: list[Rate], organization: Organization
) -> None:
    call = start()
    credits.add_entry(
        organization.pk, kind=EntryKind.CORRECTION, amount=Decimal("-998.00")
    )

    call = complete_call(call.pk, the_report())

    assert (call.billing_status, call.cost_total) == ("failed", Decimal("7.35"))
    assert credits.balance(organization.pk) == Decimal("-5.35")


def test_the_platforms_own_failures_are_free(
    start: Callable[..., Call], rates: list[Rate], organization: Organization
) -> None:
    failed = the_report(status=Status.FAILED, failure_reason="bot_error")

    call = complete_call(start().pk, failed)

    assert (call.billing_status, call.cost_total) == ("free", 0)
    assert credits.balance(organization.pk) == Decimal("1000.00")


def test_a_providers_failure_is_charged_for_what_was_used(
    start: Callable[..., Call], rates: list[Rate]
) -> None:
    failed = the_report(status=Status.FAILED, failure_reason="llm_error")

    assert complete_call(start().pk, failed).billing_status == "charged"


def test_the_same_report_twice_charges_once(
    internal: APIClient,
    start: Callable[..., Call],
    report: Callable[..., Any],
    rates: list[Rate],
) -> None:
    call = start()

    for _ in range(2):
        internal.post(f"/api/calls/{call.pk}/complete", report())

    assert LedgerEntry.objects.filter(call_id=call.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_reports_at_once_charge_once(
    start: Callable[..., Call], rates: list[Rate], organization: Organization
) -> None:
    call = start()

    def attempt(_: int) -> str:
        try:
            return str(complete_call(call.pk, the_report()).billing_status)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(attempt, range(8))) == {"charged"}

    assert credits.balance(organization.pk) == Decimal("992.65")


def test_a_crash_after_charging_leaves_neither_report_nor_charge(
    start: Callable[..., Call],
    rates: list[Rate],
    organization: Organization,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = start()

    def crash(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("power cut")

    # Whoever listens is told after the charge, in the same transaction.
    Endpoint.objects.create(
        organization=organization, url="https://example.com", events=[]
    )
    monkeypatch.setattr(announce, "settled", crash)
    with pytest.raises(RuntimeError):
        complete_call(call.pk, the_report())

    call.refresh_from_db()
    assert (call.status, call.reported_at) == ("active", None)
    assert credits.balance(organization.pk) == Decimal("1000.00")


def test_the_balance_is_the_sum_of_the_ledger(
    start: Callable[..., Call], rates: list[Rate], organization: Organization
) -> None:
    for _ in range(3):
        complete_call(start().pk, the_report())

    entries = LedgerEntry.objects.filter(organization=organization)
    assert Account.objects.get(organization=organization).balance == sum(
        entry.amount for entry in entries
    )
