"""Two mornings on which the demo's company called many people at once. Pure.

Its limit was met, so some of them could not be called.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calls.channels import Channel
from calls.demo.conversation import Script, lay_out, load_scripts
from calls.demo.history import CALLS_OUT, PastCall, answered_call

# How long ago, and how many numbers were dialled.
CAMPAIGNS = ((timedelta(hours=20), 26), (timedelta(days=3, hours=2), 34))
DIALLED_EVERY_SECS = 1.6
# Longer than any call of the demo lasts, or waits until it is given up.
LONGEST = timedelta(minutes=3)


@dataclass(frozen=True)
class Campaign:
    """The calls that were made, and when one was refused."""

    calls: list[PastCall]
    refused_at: list[datetime]


def campaigns(
    now: datetime, others: Sequence[PastCall], limit: int, seed: int = 2
) -> list[Campaign]:
    """What was dialled beside the ``others``, never more than ``limit`` at once."""
    chance = random.Random(seed)
    (script,) = (s for s in load_scripts() if s.agent == CALLS_OUT)
    found = []
    for ago, dialled in CAMPAIGNS:
        begun = now - ago
        near = [c for c in others if abs(c.started_at - begun) < 2 * LONGEST]
        found.append(dial(script, begun, dialled, limit - len(near), chance))
    return found


def dial(
    script: Script, begun: datetime, dialled: int, lines: int, chance: random.Random
) -> Campaign:
    """Dial one number after the other, as long as one of the ``lines`` is free."""
    calls: list[PastCall] = []
    refused: list[datetime] = []
    for nth in range(dialled):
        at = begun + timedelta(
            seconds=nth * DIALLED_EVERY_SECS + chance.uniform(0, 0.9)
        )
        if running(calls, at) < lines:
            told = lay_out(script, chance)
            calls.append(
                replace(
                    answered_call(script, Channel.PHONE, at, chance), conversation=told
                )
            )
        else:
            refused.append(at)
    return Campaign(calls, refused)


def running(calls: Iterable[PastCall], at: datetime) -> int:
    """How many of the calls, which all began before, are not over yet."""
    return sum(
        call.started_at + timedelta(seconds=call.duration) >= at for call in calls
    )
