"""How many calls began and ended, for Prometheus: each counted once, by the process
that committed it. No organization and no call is a label."""

from collections import Counter as Tally
from collections.abc import Iterable

from django.db import transaction
from prometheus_client import Counter

from calls.channels import Channel, Status

STARTED = Counter(
    "calls_started", "Calls that began, refused ones not included.", ["channel"]
)
ENDED = Counter(
    "calls_ended",
    "Calls that ended, with the status that they had then.",
    ["channel", "status"],
)
for channel in Channel.values:
    STARTED.labels(channel)
    for status in (Status.COMPLETED, Status.FAILED):
        ENDED.labels(channel, status.value)


def note_start(channel: str) -> None:
    transaction.on_commit(STARTED.labels(channel).inc)


def note_ends(channels: Iterable[str], status: Status) -> None:
    """These calls, by their channels, are not active any more."""
    counts = Tally(channels)

    def count() -> None:
        for channel, number in counts.items():
            ENDED.labels(channel, status.value).inc(number)

    transaction.on_commit(count)
