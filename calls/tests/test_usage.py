"""What the capacity page shows: who holds slots, peaks, refusals, what went wrong."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from agents.models import Agent
from calls import usage
from calls.channels import Channel, Status
from calls.lifecycle import CallRequest, Ending, end_call, start_call
from calls.models import Call
from calls.slots import gate
from capacity import history
from capacity.gate import CapacityExceeded
from capacity.models import Episode, EpisodeKind
from common.redis import client
from orgs.models import Organization

MINUTE = timedelta(minutes=1)


def lasted(call: Call, since: datetime, until: datetime) -> None:
    Call.objects.filter(pk=call.pk).update(
        status=Status.COMPLETED, started_at=since, ended_at=until
    )


@pytest.fixture
def hour_ago() -> datetime:
    ago = timezone.now() - timedelta(hours=1)
    return ago.replace(second=0, microsecond=0)


def test_those_who_hold_most_come_first(
    start: Callable[..., Call], other_organization: Organization
) -> None:
    theirs = Agent.objects.create(organization=other_organization, name="Theirs")
    start()
    start()
    start_call(CallRequest(agent=theirs, channel=Channel.WEB))
    start(Channel.CHAT)

    found = [(u.organization.name, u.in_use, u.limit) for u in usage.by_organization()]

    assert found == [("Shanti Clinics", 2, 15), ("Other Traders", 1, 15)]
    assert usage.in_use() == 3


def test_a_peak_is_the_most_calls_at_one_instant(
    start: Callable[..., Call], organization: Organization, hour_ago: datetime
) -> None:
    # Two overlap in the first minute; the third follows the second within a second.
    second = timedelta(seconds=1)
    lasted(start(), hour_ago, hour_ago + 20 * second)
    lasted(start(), hour_ago + 10 * second, hour_ago + 30 * second)
    lasted(start(), hour_ago + 30 * second, hour_ago + 90 * second)

    usage.record_peaks()

    expected = [(hour_ago, 2), (hour_ago + MINUTE, 1)]
    own = history.peaks(hour_ago, step=MINUTE, organization=organization.pk)
    assert history.peaks(hour_ago, step=MINUTE) == expected
    assert own == expected
    assert history.peaks(hour_ago, step=5 * MINUTE) == [(hour_ago, 2)]


def test_recording_peaks_again_changes_nothing(
    start: Callable[..., Call], hour_ago: datetime
) -> None:
    lasted(start(), hour_ago, hour_ago + 3 * MINUTE)
    usage.record_peaks()
    first = history.peaks(hour_ago, step=MINUTE)

    usage.record_peaks()

    assert history.peaks(hour_ago, step=MINUTE) == first
    assert [peak.calls for peak in first[:3]] == [1, 1, 1]


def test_refusals_are_kept_by_their_scope(
    start: Callable[..., Call], settings: Settings, organization: Organization
) -> None:
    before = timezone.now() - MINUTE
    settings.MAX_CONCURRENT_CALLS_PER_ORG = 1
    start()
    for _ in range(2):
        with pytest.raises(CapacityExceeded):
            start()

    assert history.refusals(before) == {"org": 2}
    assert history.refusals(before, organization.pk) == {"org": 2}
    assert history.refusals(timezone.now() + MINUTE) == {}


def test_a_rebuild_is_noted(start: Callable[..., Call]) -> None:
    before = timezone.now() - MINUTE
    start()
    client().flushall()
    start()

    # Nobody had built them before the first.
    assert history.episodes(before) == {EpisodeKind.REBUILT: 2}


def test_calls_admitted_without_redis_are_counted_by_the_minute(
    start: Callable[..., Call], hour_ago: datetime
) -> None:
    start()
    gate.breaker.trip()
    earlier, *_ = start(), start(), start(Channel.CHAT)
    lasted(earlier, hour_ago, hour_ago + MINUTE)

    usage.record_peaks()
    usage.record_peaks()  # counts none twice

    counted = Episode.objects.filter(kind=EpisodeKind.FALLBACK).order_by("minute")
    assert [episode.count for episode in counted] == [1, 1]
    assert counted[0].minute == hour_ago
    assert Call.objects.filter(without_redis=True).count() == 2


def test_holders_are_the_calls_that_hold_a_slot_the_oldest_first(
    start: Callable[..., Call], organization: Organization
) -> None:
    first, second, ended = start(), start(), start()
    end_call(ended, Ending(Status.COMPLETED))

    assert list(usage.holders()) == [first, second]
    assert list(usage.holders(organization)) == [first, second]
