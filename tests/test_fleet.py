"""The arithmetic of large platforms, with figures that can be checked by hand."""

import pytest

from benchmarks.fleet import Fleet, Shape, Unit, fleet

UNIT = Unit(
    life_api=0.02,
    life_postgres=0.006,
    life_redis=0.0005,
    beat_api=0.0001,
    beat_postgres=0.00005,
    beat_redis=0.00001,
    bot_cores=0.05,
    row_bytes=4_000,
    wal_bytes=7_000,
    slot_bytes=100,
)


@pytest.fixture
def thousand() -> Fleet:
    return fleet(UNIT, Shape(peak=1_000, call_secs=100, load=0.5, recorded=0.25))


def test_calls_start_as_fast_as_they_end(thousand: Fleet) -> None:
    assert thousand.calls_per_sec == 10
    assert thousand.calls_per_day == 10 * 0.5 * 86_400


def test_each_program_needs_its_share_of_starts_and_heartbeats(thousand: Fleet) -> None:
    assert thousand.bot_cores == pytest.approx(50)
    assert thousand.api_cores == pytest.approx(10 * 0.02 + 100 * 0.0001)
    assert thousand.postgres_cores == pytest.approx(10 * 0.006 + 100 * 0.00005)
    assert thousand.redis_cores == pytest.approx(10 * 0.0005 + 100 * 0.00001)
    assert thousand.redis_bytes == 100_000


def test_what_is_kept_grows_with_the_calls(thousand: Fleet) -> None:
    assert thousand.recording_bytes_per_day == 1_000 * 0.5 * 86_400 * 0.25 * 64_000
    assert thousand.wal_bytes_per_day == 432_000 * 7_000
    assert thousand.rows_per_year == 432_000 * 365
    assert thousand.row_bytes_per_year == 432_000 * 365 * 4_000


def test_the_busiest_of_the_parts_that_cannot_be_doubled_is_named(
    thousand: Fleet,
) -> None:
    # 0.006 of Redis' one core; 0.065 of PostgreSQL's sixty-four.
    assert thousand.first_limit == "Redis"
