"""How many calls there were, what they cost and why they failed, over a range of days.

Each is one statement that reads an index alone. Sums are exact.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from calls.ranges import DAY, Range

VOLUME = """
    SELECT date_bin('15 minutes', started_at, 'epoch'), status, count(*),
        coalesce(sum(duration_secs), 0)
    FROM calls WHERE {condition} GROUP BY 1, 2 ORDER BY 1
"""
SPENT = """
    SELECT day, agent_id, count(*), coalesce(sum(duration_secs), 0), sum(cost_llm),
        sum(cost_stt), sum(cost_tts), sum(cost_sip), sum(cost_total),
        count(*) FILTER (WHERE is_unpriced)
    FROM (SELECT {day} AS day, calls.* FROM calls WHERE {condition}) AS call
    GROUP BY GROUPING SETS ((day), (agent_id))
"""
FAILED = """
    SELECT failure_reason, {day}, count(*)
    FROM calls WHERE {condition} AND failure_reason <> '' GROUP BY 1, 2
"""
UNPRICED = """
    SELECT component, provider, model, unit, sum(quantity), count(DISTINCT call_id)
    FROM calls JOIN calls_costline ON call_id = calls.id
    WHERE {condition} AND is_unpriced AND rate_id IS NULL
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


@dataclass(frozen=True)
class Quarter:
    """The calls of one status that started in one quarter of an hour."""

    at: datetime
    status: str
    calls: int
    seconds: float


@dataclass(frozen=True)
class Spent:
    """What some calls cost, INR by component, and how many had use without a rate."""

    calls: int
    seconds: float
    llm: Decimal
    stt: Decimal
    tts: Decimal
    sip: Decimal
    total: Decimal
    unpriced: int


@dataclass
class Spending:
    """By the number of the day, from 0, and by agent; those without calls are not in
    it."""

    days: dict[int, Spent] = field(default_factory=dict)
    agents: dict[uuid.UUID, Spent] = field(default_factory=dict)

    @property
    def whole(self) -> Spent:
        """All of it together."""
        parts = list(self.days.values())
        money = {
            name: sum((getattr(part, name) for part in parts), Decimal("0.00"))
            for name in ("llm", "stt", "tts", "sip", "total")
        }
        return Spent(
            calls=sum(part.calls for part in parts),
            seconds=sum(part.seconds for part in parts),
            unpriced=sum(part.unpriced for part in parts),
            **money,
        )


@dataclass(frozen=True)
class Unpriced:
    """Use that no rate covers."""

    component: str
    provider: str
    model: str
    unit: str
    quantity: Decimal
    calls: int


def volume(wanted: Range) -> list[Quarter]:
    """How many calls started when, by status."""
    return [Quarter(*row) for row in rows_of(VOLUME, wanted)]


def spending(wanted: Range) -> Spending:
    """What the calls cost, by day and by agent."""
    found = Spending()
    for day, agent, *figures in rows_of(SPENT, wanted):
        if agent is None:
            found.days[day - 1] = Spent(*figures)
        else:
            found.agents[agent] = Spent(*figures)
    return found


def failures(wanted: Range) -> list[tuple[str, int, int]]:
    """(reason, number of the day from 0, calls) of those that failed."""
    return [(reason, day - 1, calls) for reason, day, calls in rows_of(FAILED, wanted)]


def unpriced(wanted: Range) -> list[Unpriced]:
    """The use that waits for a rate."""
    return [Unpriced(*row) for row in rows_of(UNPRICED, wanted)]


def rows_of(statement: str, wanted: Range, **names: str) -> list[tuple[Any, ...]]:
    """The rows of a statement over the range; ``names`` are further parts of it."""
    sql = statement.format(condition=wanted.condition, day=DAY, **names)
    with connection.cursor() as cursor:
        cursor.execute(sql, wanted.parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
