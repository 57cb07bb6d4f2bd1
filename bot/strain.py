"""Whether this process still has time for the calls it has.

All calls share one loop. When it has more to do than time, every voice is late at once
and stays late: another call would spoil all of them, and is better refused.
"""

import asyncio
from collections import deque

from loguru import logger

_BEAT_SECS = 0.25
# Late at each of so many beats: a single pause, such as loading a model, is none.
_BEATS = 8
LATE_SECS = 0.25


class Strain:
    """Measures how late the loop comes to what is due. `watch` runs beside it."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=_BEATS)

    @property
    def late_secs(self) -> float:
        """By how much the loop is late, for as long as it has been watched of late."""
        return min(self._late) if len(self._late) == _BEATS else 0.0

    @property
    def overloaded(self) -> bool:
        return self.late_secs > LATE_SECS

    def note(self, late_secs: float) -> None:
        """Keep by how much one beat was late, and log where that changes anything."""
        before = self.overloaded
        self._late.append(late_secs)
        if self.overloaded and not before:
            logger.error(
                "Overloaded: the loop is {:.0f} ms late, new calls are refused",
                self.late_secs * 1000,
            )
        elif before and not self.overloaded:
            logger.info("No longer overloaded")

    async def watch(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _BEAT_SECS
            await asyncio.sleep(_BEAT_SECS)
            self.note(loop.time() - due)
