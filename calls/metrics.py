"""Figures from what the bot measured: pure, so that pages, API and tests agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

# Metrics of a report and the columns that keep them for lists and charts.
COLUMNS = {
    "turns": "turns",
    "interruptions": "interruptions",
    "avgLatency": "avg_latency",
    "avgLlmTtfb": "avg_llm_ttfb",
    "avgTtsTtfb": "avg_tts_ttfb",
    "avgSttTtfb": "avg_stt_ttfb",
    "totalPromptTokens": "prompt_tokens",
    "totalCompletionTokens": "completion_tokens",
    "totalTtsCharacters": "tts_characters",
}


@dataclass(frozen=True)
class Spread:
    """Seconds: how a latency was spread over a call."""

    count: int
    mean: float
    p50: float
    p95: float
    worst: float


def percentile(values: Sequence[float], share: float) -> float:
    """The value under which ``share`` (0 to 1) of the sorted ``values`` lie, between
    two of them by their distance, as PostgreSQL's ``percentile_cont`` does."""
    position = share * (len(values) - 1)
    low = int(position)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (position - low)


def spread(values: Iterable[float]) -> Spread | None:
    """``None`` where there are no values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return Spread(
        count=len(ordered),
        mean=sum(ordered) / len(ordered),
        p50=percentile(ordered, 0.5),
        p95=percentile(ordered, 0.95),
        worst=ordered[-1],
    )


def values_of(events: Sequence[dict[str, Any]], kind: str, service: str) -> list[float]:
    """The values of events of one type and service, such as ``ttfb`` of ``llm``."""
    return [
        float(event["value"])
        for event in events
        if event.get("type") == kind
        and event.get("service") == service
        and isinstance(event.get("value"), int | float)
    ]
