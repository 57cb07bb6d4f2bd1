"""Everything that happened in a call on one time axis, as paths for one SVG. Pure.

The axis is ``WIDTH`` wide whatever the call's length; the page stretches it. All that
is of one kind is one path, so that an hour draws as fast as a minute.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.formats import clock

WIDTH = 1000.0
LANE = 44.0
AGENT_TOP = 48.0
WAITS_TOP, WAITS_HEIGHT = 98.0, 28.0
HEIGHT = WAITS_TOP + WAITS_HEIGHT
# The share of a lane that the loudest sample takes.
FULL = 0.94
NARROWEST = 1.5
CALLER, AGENT = "user", "assistant"


@dataclass(frozen=True)
class Tick:
    """``at`` is percent of the axis."""

    at: float
    label: str


@dataclass
class Timeline:
    """SVG paths. ``waves`` has one for the caller and one for the agent, ``said`` one
    for each role. ``turns`` is "at,latency,number" of each wait, for the pointer."""

    duration: float
    waves: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    waits: str = ""
    cuts: str = ""
    ticks: list[Tick] = field(default_factory=list)
    turns: str = ""
    longest: float = 0


def timeline(
    duration: float,
    peaks: Sequence[Sequence[float]],
    transcript: Sequence[dict[str, Any]],
    breakdown: Sequence[dict[str, Any]],
) -> Timeline | None:
    """``None`` for a call of which nothing has a place in time."""
    ends = [end_of(line) for line in transcript]
    length = max([duration, *ends])
    if length <= 0:
        return None
    scale = WIDTH / length
    loudest = max((max(channel, default=0) for channel in peaks), default=0)
    covered = min(1.0, duration / length)
    waited = [turn for turn in breakdown if turn.get("latency")]
    longest = max((float(turn["latency"]) for turn in waited), default=0)
    return Timeline(
        duration=length,
        waves=[wave(channel, covered, loudest) for channel in peaks],
        said={
            role: "".join(said(line, scale, top) for line in by_role(transcript, role))
            for role, top in ((CALLER, 0.0), (AGENT, AGENT_TOP))
        },
        waits="".join(wait(turn, scale, longest) for turn in waited),
        cuts="".join(
            f"M{end_of(line) * scale:.1f} 0v{AGENT_TOP + LANE:g}"
            for line in transcript
            if line.get("interrupted")
        ),
        ticks=[Tick(at / length * 100, clock(at)) for at in tick_times(length)],
        turns=";".join(
            f"{began(turn):.2f},{float(turn['latency']):.3f},{int(turn['turn'])}"
            for turn in waited
        ),
        longest=longest,
    )


def wave(peaks: Sequence[float], share: float, loudest: float) -> str:
    """A lane's waveform: a stroke for each peak, about the lane's middle. ``share`` is
    the part of the axis that the recording covers; ``loudest`` fills the lane."""
    if not peaks or not loudest:
        return ""
    step = WIDTH * share / len(peaks)
    strokes = []
    for nth, peak in enumerate(peaks):
        half = max(peak / loudest * LANE / 2 * FULL, 0.35)
        x = (nth + 0.5) * step
        strokes.append(f"M{x:.1f} {LANE / 2 - half:.1f}v{2 * half:.1f}")
    return "".join(strokes)


def by_role(transcript: Iterable[dict[str, Any]], role: str) -> list[dict[str, Any]]:
    """The caller's lines, keypad digits too, or the agent's, with its tools."""
    theirs = {CALLER: (CALLER, "dtmf"), AGENT: (AGENT, "tool")}[role]
    return [line for line in transcript if line["role"] in theirs]


def said(line: dict[str, Any], scale: float, top: float) -> str:
    at = float(line["at"])
    width = max((end_of(line) - at) * scale, NARROWEST)
    return box(at * scale, top, width, LANE)


def wait(turn: dict[str, Any], scale: float, longest: float) -> str:
    """A bar as wide as the wait was long, and as high beside the longest one."""
    latency = float(turn["latency"])
    height = max(latency / longest * WAITS_HEIGHT, 2)
    width = max(latency * scale, NARROWEST)
    return box(began(turn) * scale, HEIGHT - height, width, height)


def box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z"


def began(turn: dict[str, Any]) -> float:
    """When the caller fell silent, seconds."""
    latency = float(turn["latency"])
    return max(float(turn.get("botAudibleAt") or latency) - latency, 0)


def end_of(line: dict[str, Any]) -> float:
    return float(line.get("until") or line["at"])


def tick_times(length: float) -> list[float]:
    """Round times, six to twelve of them."""
    for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600):
        if length / step <= 10:
            return [float(at) for at in range(0, int(length) + 1, step)]
    return [0.0]
