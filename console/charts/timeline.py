"""Everything that happened in a call on one time axis, as numbers for one SVG. Pure.

The axis is ``WIDTH`` wide whatever the call's length; the page stretches it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH = 1000.0
LANE = 44.0
# The share of a lane that the loudest sample takes.
FULL = 0.94


@dataclass(frozen=True)
class Region:
    """A part of the axis: ``x`` and ``width`` on it, ``at`` in seconds."""

    x: float
    width: float
    at: float
    title: str
    kind: str = ""


@dataclass
class Timeline:
    """``waves`` are SVG paths, one for the caller and one for the agent."""

    duration: float
    waves: list[str] = field(default_factory=list)
    said: list[Region] = field(default_factory=list)
    waits: list[Region] = field(default_factory=list)
    cuts: list[Region] = field(default_factory=list)
    ticks: list[Region] = field(default_factory=list)


def timeline(
    duration: float,
    peaks: Sequence[Sequence[float]],
    transcript: Sequence[dict[str, Any]],
    breakdown: Sequence[dict[str, Any]],
) -> Timeline | None:
    """``None`` for a call of which nothing has a place in time."""
    ends = [float(line.get("until") or line["at"]) for line in transcript]
    length = max([duration, *ends])
    if length <= 0:
        return None
    scale = WIDTH / length
    loudest = max((max(channel, default=0) for channel in peaks), default=0)
    covered = min(1.0, duration / length)
    return Timeline(
        duration=length,
        waves=[wave(channel, covered, loudest) for channel in peaks],
        said=[said(line, scale) for line in transcript],
        waits=[wait(turn, scale) for turn in breakdown if turn.get("latency")],
        cuts=[cut(line, scale) for line in transcript if line.get("interrupted")],
        ticks=[Region(at * scale, 0, at, "") for at in tick_times(length)],
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


def said(line: dict[str, Any], scale: float) -> Region:
    at = float(line["at"])
    until = float(line.get("until") or at)
    width = max((until - at) * scale, 1.5)
    return Region(at * scale, width, at, str(line["text"]), str(line["role"]))


def wait(turn: dict[str, Any], scale: float) -> Region:
    latency = float(turn["latency"])
    at = float(turn.get("botAudibleAt", 0)) - latency
    title = f"Turn {turn['turn']}: waited {latency * 1000:.0f} ms"
    return Region(at * scale, max(latency * scale, 1.5), at, title)


def cut(line: dict[str, Any], scale: float) -> Region:
    at = float(line.get("until") or line["at"])
    return Region(at * scale, 0, at, "Interrupted here")


def tick_times(length: float) -> list[float]:
    """Round times, six to twelve of them."""
    for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600):
        if length / step <= 10:
            return [float(at) for at in range(0, int(length) + 1, step)]
    return [0.0]
