"""One clock for a call: its recording, transcript and metrics share it."""

import time


class CallClock:
    """Seconds since the caller was connected; 0 before that."""

    def __init__(self) -> None:
        self._zero: float | None = None
        self._wall_zero = 0.0

    @property
    def started(self) -> bool:
        """Whether the caller has been connected."""
        return self._zero is not None

    def start(self) -> None:
        """The caller is connected. Only the first time counts."""
        if self._zero is None:
            self._zero = time.monotonic()
            self._wall_zero = time.time()

    def now(self) -> float:
        """Seconds since the start."""
        return self.at(time.monotonic())

    def at(self, monotonic: float) -> float:
        """A `time.monotonic()` value on this clock."""
        return 0.0 if self._zero is None else max(monotonic - self._zero, 0.0)

    def at_wall(self, wall: float) -> float:
        """A `time.time()` value on this clock."""
        return 0.0 if self._zero is None else max(wall - self._wall_zero, 0.0)
