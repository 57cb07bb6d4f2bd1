"""Lays a script out in time, and reports it as the bot would. Pure."""

import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parent / "scripts.toml"
# Seconds that each stage of an answer takes: a usual value, and how far it strays.
STAGES = {
    "endpointing": (0.20, 0.05),
    "stt": (0.12, 0.30),
    "turn": (0.05, 0.40),
    "llm": (0.42, 0.45),
    "sentence": (0.06, 0.50),
    "tts": (0.17, 0.35),
    "output": (0.04, 0.20),
}
# How long a voice goes on after the other has cut in.
CUT_AFTER = 0.25
CONNECT_SECS = 0.4


@dataclass(frozen=True)
class Said:
    role: str
    text: str
    interrupts: bool = False


@dataclass(frozen=True)
class Script:
    """A conversation, and the number of the persona that holds it."""

    agent: int
    lines: tuple[Said, ...]


@dataclass(frozen=True)
class Placed:
    """A line on the call's clock, in seconds; ``until`` is where it was cut."""

    said: Said
    at: float
    until: float
    interrupted: bool


@dataclass
class Turn:
    """An answer: what the caller waited for, by stage, and from when to when."""

    number: int
    waited_from: float | None
    stages: dict[str, float]
    audible_at: float
    until: float
    interrupted: bool = False

    @property
    def latency(self) -> float | None:
        return sum(self.stages.values()) if self.waited_from is not None else None


@dataclass
class Conversation:
    lines: list[Placed] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    @property
    def duration(self) -> float:
        return max(line.until for line in self.lines) + 0.6


def load_scripts() -> list[Script]:
    entries = tomllib.loads(SCRIPTS.read_text())["script"]
    return [
        Script(
            entry["agent"],
            tuple(Said(role, text, bool(more)) for role, text, *more in entry["lines"]),
        )
        for entry in entries
    ]


def spoken_secs(said: Said) -> float:
    """About how long it takes to say a line."""
    return 0.35 + 0.068 * len(said.text)


def lay_out(
    script: Script,
    chance: random.Random,
    *,
    length: Callable[[Said], float] = spoken_secs,
    slowness: float = 1.0,
) -> Conversation:
    """Put the lines one after the other, with the waits of a real call between them.

    ``slowness`` stretches the model's part of every wait.
    """
    held = Conversation()
    clock = CONNECT_SECS
    for said in script.lines:
        secs = length(said)
        if said.role == "user":
            clock = _user_speaks(held, said, clock + chance.uniform(0.3, 1.2), secs)
        else:
            clock = _agent_answers(held, said, clock, secs, _stages(chance, slowness))
    return held


def _user_speaks(held: Conversation, said: Said, at: float, secs: float) -> float:
    if said.interrupts and held.turns:
        spoken = held.lines[-1]
        at = spoken.at + 0.75 * (spoken.until - spoken.at)
        cut = at + CUT_AFTER
        held.lines[-1] = Placed(spoken.said, spoken.at, cut, interrupted=True)
        held.turns[-1].until, held.turns[-1].interrupted = cut, True
    held.lines.append(Placed(said, at, at + secs, interrupted=False))
    return at + secs


def _agent_answers(
    held: Conversation, said: Said, clock: float, secs: float, stages: dict[str, float]
) -> float:
    asked = bool(held.lines)
    if not asked:
        stages = {name: stages[name] for name in ("tts", "output")}
    at = clock + sum(stages.values())
    number = len(held.turns)
    held.turns.append(Turn(number, clock if asked else None, stages, at, at + secs))
    held.lines.append(Placed(said, at, at + secs, interrupted=False))
    return at + secs


def _stages(chance: random.Random, slowness: float) -> dict[str, float]:
    drawn = {
        name: usual * chance.lognormvariate(0, strays)
        for name, (usual, strays) in STAGES.items()
    }
    drawn["llm"] *= slowness
    return {name: round(secs, 3) for name, secs in drawn.items()}


def transcript(held: Conversation) -> list[dict[str, Any]]:
    return [
        {
            "role": line.said.role,
            "text": line.said.text,
            "at": round(line.at, 3),
            "until": round(line.until, 3),
            "interrupted": line.interrupted,
        }
        for line in held.lines
    ]
