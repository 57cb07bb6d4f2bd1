"""Five retries at set times after the first attempt, and then no more."""

from datetime import UTC, datetime, timedelta

import pytest

from webhooks.schedule import next_attempt

FIRST = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "after"),
    [
        (1, timedelta(minutes=1)),
        (2, timedelta(minutes=5)),
        (3, timedelta(minutes=30)),
        (4, timedelta(hours=2)),
        (5, timedelta(hours=12)),
    ],
)
def test_each_retry_has_its_time(failures: int, after: timedelta) -> None:
    assert next_attempt(FIRST, failures, FIRST) == FIRST + after


def test_after_the_last_it_is_given_up() -> None:
    assert next_attempt(FIRST, 6, FIRST + timedelta(hours=12)) is None


def test_a_worker_that_was_away_does_not_rush() -> None:
    late = FIRST + timedelta(hours=3)

    assert next_attempt(FIRST, 2, late) == late + timedelta(minutes=1)
