"""Both jobs by HTTP: idempotent, and for holders of the internal secret alone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import redis
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from calls.models import Call
from calls.slots import gate, slot_of
from jobs.models import JobRun

SWEEP, RECONCILE = "/api/jobs/sweep-stale-calls", "/api/jobs/reconcile-capacity"


def test_a_sweep_answers_what_it_did(
    internal: APIClient, start: Callable[..., Call]
) -> None:
    call = start()
    old = timezone.now() - timedelta(hours=2, minutes=1)
    Call.objects.filter(pk=call.pk).update(started_at=old)

    body = internal.post(SWEEP).json()

    assert (body["sweptCount"], body["thresholdHours"]) == (1, 2)
    cutoff = datetime.fromisoformat(body["cutoff"])
    assert abs(timezone.now() - timedelta(hours=2) - cutoff) < timedelta(minutes=1)
    assert gate.slots.counts() == {}
    assert internal.post(SWEEP).json()["sweptCount"] == 0


def test_a_reconcile_answers_what_is_in_use(
    internal: APIClient, start: Callable[..., Call]
) -> None:
    start()
    start()

    assert internal.post(RECONCILE).json() == {"globalCount": 2, "orgs": 1}


def test_a_reconcile_puts_back_a_slot_that_was_lost(
    internal: APIClient, start: Callable[..., Call]
) -> None:
    call = start()
    gate.slots.release([slot_of(call)])

    assert internal.post(RECONCILE).json() == {"globalCount": 1, "orgs": 1}
    assert gate.slots.counts() == {str(call.organization_id): 1}


def test_a_reconcile_waits_for_a_redis_that_is_too_slow_for_a_caller(
    internal: APIClient, start: Callable[..., Call], settings: Settings
) -> None:
    start()

    redis.Redis.from_url(settings.REDIS_URL).client_pause(400)

    assert internal.post(RECONCILE).json() == {"globalCount": 1, "orgs": 1}


@pytest.mark.parametrize("url", [SWEEP, RECONCILE])
def test_a_stranger_may_start_no_job(api: APIClient, url: str) -> None:
    for client in (api, APIClient(), APIClient(headers={"x-internal-secret": "x"})):
        response = client.post(url)
        assert response.status_code == 401
        assert response.json()["code"] == "unauthenticated"
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("url", [SWEEP, RECONCILE])
def test_a_job_is_started_by_post_alone(internal: APIClient, url: str) -> None:
    assert internal.get(url).status_code == 405
