"""The api's side of the bot's ``POST /chat``: the model's next reply in writing."""

import logging
from dataclasses import dataclass
from typing import Any

import httpx

from calls.bot_client import BotUnavailable, client, urls
from calls.models import Call
from common.errors import OperationError

logger = logging.getLogger(__name__)

# The bot gives up on a model after 60 s.
TIMEOUT = httpx.Timeout(65, connect=2)
AWAY = "The agent cannot answer right now. Please try again in a moment."


class ModelFailed(OperationError):
    status = 502
    code = "llm_error"
    message = "The agent's language model did not reply. Please try again in a moment."


@dataclass(frozen=True)
class TextReply:
    """What the model wrote, who it was and what it used. ``ttfb_secs`` is how long its
    first word took."""

    text: str
    provider: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    ttfb_secs: float


def ask(call: Call, messages: list[dict[str, str]]) -> TextReply:
    """Have a bot ask the call's model for the reply to the last of ``messages``, each
    ``{"role", "text"}``; the next bot where one is away or shutting down.

    Raises ``BotUnavailable`` and ``ModelFailed``.
    """
    body = {
        "callId": str(call.pk),
        "channel": call.channel,
        "agent": call.agent_config,
        "dynamicVariables": call.dynamic_variables,
        "messages": messages,
    }
    for url in urls():
        response = _post(f"{url}/chat", body)
        if response is not None:
            return _read(response)
    raise BotUnavailable(AWAY)


def _post(url: str, body: dict[str, Any]) -> httpx.Response | None:
    """The bot's answer; ``None`` where it is certain that it asked no model."""
    try:
        response = client().post(url, json=body, timeout=TIMEOUT)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        return None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        logger.warning(
            "The bot does not answer", extra={"reason": type(error).__name__}
        )
        raise BotUnavailable(AWAY) from error
    return None if response.status_code == httpx.codes.SERVICE_UNAVAILABLE else response


def _read(response: httpx.Response) -> TextReply:
    if response.status_code == httpx.codes.BAD_GATEWAY:
        raise ModelFailed
    if response.is_error:
        logger.warning("The bot refused", extra={"status": response.status_code})
        raise BotUnavailable(AWAY)
    try:
        body = response.json()
        usage = body["usage"]
        return TextReply(
            text=_storable(body["reply"]),
            provider=str(usage["llm"]["provider"]),
            model=str(usage["llm"]["model"]),
            prompt_tokens=_count(usage["promptTokens"]),
            completion_tokens=_count(usage["completionTokens"]),
            cached_tokens=_count(usage.get("cachedTokens") or 0),
            ttfb_secs=float(body.get("ttfbSecs") or 0),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BotUnavailable(AWAY) from error


def _storable(text: str) -> str:
    """What a model wrote, without what PostgreSQL cannot hold."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _count(value: Any) -> int:
    count = int(value)
    if count < 0:
        raise ValueError("a count below zero")
    return count
