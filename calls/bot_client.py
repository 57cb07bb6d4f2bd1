"""The api's side of docs/bot-api.md: what it asks of the bot, over HTTP."""

import logging
import uuid
from functools import cache
from typing import Any

import httpx
from django.conf import settings

from calls import recordings
from calls.ice import ice_servers
from calls.models import Call
from common.errors import NotFound, OperationError

logger = logging.getLogger(__name__)

# The bot prepares its pipeline before it answers; signalling waits for ICE.
TIMEOUT = httpx.Timeout(10, connect=2)
# What the sweeper waits for each bot.
ASK_TIMEOUT = httpx.Timeout(3, connect=1)


class BotUnavailable(OperationError):
    status = 503
    code = "bot_unavailable"
    message = "The voice agent could not be started. Please try again in a moment."


@cache
def client() -> httpx.Client:
    return httpx.Client(
        timeout=TIMEOUT, headers={"x-internal-secret": settings.INTERNAL_API_SECRET}
    )


def choose() -> str:
    """The bot that a new call is given to; it is remembered with the call."""
    url: str = settings.BOT_URL
    return url


def join(call: Call) -> None:
    """Have the bot prepare for the call. Raises ``BotUnavailable`` if it does not."""
    body = {
        "callId": str(call.pk),
        "organizationId": str(call.organization_id),
        "channel": call.channel,
        "direction": call.direction,
        "agent": call.agent_config,
        "dynamicVariables": call.dynamic_variables,
        "recording": recordings.upload_target(call)
        if call.agent_config["enableCallRecording"]
        else None,
        "iceServers": ice_servers(str(call.pk)),
        "startedAt": call.started_at.isoformat(),
    }
    _ask("POST", f"{call.bot_url}/calls", body)


def leave(call: Call, reason: str) -> None:
    """Have the bot end the call. A bot that does not hear it is told again in the
    answer to its next heartbeat."""
    try:
        _ask("DELETE", f"{call.bot_url}/calls/{call.pk}", {"reason": reason})
    except (BotUnavailable, NotFound):
        logger.warning("The bot was not told to end the call")


def signal(call: Call, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """Pass WebRTC signalling on to the call's bot; answers what it answers."""
    return _ask(method, f"{call.bot_url}/calls/{call.pk}/offer", body)


def live_calls(bot_url: str) -> set[uuid.UUID] | None:
    """The calls that a bot has; ``None`` if it cannot be asked."""
    try:
        response = client().get(f"{bot_url}/calls", timeout=ASK_TIMEOUT)
        response.raise_for_status()
        return {uuid.UUID(item["callId"]) for item in response.json()["calls"]}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return None


def _ask(method: str, url: str, body: dict[str, Any]) -> dict[str, Any]:
    try:
        response = client().request(method, url, json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        logger.warning(
            "The bot does not answer", extra={"reason": type(error).__name__}
        )
        raise BotUnavailable from error
    if response.status_code == httpx.codes.NOT_FOUND:
        raise NotFound("The bot does not have this call any more.")
    if response.is_error:
        logger.warning("The bot refused", extra={"status": response.status_code})
        raise BotUnavailable
    try:
        answer: dict[str, Any] = response.json()
    except ValueError as error:
        raise BotUnavailable from error
    return answer
