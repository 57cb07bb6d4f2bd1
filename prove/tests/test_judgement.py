"""The proof itself: it sees what is wrong, or it would prove nothing."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from prove.findings import Finding, row
from prove.load import SENTENCE, Answer, Client, wrong
from prove.slots import Watch, over
from prove.world import Limits, Tenant, World

TENANT = Tenant("organization", "agent", "key")
LIMITS = Limits(43, 15)
REFUSAL = {
    "error": SENTENCE,
    "code": "high_volume",
    "scope": "global",
    "global": 43,
    "org": 7,
    "globalLimit": 43,
    "orgLimit": 15,
}


def refused(**changes: Any) -> Answer:
    return Answer(TENANT, 429, REFUSAL | changes, "5")


@pytest.mark.parametrize(
    "told",
    [
        refused(),
        refused(scope="org", org=15, **{"global": 20}),
        Answer(TENANT, 201, {"callId": "x"}),
        Answer(TENANT, 503, {"code": "unavailable"}),
    ],
)
def test_an_honest_answer_is_right(told: Answer) -> None:
    assert wrong(told, LIMITS) == ""


@pytest.mark.parametrize(
    "told",
    [
        refused(**{"global": 42}),
        refused(**{"global": 44}),
        refused(org=16),
        refused(scope="org"),
        refused(orgLimit=14),
        refused(more="than that"),
        refused()._replace(retry_after=""),
        Answer(TENANT, 201, {}),
        Answer(TENANT, 503, {"code": "high_volume"}),
        Answer(TENANT, 500, {}),
    ],
)
def test_a_refusal_that_its_numbers_do_not_bear_out_is_wrong(told: Answer) -> None:
    assert wrong(told, LIMITS)


def test_one_call_too_many_is_seen() -> None:
    assert over(Limits(3, 2), Counter(a=2, b=1)) == ""
    assert over(Limits(3, 2), Counter(a=2, b=2))
    assert over(Limits(3, 2), Counter(a=3))


def test_a_violation_is_counted_in_the_table() -> None:
    finding = Finding("I1", "none")

    finding.expect(True, "")
    finding.expect(False, "44 calls at a limit of 43")

    assert row(finding) == "| I1 | none | 2 | 1 |  |"


def test_the_watch_sees_calls_beyond_the_limit(own_world: World) -> None:
    own_world.limit(own_world.limits)
    tenant = own_world.tenants[0]
    with more_than_the_proof_knows(own_world, tenant):
        client = Client(own_world)
        for _ in range(own_world.limits.own + 1):
            assert client.start(tenant).status == 201

    with Watch(own_world) as watch:
        while not watch.looks:
            time.sleep(0.01)

    assert watch.violations
    own_world.forget()


@contextmanager
def more_than_the_proof_knows(world: World, tenant: Tenant) -> Iterator[None]:
    """The gate lets one organization have one call more than it should."""
    limit = "UPDATE orgs_organization SET max_concurrent_calls = %s WHERE id = %s"
    world.sql(limit, world.limits.own + 1, tenant.organization)
    try:
        yield
    finally:
        world.sql(limit, None, tenant.organization)
