"""Calls by hour and day of the week, as a table of shades. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

WEEKDAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
SHADES = 6


@dataclass(frozen=True)
class Cell:
    """``shade`` is 0 for none, up to ``SHADES`` for the most."""

    count: int
    shade: int


def heat(counted: Iterable[tuple[datetime, int]]) -> list[tuple[str, list[Cell]]]:
    """A row of 24 hours for each day of the week; times are in the viewer's zone."""
    table = [[0] * 24 for _ in WEEKDAYS]
    for at, count in counted:
        table[at.weekday()][at.hour] += count
    most = max(map(max, table))
    return [
        (name, [Cell(count, shade(count, most)) for count in row])
        for name, row in zip(WEEKDAYS, table, strict=True)
    ]


def shade(count: int, most: int) -> int:
    return -(-count * SHADES // most) if count else 0
