"""The limit holds while Redis is emptied, hangs, comes back, or is nowhere."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings

from calls.channels import Status
from calls.lifecycle import Ending, end_call
from calls.models import Call
from calls.slots import REDIS_REST_SECS, gate
from capacity.breaker import Breaker
from capacity.gate import CapacityExceeded
from common.redis import client
from launcher.pytest_plugin import servers

LIMIT = 3


@pytest.fixture(autouse=True)
def _limit(settings: Settings) -> None:
    settings.MAX_CONCURRENT_CALLS = settings.MAX_CONCURRENT_CALLS_PER_ORG = LIMIT


@pytest.fixture
def hanging_redis() -> Iterator[None]:
    """Redis takes connections and answers nothing, until the test is over."""
    servers.valkey.pause()
    yield
    servers.valkey.resume()


def trust_redis_again() -> None:
    """As when the breaker's rest is over."""
    gate.breaker = Breaker(REDIS_REST_SECS)


def fill(start: Callable[..., Call], count: int) -> list[Call]:
    return [start() for _ in range(count)]


def test_a_redis_that_was_emptied_is_rebuilt_before_it_is_trusted(
    start: Callable[..., Call],
) -> None:
    fill(start, LIMIT - 1)

    client().flushall()

    assert start().status == Status.ACTIVE
    with pytest.raises(CapacityExceeded) as refused:
        start()
    assert refused.value.details["global"] == LIMIT
    assert sum(gate.slots.counts().values()) == LIMIT


@pytest.mark.django_db(transaction=True)
def test_without_redis_postgresql_decides_and_is_exact(
    start: Callable[..., Call], hanging_redis: None
) -> None:
    def attempt(_: int) -> bool:
        try:
            return bool(start())
        except CapacityExceeded:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        admitted = list(pool.map(attempt, range(24)))

    assert admitted.count(True) == LIMIT
    assert Call.objects.holding_slots().count() == LIMIT


def test_falling_back_is_logged_with_its_reason(
    start: Callable[..., Call], hanging_redis: None, caplog: pytest.LogCaptureFixture
) -> None:
    start()

    (record,) = [r for r in caplog.records if r.msg == "Redis capacity Lua failed"]
    assert vars(record)["reason"] == "TimeoutError"


def test_calls_admitted_without_redis_count_when_it_is_back(
    start: Callable[..., Call],
) -> None:
    servers.valkey.pause()
    try:
        fill(start, LIMIT)
    finally:
        servers.valkey.resume()
    trust_redis_again()

    with pytest.raises(CapacityExceeded) as refused:
        start()

    assert refused.value.details["global"] == LIMIT
    assert sum(gate.slots.counts().values()) == LIMIT


def test_a_slot_freed_while_redis_hung_is_free_when_it_is_back(
    start: Callable[..., Call],
) -> None:
    first, *_ = fill(start, LIMIT)
    servers.valkey.pause()
    try:
        end_call(first, Ending(Status.COMPLETED))
    finally:
        servers.valkey.resume()
    trust_redis_again()

    assert start().status == Status.ACTIVE
    with pytest.raises(CapacityExceeded):
        start()


def test_a_process_with_redis_and_one_without_never_admit_too_many_between_them(
    start: Callable[..., Call],
) -> None:
    with_redis, without = Breaker(REDIS_REST_SECS), Breaker(REDIS_REST_SECS)
    admitted = 0
    for attempt in range(2 * LIMIT):
        gate.breaker = with_redis if attempt % 2 else without
        if gate.breaker is without:
            without.trip()
        try:
            start()
            admitted += 1
        except CapacityExceeded:
            pass

    assert admitted == LIMIT
    assert Call.objects.holding_slots().count() == LIMIT
