"""Whether the bot should get calls."""

import asyncio
import os
import socket
import struct
import time
from typing import Any
from urllib.parse import urlsplit

from loguru import logger

from bot.config import Config
from bot.live_calls import LiveCalls
from bot.spool import Spool
from bot.strain import Strain

_PROBE_SECS = 2.0
_STUN_PORT = 3478
_STUN_MAGIC = 0x2112A442
_STUN_BINDING = 0x0001


class Health:
    """Answers `/health/deep` with names of what is missing, never with values."""

    def __init__(
        self, config: Config, calls: LiveCalls, spool: Spool, strain: Strain
    ) -> None:
        self._config = config
        self._calls = calls
        self._spool = spool
        self._strain = strain
        self._since = time.monotonic()

    async def deep(self) -> tuple[bool, dict[str, Any]]:
        """Whether to send calls here, and the answer's body."""
        missing = self._config.missing()
        checks = {
            "env": f"missing: {', '.join(missing)}" if missing else "ok",
            "loop": "overloaded" if self._strain.overloaded else "ok",
            "voice_transport": await self._voice_transport(),
        }
        healthy = all(value == "ok" for value in checks.values())
        healthy = healthy and not self._calls.draining
        return healthy, {
            "status": "healthy" if healthy else "unhealthy",
            "checks": checks,
            "activeCalls": len(self._calls),
            "spool": self._spool.count(),
            "draining": self._calls.draining,
            "loopLateMs": round(self._strain.late_secs * 1000),
            "uptime": int(time.monotonic() - self._since),
            "version": self._config.git_sha,
        }

    async def _voice_transport(self) -> str:
        server = self._config.stun_url or self._config.turn_url
        try:
            if not server:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media:
                    media.bind(("0.0.0.0", 0))
                return "ok"
            await asyncio.wait_for(_ask_stun(server), _PROBE_SECS)
        except (OSError, TimeoutError, ValueError) as error:
            logger.warning("Voice transport check failed: {}", type(error).__name__)
            return "unreachable" if server else "no media port"
        return "ok"


class _Reply(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.arrived: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if not self.arrived.done():
            self.arrived.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.arrived.done():
            self.arrived.set_exception(exc)


async def _ask_stun(url: str) -> None:
    """Send a binding request (RFC 8489); a TURN server answers it as well."""
    # stun:host:port has no slashes, so that urlsplit would take it for a path.
    parts = urlsplit("//" + url.split(":", 1)[-1].lstrip("/").split("?")[0])
    transaction = os.urandom(12)
    request = struct.pack(">HHI", _STUN_BINDING, 0, _STUN_MAGIC) + transaction
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        _Reply, remote_addr=(parts.hostname or "", parts.port or _STUN_PORT)
    )
    try:
        transport.sendto(request)
        reply = await protocol.arrived
    finally:
        transport.close()
    if reply[8:20] != transaction:
        raise ValueError("not an answer to this request")
