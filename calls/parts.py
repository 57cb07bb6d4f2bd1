"""Pieces of what the bot has reported of one call, read without the rest of it.

A long call's metrics are most of a megabyte. PostgreSQL takes the pieces out, so that a
page costs about the same for a call of two minutes and one of an hour.
"""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

# What is not an array of objects, or is not there, counts as none.
_ELEMENTS = """
    SELECT element, nth FROM calls, jsonb_array_elements(
        CASE jsonb_typeof(metrics -> %(key)s) WHEN 'array' THEN metrics -> %(key)s
        ELSE '[]' END
    ) WITH ORDINALITY AS elements (element, nth)
    WHERE id = %(call)s AND jsonb_typeof(element) = 'object'
"""
TURNS = f"""
    SELECT jsonb_agg(jsonb_build_object(
        'turn', element -> 'turn', 'latency', element -> 'latency',
        'botAudibleAt', element -> 'botAudibleAt',
        'interrupted', element -> 'interrupted'
    ) ORDER BY nth) FROM ({_ELEMENTS}) AS each WHERE element ? 'turn'
"""
BREAKDOWN = f"""
    SELECT jsonb_agg(element ORDER BY nth)
    FROM ({_ELEMENTS}) AS each WHERE element ? 'turn'
"""
# Answers that were cancelled were never waited for.
TTFB = f"""
    SELECT element ->> 'service', array_agg((element ->> 'value')::float)
    FROM ({_ELEMENTS}) AS each
    WHERE element ->> 'type' = 'ttfb' AND jsonb_typeof(element -> 'value') = 'number'
        AND NOT element @> '{{"cancelled": true}}'
    GROUP BY 1
"""
EVENTS = f"""
    WITH event AS MATERIALIZED (
        SELECT element, nth, coalesce(element ->> 'type', '') AS type
        FROM ({_ELEMENTS}) AS each
    )
    SELECT
        (SELECT jsonb_object_agg(type, n)
         FROM (SELECT type, count(*) AS n FROM event GROUP BY 1) AS kinds),
        (SELECT jsonb_agg(element ORDER BY nth) FROM (
            SELECT element, nth FROM event WHERE %(kind)s IN ('', type)
            ORDER BY nth OFFSET %(after)s LIMIT %(limit)s) AS page)
"""


@dataclass(frozen=True)
class Events:
    """A page of a call's timeline; ``kinds`` is how many there are of each type."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)

    def total(self, kind: str = "") -> int:
        return self.kinds.get(kind, 0) if kind else sum(self.kinds.values())


def turns(call_id: uuid.UUID) -> list[dict[str, Any]]:
    """Each turn's number, place and latency, without the stages of its wait."""
    return _array(TURNS, call_id)


def breakdown(call_id: uuid.UUID) -> list[dict[str, Any]]:
    """The turns that a bot has measured; other bots may not report them."""
    return _array(BREAKDOWN, call_id)


def ttfb(call_id: uuid.UUID) -> dict[str, list[float]]:
    """Seconds to the first byte by service, of every answer that was heard."""
    return dict(_rows(TTFB, call_id, "events"))


def events(call_id: uuid.UUID, kind: str, after: int, limit: int) -> Events:
    """``limit`` events of a type (any if empty), without the first ``after``."""
    wanted = {"kind": kind, "after": after, "limit": limit}
    ((kinds, rows),) = _rows(EVENTS, call_id, "events", **wanted)
    return Events(json.loads(rows or "[]"), json.loads(kinds or "{}"))


def _array(sql: str, call_id: uuid.UUID) -> list[dict[str, Any]]:
    """The turns, which the database gives as one array: that is read faster."""
    ((turns,),) = _rows(sql, call_id, "breakdown")
    found: list[dict[str, Any]] = json.loads(turns or "[]")
    return found


def _rows(sql: str, call_id: uuid.UUID, key: str, **more: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {"call": call_id, "key": key, **more}
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
