"""From what was collected to the report that the api takes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.turns import CallLog, Line, Turn

# Where the time between two moments of a turn goes, in order.
_STAGES = (
    ("endpointing", "user_stopped_at", "vad_stopped_at"),
    ("stt", "vad_stopped_at", "stt_final_at"),
    ("turn", "stt_final_at", "turn_ended_at"),
    ("llm", "llm_started_at", "llm_first_token_at"),
    ("sentence", "llm_first_token_at", "tts_started_at"),
    ("tts", "tts_started_at", "tts_first_byte_at"),
    ("output", "tts_first_byte_at", "bot_audible_at"),
)
_MOMENTS = (
    "user_started_at",
    "user_stopped_at",
    "vad_stopped_at",
    "stt_final_at",
    "turn_ended_at",
    "llm_started_at",
    "llm_first_token_at",
    "tts_started_at",
    "tts_first_byte_at",
    "bot_audible_at",
    "bot_stopped_at",
)


@dataclass(frozen=True)
class Outcome:
    """How a call ended.

    Args:
        end_reason: one of the contract's endReason values.
        failure_reason: why it failed, or empty when it completed.
        ended_at: ISO 8601 in UTC.
        duration_secs: from the moment the caller was connected.
    """

    end_reason: str
    ended_at: str
    duration_secs: float
    failure_reason: str = ""


@dataclass(frozen=True)
class ServedBy:
    """The engine that really served, which is offline where a key is missing."""

    provider: str
    model: str

    def as_json(self) -> dict[str, str]:
        return {"provider": self.provider, "model": self.model}


@dataclass(frozen=True)
class Engines:
    """The engines of one call by kind: llm, stt, tts."""

    by_kind: dict[str, ServedBy] = field(default_factory=dict)


def build(
    log: CallLog, outcome: Outcome, engines: Engines, *, save_transcript: bool = True
) -> dict[str, Any]:
    """The body of `POST /api/calls/:id/complete`, without the recording's key."""
    body: dict[str, Any] = {
        "status": "failed" if outcome.failure_reason else "completed",
        "endedAt": outcome.ended_at,
        "durationSecs": round(outcome.duration_secs, 3),
        "endReason": outcome.end_reason,
        "transcript": [_line(line) for line in log.lines] if save_transcript else [],
        "metrics": metrics(log),
        "usage": {
            "sttSeconds": round(log.stt_secs, 3),
            **{kind: engine.as_json() for kind, engine in engines.by_kind.items()},
        },
    }
    if outcome.failure_reason:
        body["failureReason"] = outcome.failure_reason
    return body


def metrics(log: CallLog) -> dict[str, Any]:
    """The metrics of contract.md §6; seconds. What was not measured is null."""
    latencies = [turn.latency for turn in log.turns if turn.latency is not None]
    result: dict[str, Any] = {
        "turns": sum(1 for turn in log.turns if turn.spoke),
        "interruptions": log.interruptions,
        "avgLatency": mean(latencies),
        "p50Latency": percentile(latencies, 50),
        "p95Latency": percentile(latencies, 95),
        "avgLlmTtfb": mean(log.ttfb["llm"]),
        "avgTtsTtfb": mean(log.ttfb["tts"]),
        "avgSttTtfb": mean(log.ttfb["stt"]),
        "totalPromptTokens": log.prompt_tokens,
        "totalCompletionTokens": log.completion_tokens,
        "totalTtsCharacters": log.tts_characters,
        "events": log.events,
        "breakdown": [breakdown(turn) for turn in log.turns if _happened(turn)],
    }
    if log.cached_tokens is not None:
        result["totalCachedTokens"] = log.cached_tokens
    if log.dropped_events:
        result["droppedEvents"] = log.dropped_events
    return result


def breakdown(turn: Turn) -> dict[str, Any]:
    """One turn for a waterfall: its moments, and the stages between them."""
    result: dict[str, Any] = {"turn": turn.number, "interrupted": turn.interrupted}
    if turn.latency is not None:
        result["latency"] = round(turn.latency, 3)
    for name in _MOMENTS:
        at = getattr(turn, name)
        if at is not None:
            result[_camel(name)] = round(at, 3)
    result["stages"] = _stages(turn)
    return result


def mean(values: Iterable[float]) -> float | None:
    """The average, or None of nothing."""
    numbers = list(values)
    return round(sum(numbers) / len(numbers), 6) if numbers else None


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The nearest-rank percentile, or None of nothing."""
    if not values:
        return None
    rank = max(-(-len(values) * percent // 100), 1)
    return round(sorted(values)[int(rank) - 1], 6)


def _stages(turn: Turn) -> list[dict[str, Any]]:
    """Each part of the wait with its start and length; parts that took no time go."""
    stages = []
    reached = None
    for name, start_name, end_name in _STAGES:
        start, end = getattr(turn, start_name), getattr(turn, end_name)
        if start is None or end is None:
            continue
        # A recogniser can finish before the silence is long enough: what ran at
        # the same time is not waited for twice.
        start = start if reached is None else max(start, reached)
        if end > start:
            stages.append(
                {"stage": name, "at": round(start, 3), "secs": round(end - start, 3)}
            )
            reached = end
    return stages


def _happened(turn: Turn) -> bool:
    return turn.spoke or turn.bot_audible_at is not None


def _line(line: Line) -> dict[str, Any]:
    return {
        "role": line.role,
        "text": line.text,
        "at": round(line.at, 3),
        "until": round(line.until, 3),
        "interrupted": line.interrupted,
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
