"""A bot whose loop has more to do than time gets no more calls."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.api_client import ApiClient
from bot.config import Config
from bot.delivery import Delivery
from bot.health import Health
from bot.live_calls import LiveCalls
from bot.offline.engines import OfflineEngines
from bot.server import Server
from bot.spool import Spool
from bot.strain import LATE_SECS, Strain
from bot.tests.api_double import SECRET
from bot.voice.session import Surroundings

LATE = LATE_SECS + 0.05
LONG = 8


def noted(*late_secs: float) -> Strain:
    strain = Strain()
    for secs in late_secs:
        strain.note(secs)
    return strain


@pytest.mark.parametrize(
    ("late_secs", "overloaded"),
    [
        ([LATE] * LONG, True),
        ([LATE] * (LONG - 1), False),
        ([LATE] * LONG + [0.0], False),
        ([0.0] * LONG + [5.0], False),
        ([0.0] + [LATE] * LONG, True),
    ],
)
def test_late_for_long_is_overloaded_and_a_single_pause_is_not(
    late_secs: list[float], overloaded: bool
) -> None:
    assert noted(*late_secs).overloaded is overloaded


async def test_a_loop_that_never_rests_is_found_out() -> None:
    strain = Strain()
    watching = asyncio.create_task(strain.watch())

    async with asyncio.timeout(60):
        while not strain.overloaded:
            # What it is about: work that keeps everything else waiting.
            time.sleep(2.5 * LATE_SECS)  # noqa: ASYNC251
            await asyncio.sleep(0)
    watching.cancel()

    assert strain.late_secs > LATE_SECS


async def test_an_overloaded_bot_refuses_calls_and_says_so(tmp_path: Path) -> None:
    strain = noted(*[LATE] * LONG)
    config = Config(internal_secret=SECRET, spool_dir=tmp_path)
    calls, spool = LiveCalls(), Spool(tmp_path)
    api = ApiClient("http://127.0.0.1:9", SECRET)
    delivery = Delivery(spool, api, 1)
    around = Surroundings(config, calls, spool, delivery, OfflineEngines())
    server = Server(around, Health(config, calls, spool, strain), strain)

    async with TestClient(
        TestServer(server.app()), headers={"x-internal-secret": SECRET}
    ) as client:
        refused = await client.post("/calls", json=BODY)
        listed = await client.get("/calls")
        health = await client.get("/health/deep")

        assert refused.status == 503
        assert (await refused.json())["code"] == "overloaded"
        assert (await listed.json())["overloaded"] is True
        assert health.status == 503
        assert (await health.json())["checks"]["loop"] == "overloaded"
    assert not len(calls)
    await api.close()


BODY: dict[str, Any] = {
    "callId": "c1",
    "organizationId": "org",
    "channel": "web",
    "direction": "inbound",
    "startedAt": "2026-11-24T10:00:00Z",
    "dynamicVariables": {},
    "recording": None,
    "iceServers": [],
    "agent": {"id": "agent", "name": "Clinic"},
}
