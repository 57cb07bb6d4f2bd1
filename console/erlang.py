"""Erlang's loss formula (Erlang B): how many calls a limit refuses. Pure.

It holds for calls that come independently of each other, are refused when all channels
are taken, and are not tried again. Loads are in erlangs: calls at once, on average, if
none were refused.
"""

# Past this, a limit refuses less than one call in as many, and goes for never.
NEVER = 1e15


def blocking(load: float, channels: int) -> float:
    """The share of calls that is refused, from 0 to 1.

    Reckoned by the recursion over channels, in its reciprocal, which neither overflows
    nor loses precision.
    """
    if load <= 0:
        return 0.0 if channels > 0 else 1.0
    reciprocal = 1.0
    for channel in range(1, channels + 1):
        reciprocal = 1 + channel / load * reciprocal
        if reciprocal > NEVER and channel > load:
            return 0.0
    return 1 / reciprocal


def channels_for(load: float, target: float) -> int:
    """The fewest channels that refuse at most ``target`` of the calls."""
    if load <= 0:
        return 0 if target >= 1 else 1
    channels, reciprocal = 0, 1.0
    while 1 / reciprocal > target:
        channels += 1
        reciprocal = 1 + channels / load * reciprocal
    return channels


def load_for(channels: int, target: float) -> float:
    """The most erlangs of which ``channels`` refuse at most ``target``."""
    low, high = 0.0, 1.0
    while blocking(high, channels) < target:
        low, high = high, high * 2
    # Halving 50 times is below what a float can tell apart.
    for _ in range(50):
        middle = (low + high) / 2
        if blocking(middle, channels) <= target:
            low = middle
        else:
            high = middle
    return low
