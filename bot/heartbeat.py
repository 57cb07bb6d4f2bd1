"""Tells the api every few seconds which calls live here, and ends those it names."""

import asyncio
import os
import socket
import time

from loguru import logger

from bot.api_client import ApiClient, ApiRefused, ApiUnavailable
from bot.live_calls import LiveCalls


def bot_id() -> str:
    """Names this process and no other: host, pid, start."""
    return f"{socket.gethostname()}-{os.getpid()}-{int(time.time())}"


class Heartbeat:
    """Beats until it is cancelled."""

    def __init__(self, api: ApiClient, calls: LiveCalls, bot_url: str) -> None:
        self._api = api
        self._calls = calls
        self._bot_url = bot_url
        self._bot_id = bot_id()
        self._failing = False

    async def run(self, every_secs: float) -> None:
        while True:
            await self.beat()
            await asyncio.sleep(every_secs)

    async def beat(self) -> None:
        """One heartbeat; an api that is away is logged once, not every time."""
        try:
            to_end = await self._api.heartbeat(
                {
                    "botId": self._bot_id,
                    "botUrl": self._bot_url,
                    "calls": [call.call_id for call in self._calls],
                    "draining": self._calls.draining,
                }
            )
        except (ApiUnavailable, ApiRefused) as error:
            if not self._failing:
                logger.warning("Heartbeat failed: {}", error)
            self._failing = True
            return
        self._failing = False
        for call_id in to_end:
            if call := self._calls.get(call_id):
                call.end("operator_hangup")
