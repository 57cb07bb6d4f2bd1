"""Runs a double's aiohttp application, inside a test or as a process."""

import argparse
import asyncio
from contextlib import suppress

from aiohttp import web


async def start(app: web.Application, port: int = 0) -> tuple[web.AppRunner, int]:
    """Serve on loopback; returns the runner and the port it got."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    return runner, runner.addresses[0][1]


def run(app: web.Application) -> None:
    """`python -m doubles.name --port N`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port

    async def serve() -> None:
        await start(app, port)
        await asyncio.Event().wait()

    with suppress(KeyboardInterrupt):
        asyncio.run(serve())
