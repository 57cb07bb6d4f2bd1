"""The calls that live in this process."""

import asyncio
from collections.abc import Iterator
from typing import Protocol


class LiveCall(Protocol):
    """What the rest of the bot may ask of a call; no pipeline shows here."""

    call_id: str

    @property
    def state(self) -> str:
        """waiting, live or ending."""

    def summary(self) -> dict[str, str]:
        """Its line in `GET /calls`."""

    def end(self, reason: str) -> None:
        """Begin to end it politely; the first reason counts."""

    def abandon(self) -> None:
        """Put on disk what there is: the process ends now."""

    async def wait_said_goodbye(self) -> None:
        """Until the farewell was played out, or there was none to play."""

    async def wait_finished(self) -> None:
        """Until its report is on disk."""


class LiveCalls:
    """Add, find, remove, and refuse new ones while draining."""

    def __init__(self) -> None:
        self._calls: dict[str, LiveCall] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self.draining = False

    def __iter__(self) -> Iterator[LiveCall]:
        return iter(list(self._calls.values()))

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, call_id: str) -> LiveCall | None:
        return self._calls.get(call_id)

    def add(self, call: LiveCall) -> None:
        self._calls[call.call_id] = call
        self._empty.clear()

    def remove(self, call_id: str) -> None:
        self._calls.pop(call_id, None)
        if not self._calls:
            self._empty.set()

    async def wait_empty(self) -> None:
        """Until no call is left."""
        await self._empty.wait()
