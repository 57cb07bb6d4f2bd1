"""Keeps calls from waiting for a Redis that has just failed to answer."""

import time


class Breaker:
    """Open for ``rest_secs`` after a failure. Then one caller may try again, while the
    others go on without Redis until that one has succeeded."""

    def __init__(self, rest_secs: float) -> None:
        self.rest_secs = rest_secs
        self._until: float | None = None

    def is_open(self) -> bool:
        """Whether Redis is to be left alone. ``False`` is given to one caller at a time
        after a failure; it says how it went by ``trip`` or ``close``."""
        if self._until is None:
            return False
        if time.monotonic() < self._until:
            return True
        self.trip()
        return False

    def trip(self) -> None:
        """Redis did not answer."""
        self._until = time.monotonic() + self.rest_secs

    def close(self) -> None:
        """Redis answered."""
        self._until = None
