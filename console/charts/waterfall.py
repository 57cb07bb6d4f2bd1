"""Where each wait went: stages that add up to what the caller waited. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 600.0
STAGES = {
    "endpointing": "Hearing the end",
    "stt": "Speech to text",
    "turn": "Deciding that the caller is done",
    "llm": "Model's first token",
    "sentence": "First sentence",
    "tts": "Voice's first byte",
    "output": "Until audible",
    "unexplained": "Unexplained",
}
ADVICE = {
    "endpointing": "Shorten the silence that ends a turn in the agent's settings.",
    "stt": "Try a faster recognition model, or one nearer to your bot.",
    "turn": "A shorter turn detection answers sooner, and cuts in more often.",
    "llm": "Try a smaller model or a shorter prompt, or a provider nearer to your bot.",
    "sentence": "Have the prompt ask for short first sentences.",
    "tts": "Try a faster voice model, such as a flash or turbo one.",
    "output": "Check the load of the bot's machine.",
    "unexplained": "Check the load of the bot's machine; its log may say more.",
}


@dataclass(frozen=True)
class Bar:
    stage: str
    label: str
    secs: float
    x: float
    width: float


@dataclass(frozen=True)
class Row:
    """One turn: the whole wait and the bars it is made of."""

    turn: int
    at: float
    until: float
    latency: float
    interrupted: bool
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Bottleneck:
    """The stage that took most of all waits together."""

    label: str
    share: float
    advice: str


def waits(breakdown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The turns that a caller waited in."""
    return [turn for turn in breakdown if turn.get("latency")]


def longest(turns: Sequence[dict[str, Any]]) -> float:
    """The wait to whose scale bars are drawn, seconds."""
    return max((float(turn["latency"]) for turn in turns), default=0)


def rows(turns: Sequence[dict[str, Any]], longest: float) -> list[Row]:
    """Some of a call's waits, drawn to the scale of the longest of all of them."""
    return [row(turn, WIDTH / longest) for turn in turns]


def row(turn: dict[str, Any], scale: float) -> Row:
    latency = float(turn["latency"])
    at = float(turn.get("botAudibleAt") or latency) - latency
    bars, reached = [], 0.0
    for stage, secs in stages(turn):
        label = STAGES.get(stage, stage)
        bars.append(Bar(stage, label, secs, reached * scale, secs * scale))
        reached += secs
    return Row(
        turn=int(turn["turn"]),
        at=at,
        # The answer belongs to the turn.
        until=float(turn.get("botStoppedAt") or at + latency),
        latency=latency,
        interrupted=bool(turn.get("interrupted")),
        bars=tuple(bars),
    )


def stages(turn: dict[str, Any]) -> list[tuple[str, float]]:
    """The measured stages, and what of the wait none of them explains."""
    measured = [(str(s["stage"]), float(s["secs"])) for s in turn.get("stages", [])]
    rest = float(turn["latency"]) - sum(secs for _, secs in measured)
    return [*measured, ("unexplained", rest)] if rest > 0.001 else measured


def bottleneck(turns: Sequence[dict[str, Any]]) -> Bottleneck | None:
    """What to look at first; ``None`` where nothing was measured."""
    sums: dict[str, float] = {}
    for turn in turns:
        for stage, secs in stages(turn):
            sums[stage] = sums.get(stage, 0) + secs
    whole = sum(sums.values())
    if not whole:
        return None
    stage = max(sums, key=lambda name: sums[name])
    share = sums[stage] / whole
    return Bottleneck(STAGES.get(stage, stage), share, ADVICE.get(stage, ""))
