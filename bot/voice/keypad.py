"""Keys that the caller presses: into the transcript, and to the model as words."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pipecat.frames.frames import Frame, InterruptionFrame, LLMMessagesAppendFrame

from bot.clock import CallClock
from bot.turns import CallLog, Line

# Until the next key, before what was pressed counts as one entry. A hash ends it.
_PAUSE_SECS = 1.5
_ENDS = "#"

Queue = Callable[[Sequence[Frame]], Awaitable[None]]


class Keypad:
    """Gathers keys until the caller pauses."""

    def __init__(
        self, clock: CallClock, log: CallLog, add_line: Callable[[Line], None]
    ) -> None:
        self._clock = clock
        self._log = log
        self._add_line = add_line
        self._digits = ""
        self._since = 0.0
        self._waiting: asyncio.Task[None] | None = None
        self.queue: Queue | None = None

    def press(self, digit: str) -> None:
        """One key; what was pressed is told to the model when the caller pauses."""
        if self.queue is None:
            return
        now = self._clock.now()
        self._log.event("dtmf", "transport", now, digit=digit)
        if not self._digits:
            self._since = now
        self._digits += digit
        if self._waiting:
            self._waiting.cancel()
        pause = 0.0 if digit == _ENDS else _PAUSE_SECS
        self._waiting = asyncio.create_task(self._tell(pause))

    def close(self) -> None:
        """No more keys; what was pressed last still stands in the transcript."""
        self.queue = None
        if self._waiting:
            self._waiting.cancel()
        self._note()

    async def _tell(self, pause: float) -> None:
        await asyncio.sleep(pause)
        queue, digits = self.queue, self._note()
        if queue is None or not digits:
            return
        now = self._clock.now()
        self._log.user_started(now, turn_begins=True)
        self._log.user_stopped(now, now)
        self._log.turn_ended(now)
        keys = "digit" if len(digits) == 1 else "digits"
        text = f"[The caller pressed keypad {keys}: {digits}]"
        told = LLMMessagesAppendFrame([{"role": "user", "content": text}], run_llm=True)
        await queue([InterruptionFrame(), told])

    def _note(self) -> str:
        """The keys so far, as a line of the transcript; then they are none."""
        digits, self._digits = self._digits, ""
        if digits:
            self._add_line(Line("dtmf", digits, self._since, self._clock.now()))
        return digits
