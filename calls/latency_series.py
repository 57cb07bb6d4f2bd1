"""How long callers waited, and each engine took, day by day: percentiles of columns."""

from dataclasses import dataclass, field

from calls.analytics import rows_of
from calls.ranges import Range

# What calls can be grouped by: the group's expression, and the latency that is of it.
GROUPS = {
    "all": ("''", "avg_latency"),
    "agent": ("agent_id::text", "avg_latency"),
    "llm-provider": ("split_part(llm_engine, '/', 1)", "avg_llm_ttfb"),
    "llm": ("llm_engine", "avg_llm_ttfb"),
    "stt-provider": ("split_part(stt_engine, '/', 1)", "avg_stt_ttfb"),
    "stt": ("stt_engine", "avg_stt_ttfb"),
    "tts-provider": ("split_part(tts_engine, '/', 1)", "avg_tts_ttfb"),
    "tts": ("tts_engine", "avg_tts_ttfb"),
}
# The index behind it holds only calls in which somebody was waited for.
STATEMENT = """
    SELECT name, day, count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99])
        WITHIN GROUP (ORDER BY value)
    FROM (
        SELECT {name} AS name, {day} AS day, {value} AS value FROM calls
        WHERE {condition} AND avg_latency IS NOT NULL AND {value} IS NOT NULL
    ) AS call
    GROUP BY GROUPING SETS ((name), (name, day))
"""


@dataclass(frozen=True)
class Waits:
    """Seconds, over ``calls`` calls."""

    calls: int
    p50: float
    p95: float
    p99: float


@dataclass
class Series:
    """One group's waits over the whole range, and by the number of the day, from 0."""

    name: str
    whole: Waits
    days: dict[int, Waits] = field(default_factory=dict)


def series(wanted: Range, by: str) -> list[Series]:
    """Latencies by a word of ``GROUPS``, the groups with most calls first."""
    name, value = GROUPS[by]
    found: dict[str, Series] = {}
    days = []
    for group, day, calls, percentiles in rows_of(
        STATEMENT, wanted, name=name, value=value
    ):
        waits = Waits(calls, *percentiles)
        if day is None:
            found[group] = Series(group, waits)
        else:
            days.append((group, day - 1, waits))
    for group, day, waits in days:
        found[group].days[day] = waits
    return sorted(found.values(), key=lambda each: (-each.whole.calls, each.name))
