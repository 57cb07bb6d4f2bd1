"""When to try again. Pure."""

from datetime import datetime, timedelta

# After the first attempt; when the last of these has failed too, it is given up.
RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
# A worker that was away for long does not make up for it in a rush.
SHORTEST = timedelta(minutes=1)


def next_attempt(first: datetime, failures: int, now: datetime) -> datetime | None:
    """The time of the next attempt after ``failures``, of which the ``first`` was at
    that time and the last just now; ``None``: give it up."""
    if failures > len(RETRIES):
        return None
    return max(first + RETRIES[failures - 1], now + SHORTEST)
