"""What a conversation needs of the way to its caller."""

from collections.abc import Mapping
from typing import Any, Protocol

from pipecat.transports.base_transport import BaseTransport


class BadSignal(Exception):
    """Signalling that cannot be used; the text says why, for people."""


class Link(Protocol):
    """A browser's peer connection, or a telephone line."""

    async def answer(self, offer: Mapping[str, Any]) -> dict[str, str]:
        """Answer a WebRTC offer.

        Raises:
            BadSignal: it is not one, or this way takes none.
        """

    async def add_candidates(self, body: Mapping[str, Any]) -> None:
        """Take ICE candidates that came after the offer.

        Raises:
            BadSignal: they cannot be used.
        """

    def transport(self) -> BaseTransport:
        """The pipeline's ends."""

    def send(self, message: dict[str, Any]) -> None:
        """A message for the caller's page, where there is one."""

    def quiet_secs(self) -> float | None:
        """How long the caller has made no sound; None where nobody listens for it."""

    async def close(self) -> None:
        """Let go of the caller."""
