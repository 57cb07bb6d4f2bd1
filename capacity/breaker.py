"""Keeps calls from waiting for a Redis that has just failed to answer."""

import time


class Breaker:
    """Open for ``rest_secs`` after a failure; then the next call may try again."""

    def __init__(self, rest_secs: float) -> None:
        self.rest_secs = rest_secs
        self._until = 0.0

    def is_open(self) -> bool:
        return time.monotonic() < self._until

    def trip(self) -> None:
        self._until = time.monotonic() + self.rest_secs
