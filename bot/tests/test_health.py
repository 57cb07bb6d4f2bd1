"""Deep health asks the STUN server where one is set."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config
from bot.health import Health
from bot.live_calls import LiveCalls
from bot.spool import Spool
from bot.strain import Strain

pytestmark = pytest.mark.asyncio(loop_scope="session")


class StunServer(asyncio.DatagramProtocol):
    """Answers binding requests with an empty success (RFC 8489)."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.transport.sendto(b"\x01\x01\x00\x00" + data[4:20], addr)


def health(tmp_path: Path, **settings: Any) -> Health:
    config = Config(**{"internal_secret": "secret", **settings})
    return Health(config, LiveCalls(), Spool(tmp_path), Strain())


async def test_a_stun_server_that_answers_is_healthy(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        StunServer, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]

    healthy, body = await health(tmp_path, stun_url=f"stun:127.0.0.1:{port}").deep()
    transport.close()

    assert healthy
    assert body["checks"]["voice_transport"] == "ok"


async def test_a_stun_server_that_is_away_is_not(tmp_path: Path) -> None:
    healthy, body = await health(tmp_path, stun_url="stun:127.0.0.1:9").deep()

    assert not healthy
    assert body["checks"]["voice_transport"] == "unreachable"


async def test_missing_variables_are_named_and_never_shown(tmp_path: Path) -> None:
    healthy, body = await health(tmp_path, internal_secret="").deep()

    assert not healthy
    assert body["checks"]["env"] == "missing: INTERNAL_API_SECRET"


async def test_a_draining_bot_gets_no_new_calls(tmp_path: Path) -> None:
    calls = LiveCalls()
    calls.draining = True

    healthy, body = await Health(
        Config(internal_secret="secret"), calls, Spool(tmp_path), Strain()
    ).deep()

    assert not healthy
    assert body["draining"] is True
