"""The api's side of docs/bot-api.md: what it asks of the bot, over HTTP."""

import logging
import time
import uuid
from functools import cache
from typing import Any

import httpx
from django.conf import settings
from django.db.models import Count

from calls import recordings
from calls.channels import Channel, Direction
from calls.ice import ice_servers
from calls.models import Call
from common.errors import NotFound, OperationError

logger = logging.getLogger(__name__)

# The bot prepares its pipeline before it answers; signalling waits for ICE.
TIMEOUT = httpx.Timeout(10, connect=2)
# How long a bot waits for the sound of a call that is dialled: it rings for 60 s.
CONNECT_SECS = 90
# What the sweeper waits for each bot.
ASK_TIMEOUT = httpx.Timeout(3, connect=1)
# How long a bot that took no call is asked after the others.
REST_SECS = 10.0
_resting: dict[str, float] = {}


class BotUnavailable(OperationError):
    status = 503
    code = "bot_unavailable"
    message = "The voice agent could not be started. Please try again in a moment."


@cache
def client() -> httpx.Client:
    return httpx.Client(
        timeout=TIMEOUT, headers={"x-internal-secret": settings.INTERNAL_API_SECRET}
    )


class NotTaken(BotUnavailable):
    """It is certain that the bot does not have the call, so another may be asked."""


def urls() -> list[str]:
    """The bots, or the balancer in front of them."""
    return [url for url in settings.BOT_URL.split(",") if url]


def choose() -> str:
    """The bot with the fewest calls; it is remembered with the call."""
    return by_load()[0]


def by_load() -> list[str]:
    """The bots, those with the fewest calls first, and last those that have just
    refused a call: a bot that is shutting down or gone has the fewest of all."""
    known = urls()
    if len(known) == 1:
        return known
    held = Call.objects.holding_slots().filter(bot_url__in=known).order_by()
    calls = dict(held.values_list("bot_url").annotate(n=Count("pk")))
    now = time.monotonic()
    return sorted(
        known, key=lambda url: (now < _resting.get(url, 0), calls.get(url, 0))
    )


def join(call: Call) -> None:
    """Have a bot prepare for the call: the chosen one, or another if that one refuses.
    A balancer is asked twice. Raises ``BotUnavailable`` if none takes the call."""
    others = [url for url in by_load() if url != call.bot_url]
    body = join_body(call)
    refusal = NotTaken()
    for url in (call.bot_url, *(others or [call.bot_url])):
        try:
            answer = _ask("POST", f"{url}/calls", body)
        except NotTaken as error:
            _resting[url] = time.monotonic() + REST_SECS
            refusal = error
        except NotFound as error:
            # Something else than a bot listens there.
            raise BotUnavailable from error
        else:
            _resting.pop(url, None)
            return remember(call, url, answer)
    raise refusal


def remember(call: Call, url: str, answer: dict[str, Any]) -> None:
    """Keep which bot has the call. A bot behind a balancer says where it is itself."""
    bot_url = str(answer.get("botUrl") or url)
    if bot_url != call.bot_url:
        call.bot_url = bot_url
        call.save(update_fields=["bot_url"])


def join_body(call: Call) -> dict[str, Any]:
    """What the bot needs to know of a call."""
    return {
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
    } | (
        # It rings first, which may take longer than a page needs to connect.
        {"connectTimeoutSecs": CONNECT_SECS}
        if (call.channel, call.direction) == (Channel.PHONE, Direction.OUTBOUND)
        else {}
    )


def leave(call: Call, reason: str, say: str = "") -> bool:
    """Have the bot end the call, perhaps with words of its own; answers whether it has
    heard. One that has not is told again in the answer to its next heartbeat."""
    body = {"reason": str(reason)} | ({"say": say} if say else {})
    try:
        _ask("DELETE", f"{call.bot_url}/calls/{call.pk}", body)
    except (BotUnavailable, NotFound):
        logger.warning("The bot was not told to end the call")
        return False
    return True


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
        unheard = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        raise (NotTaken if unheard else BotUnavailable) from error
    if response.status_code == httpx.codes.NOT_FOUND:
        raise NotFound("The bot does not have this call any more.")
    if response.is_error:
        logger.warning("The bot refused", extra={"status": response.status_code})
        refused = response.status_code == httpx.codes.SERVICE_UNAVAILABLE
        raise NotTaken if refused else BotUnavailable
    try:
        answer = response.json()
    except ValueError as error:
        raise BotUnavailable from error
    if not isinstance(answer, dict):
        raise BotUnavailable
    return answer
