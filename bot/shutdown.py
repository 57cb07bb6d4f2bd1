"""Winds down: live calls may finish, then each is told why it ends."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from loguru import logger

from bot.live_calls import LiveCalls

# After the goodbye: the pipelines close and the reports are written.
FINISH_SECS = 10.0


async def drain(calls: LiveCalls, *, grace_secs: float, drain_max_secs: float) -> bool:
    """End every call politely.

    Args:
        calls: they refuse new ones from here on.
        grace_secs: for the goodbyes to be played out.
        drain_max_secs: how long calls may go on before they are interrupted.

    Returns:
        Whether every call said goodbye and is on disk.
    """
    calls.draining = True
    logger.info(
        "SIGTERM: winding down {} active call(s), grace={:g}s", len(calls), grace_secs
    )
    if drain_max_secs > 0 and len(calls):
        await _within(drain_max_secs, calls.wait_empty())
    leaving = list(calls)
    for call in leaving:
        call.end("shutdown")
    said = await _within(
        grace_secs, asyncio.gather(*(call.wait_said_goodbye() for call in leaving))
    )
    finished = await _within(
        FINISH_SECS, asyncio.gather(*(call.wait_finished() for call in leaving))
    )
    if said and finished:
        logger.info("SIGTERM: all calls drained cleanly")
        return True
    for call in calls:
        call.abandon()
    logger.warning("SIGTERM: {} call(s) did not drain in time", max(len(calls), 1))
    return False


async def _within(secs: float, work: Awaitable[Any]) -> bool:
    try:
        await asyncio.wait_for(work, secs)
    except TimeoutError:
        return False
    return True
