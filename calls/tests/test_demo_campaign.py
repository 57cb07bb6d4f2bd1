"""The demo's campaigns meet the limit, and never pass it."""

from datetime import UTC, datetime, timedelta

import pytest

from calls.channels import VOICE_CHANNELS
from calls.demo.campaign import CAMPAIGNS, campaigns
from calls.demo.history import PastCall, past_calls

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def most_at_once(calls: list[PastCall]) -> int:
    changes = []
    for call in calls:
        changes.append((call.started_at, 1))
        changes.append((call.started_at + timedelta(seconds=call.duration), -1))
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


@pytest.mark.parametrize("hours", range(0, 240, 13))
def test_the_limit_is_met_and_never_passed_whenever_the_demo_is_made(
    hours: int,
) -> None:
    now = NOW + timedelta(hours=hours)
    usual = list(past_calls(now))

    made = campaigns(now, usual, 15)

    calls = [c for c in usual if c.channel in VOICE_CHANNELS]
    calls += [call for campaign in made for call in campaign.calls]
    assert 12 <= most_at_once(calls) <= 15
    for campaign, (_, dialled) in zip(made, CAMPAIGNS, strict=True):
        assert len(campaign.calls) + len(campaign.refused_at) == dialled
        assert campaign.refused_at


def test_where_the_limit_is_wide_nobody_is_refused() -> None:
    made = campaigns(NOW, [], 100)

    assert [campaign.refused_at for campaign in made] == [[], []]


def test_the_same_day_has_the_same_campaigns() -> None:
    assert campaigns(NOW, [], 15) == campaigns(NOW, [], 15)
