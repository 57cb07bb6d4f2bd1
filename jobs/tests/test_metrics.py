"""What Prometheus reads: figures that follow what happened, and labels that are few."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings
from rest_framework.test import APIClient

from calls import usage
from calls.channels import Status
from calls.examples import REPORT
from calls.lifecycle import Ending, end_call, mark_ended
from calls.models import Call
from calls.slots import gate, slot_of
from capacity.gate import CapacityExceeded
from jobs import work
from launcher.pytest_plugin import servers

Read = Callable[..., float]
LABELS = {"result", "channel", "status", "job", "kind", "le", "revision", "environment"}


@pytest.fixture
def read(internal: APIClient) -> Read:
    """The value of a sample now."""

    def read(name: str, **labels: str) -> float:
        for family in families(internal):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return float(sample.value)
        raise AssertionError(f"{name} {labels} is not there")

    return read


@pytest.fixture
def no_redis() -> Iterator[None]:
    """Nothing answers where Redis should be."""
    servers.valkey.stop()
    yield
    servers.valkey.start()


def families(internal: APIClient) -> list[Any]:
    body = internal.get("/metrics").content.decode()
    return list(text_string_to_metric_families(body))


def test_calls_and_limit_are_told_as_they_are(
    start: Callable[..., Call], settings: Settings, read: Read
) -> None:
    settings.MAX_CONCURRENT_CALLS = 7
    call = start()
    start()

    assert read("voice_calls_active") == 2
    assert read("voice_capacity_limit") == 7
    assert read("voice_capacity_backend_up") == 1

    end_call(call, Ending(Status.COMPLETED))
    assert read("voice_calls_active") == 1


@pytest.mark.parametrize(("all_", "own", "scope"), [(1, 1, "global"), (9, 1, "org")])
def test_every_decision_is_counted_by_its_result(
    start: Callable[..., Call],
    settings: Settings,
    read: Read,
    all_: int,
    own: int,
    scope: str,
) -> None:
    settings.MAX_CONCURRENT_CALLS = all_
    settings.MAX_CONCURRENT_CALLS_PER_ORG = own
    name, timed = (
        "voice_capacity_acquire_total",
        "voice_capacity_acquire_duration_seconds_count",
    )
    before = [read(name, result=each) for each in ("granted", scope)]
    took = read(timed)

    start()
    with pytest.raises(CapacityExceeded):
        start()

    after = [read(name, result=each) for each in ("granted", scope)]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1]
    assert read(timed) == took + 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "ending",
    [Ending(Status.COMPLETED), Ending(Status.FAILED, failure_reason="bot_lost")],
    ids=lambda ending: ending.status.value,
)
def test_a_call_is_counted_once_when_it_starts_and_once_when_it_ends(
    start: Callable[..., Call], read: Read, ending: Ending
) -> None:
    labels = {"channel": "web", "status": ending.status.value}
    began = read("calls_started_total", channel="web")
    ended = read("calls_ended_total", **labels)

    call = start()
    end_call(call, ending)
    end_call(call, ending)

    assert read("calls_started_total", channel="web") == began + 1
    assert read("calls_ended_total", **labels) == ended + 1


@pytest.mark.django_db(transaction=True)
def test_an_end_that_the_bot_reports_is_counted_once(
    start: Callable[..., Call], read: Read, internal: APIClient
) -> None:
    call = start()
    ended = read("calls_ended_total", channel="web", status="completed")

    for _ in range(2):
        internal.post(f"/api/calls/{call.pk}/complete", REPORT)

    assert read("calls_ended_total", channel="web", status="completed") == ended + 1


@pytest.mark.django_db(transaction=True)
def test_a_call_that_is_refused_did_not_start(
    start: Callable[..., Call], settings: Settings, read: Read
) -> None:
    settings.MAX_CONCURRENT_CALLS = 1
    start()
    began = read("calls_started_total", channel="web")

    with pytest.raises(CapacityExceeded):
        start()

    assert read("calls_started_total", channel="web") == began


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_not_counted(
    start: Callable[..., Call], read: Read
) -> None:
    call = start()
    ended = read("calls_ended_total", channel="web", status="completed")

    with suppress(ZeroDivisionError), transaction.atomic():
        mark_ended(call, Ending(Status.COMPLETED))
        raise ZeroDivisionError

    assert read("calls_ended_total", channel="web", status="completed") == ended


def test_a_decision_without_redis_is_counted_apart(
    start: Callable[..., Call], read: Read, no_redis: None
) -> None:
    fallbacks = read("voice_capacity_acquire_total", result="fallback")
    failures = read("voice_capacity_backend_failures_total")

    start()

    assert read("voice_capacity_acquire_total", result="fallback") == fallbacks + 1
    assert read("voice_capacity_backend_failures_total") == failures + 1
    assert read("voice_capacity_backend_up") == 0
    usage.record_peaks()
    assert read("voice_capacity_episodes_hour", kind="fallback") == 1


def test_drift_is_what_the_last_reconcile_mended(
    start: Callable[..., Call], read: Read
) -> None:
    gate.slots.release([slot_of(start())])

    work.reconcile_capacity()

    assert read("voice_capacity_drift_calls") == 1


def test_jobs_tell_when_they_last_succeeded_and_how_long_they_took(
    db: None, read: Read
) -> None:
    work.sweep_stale_calls()

    assert read("job_last_success_timestamp_seconds", job="sweep-stale-calls") > 1.7e9
    assert 0 <= read("job_duration_seconds", job="sweep-stale-calls") < 60


def test_a_released_slot_is_counted_once(
    start: Callable[..., Call], read: Read
) -> None:
    call = start()
    released = read("voice_capacity_released_total")

    end_call(call, Ending(Status.COMPLETED))
    gate.release([slot_of(call)])

    assert read("voice_capacity_released_total") == released + 1


def test_no_organization_and_no_call_is_a_label(
    start: Callable[..., Call], internal: APIClient
) -> None:
    call = start()
    work.reconcile_capacity()

    labels = {
        label
        for family in families(internal)
        if family.name.startswith(("voice_", "calls_", "job_", "app_"))
        for sample in family.samples
        for label in sample.labels
    }
    body = internal.get("/metrics").content.decode()

    assert labels <= LABELS
    assert str(call.pk) not in body
    assert str(call.organization_id) not in body


def test_metrics_are_for_holders_of_the_secret(db: None) -> None:
    response = APIClient().get("/metrics")

    assert response.status_code == 401
    assert b"voice_" not in response.content
