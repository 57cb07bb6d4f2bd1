"""The bot's process: everything it is made of, from start to exit."""

import asyncio
import os
import signal
import sys
from contextlib import suppress

from aiohttp import web
from loguru import logger

from bot.api_client import ApiClient
from bot.config import Config
from bot.delivery import Delivery
from bot.health import Health
from bot.heartbeat import Heartbeat
from bot.live_calls import LiveCalls
from bot.offline.engines import OfflineEngines
from bot.server import Server
from bot.shutdown import FINISH_SECS, drain
from bot.spool import Spool
from bot.strain import Strain
from bot.voice.session import Surroundings

# Until what was recorded has reached the api, or is certain to be on disk.
_DELIVERY_SECS = 10.0


async def serve(config: Config) -> int:
    """Serve calls until SIGTERM or SIGINT.

    Returns:
        0 when every call was wound down cleanly, else 1.
    """
    _warn_of_short_stop(config)
    calls, spool, engines = LiveCalls(), Spool(config.spool_dir), OfflineEngines()
    api = ApiClient(config.api_url, config.internal_secret)
    delivery = Delivery(spool, api, config.retry_max_secs)
    delivery.start()
    strain = Strain()
    around = Surroundings(config, calls, spool, delivery, engines)
    app = Server(around, Health(config, calls, spool, strain), strain).app()
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, config.host, config.port).start()
    logger.info("Bot listening on port {}", config.port)
    stop = _stop_event(calls)
    beside = asyncio.gather(
        Heartbeat(api, calls, config.bot_url).run(config.heartbeat_secs),
        strain.watch(),
    )
    await stop.wait()
    clean = await drain(
        calls,
        grace_secs=config.shutdown_grace_secs,
        drain_max_secs=config.drain_max_secs,
    )
    await delivery.settle(_DELIVERY_SECS)
    beside.cancel()
    with suppress(asyncio.CancelledError):
        await beside
    await delivery.stop()
    await engines.stop()
    await runner.cleanup()
    await api.close()
    return 0 if clean else 1


def _stop_event(calls: LiveCalls) -> asyncio.Event:
    """Set by the first signal; the second one ends the process at once."""
    stop = asyncio.Event()

    def on_signal(number: int) -> None:
        if not stop.is_set():
            stop.set()
            return
        for call in calls:
            call.abandon()
        logger.warning("Second signal: ending at once, the spool is intact")
        sys.stderr.flush()
        os._exit(128 + number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    return stop


def _warn_of_short_stop(config: Config) -> None:
    needed = config.drain_max_secs + config.shutdown_grace_secs
    needed += FINISH_SECS + _DELIVERY_SECS
    if config.stop_grace_secs is not None and config.stop_grace_secs < needed:
        logger.warning(
            "STOP_GRACE_SECS is {:g}, but winding down may take {:g}s: "
            "calls would be cut off",
            config.stop_grace_secs,
            needed,
        )
