"""The load of an hour is reckoned from calls and refusals to the second."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.models import Agent
from calls.channels import Channel, Status
from calls.load import measure
from calls.models import Call
from capacity.models import Refusals
from orgs.models import Organization

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


def make_call(
    agent: Agent, began: timedelta, lasted: timedelta | None, **more: Any
) -> Call:
    """A call that began so long before ``NOW``; without ``lasted`` it goes on."""
    started = NOW - began
    ended = started + lasted if lasted is not None else None
    status = Status.ACTIVE if ended is None else Status.COMPLETED
    columns = {"channel": Channel.WEB, "agent_config": {}} | more
    return Call.objects.create(
        organization=agent.organization,
        agent=agent,
        status=status,
        started_at=started,
        ended_at=ended,
        **columns,
    )


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_a_call_counts_in_each_hour_with_what_it_took_of_it(agent: Agent) -> None:
    make_call(agent, minutes(90), minutes(60))

    before, after = measure(2, until=NOW).hours

    assert (before.carried_secs, before.starts) == (1800, 1)
    assert (after.carried_secs, after.starts) == (1800, 0)


def test_a_call_that_goes_on_and_one_from_before_count_with_their_part(
    agent: Agent,
) -> None:
    make_call(agent, minutes(20), None)
    make_call(agent, minutes(70), minutes(15))

    (hour,) = measure(1, until=NOW).hours

    assert hour.carried_secs == 20 * 60 + 5 * 60
    assert hour.starts == 1


def test_writing_takes_no_slot_and_is_no_load(agent: Agent) -> None:
    make_call(agent, minutes(30), minutes(10), channel=Channel.CHAT)

    assert measure(1, until=NOW).attempts == 0


def test_a_call_of_no_length_is_a_start(agent: Agent) -> None:
    make_call(agent, minutes(30), minutes(0))

    load = measure(24, until=NOW)

    assert (load.attempts, load.erlangs, load.mean_secs) == (1, 0, 0)


def test_refused_starts_count_with_the_length_of_the_others(agent: Agent) -> None:
    make_call(agent, minutes(30), minutes(6))
    make_call(agent, minutes(20), minutes(12))
    refuse(agent.organization, "org", 4)

    load = measure(1, agent.organization, until=NOW)

    assert load.mean_secs == 540
    assert load.refused == 4
    assert load.offered(load.busiest) == pytest.approx((18 * 60 + 4 * 540) / 3600)


def test_what_an_own_limit_refused_is_no_load_on_the_platforms(agent: Agent) -> None:
    refuse(agent.organization, "org", 4)
    refuse(agent.organization, "global", 3)

    assert measure(1, until=NOW).refused == 3
    assert measure(1, agent.organization, until=NOW).refused == 7


def refuse(organization: Organization, scope: str, count: int) -> None:
    Refusals.objects.create(
        minute=NOW - minutes(10),
        organization_id=organization.pk,
        scope=scope,
        count=count,
    )


def test_an_organizations_load_is_its_own(
    agent: Agent, other_organization: Organization
) -> None:
    make_call(agent, minutes(30), minutes(6))

    assert measure(1, agent.organization, until=NOW).attempts == 1
    assert measure(1, other_organization, until=NOW).attempts == 0


def test_the_busiest_hour_is_that_with_the_most_load(agent: Agent) -> None:
    make_call(agent, minutes(200), minutes(10))
    make_call(agent, minutes(100), minutes(30))

    load = measure(24, until=NOW)

    assert load.busiest.start == NOW - timedelta(hours=2)
    assert load.offered(load.busiest) == 0.5
    assert load.days == 1
    assert load.erlangs == pytest.approx(40 / 60 / 24)
