"""Logs for machines, errors for Sentry, and nothing in them of what was said."""

import json
import logging
import re
import sys
from typing import TYPE_CHECKING, Any

import sentry_sdk
from loguru import logger
from sentry_sdk.integrations.aiohttp import AioHttpIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from bot.config import Config

if TYPE_CHECKING:
    from loguru import Message, Record

_QUOTED = re.compile(r"[\[{\"'<]")


def set_up_logging(level: str) -> None:
    """One JSON object a line to stderr, with the call's id where there is one."""
    logger.remove()
    logger.add(
        _write,
        level=level,
        filter=_worth_a_line,
        format="{message}",
        backtrace=False,
        diagnose=False,
    )
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.WARNING, force=True)
    if level == "DEBUG":
        logger.warning("At DEBUG the log holds transcripts and prompts")


def set_up_sentry(config: Config) -> None:
    """Errors of calls and processors, without a word of the conversation."""
    if not config.sentry_dsn:
        return
    sentry_sdk.init(
        dsn=config.sentry_dsn,
        environment=config.app_env,
        release=config.git_sha,
        traces_sample_rate=config.sentry_traces_sample_rate,
        profiles_sample_rate=config.sentry_profiles_sample_rate,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        # The rest would attach prompts (openai) and log lines.
        auto_enabling_integrations=False,
        integrations=[
            AioHttpIntegration(),
            LoggingIntegration(level=None, event_level=None),
        ],
        before_send=_scrub,
        before_send_transaction=_scrub_trace,
    )
    logger.info("Sentry initialized for bot")


def _scrub(event: Any, hint: dict[str, Any]) -> Any:
    """Keep where it happened and what kind of error it was.

    A vendor's error text quotes the request: the prompt, the transcript, a number.
    """
    for exception in (event.get("exception") or {}).get("values") or ():
        if not str(exception.get("module") or "").startswith("bot"):
            exception["value"] = "[removed]"
    return _without_surroundings(event)


def _scrub_trace(event: Any, hint: dict[str, Any]) -> Any:
    """Keep what took how long: addresses hold tokens, and headers the secret."""
    for span in event.get("spans") or ():
        span.update(description="[removed]", data={})
        span.pop("tags", None)
    return _without_surroundings(event)


def _without_surroundings(event: Any) -> Any:
    for name in ("extra", "breadcrumbs", "request", "user"):
        event.pop(name, None)
    event.get("contexts", {}).get("trace", {}).pop("data", None)
    return event


def _worth_a_line(record: "Record") -> bool:
    # The transport warns of each voice call that it has no video.
    return not record["message"].endswith("video transceiver is available")


def _write(message: "Message") -> None:
    sys.stderr.write(_line(message.record) + "\n")


def _line(record: "Record") -> str:
    line = {
        "level": record["level"].name.lower(),
        "time": record["time"].isoformat(timespec="milliseconds"),
        "msg": _message(record),
        "logger": record["name"],
        **record["extra"],
    }
    if error := record["exception"]:
        line["error"] = error.type.__name__ if error.type else "unknown"
    return json.dumps(line, default=str)


def _message(record: "Record") -> str:
    """The text; of pipecat's only the part before what it quotes.

    Its warnings quote what it was doing when something went wrong, as in
    `TTS can no longer do its job, not speaking [Hello Asha]`.
    """
    text = record["message"]
    if record["level"].no >= logging.INFO and (record["name"] or "").startswith(
        "pipecat"
    ):
        return _QUOTED.split(text, maxsplit=1)[0][:200].rstrip()
    return text


class _ToLoguru(logging.Handler):
    """The standard library's loggers, aiohttp's and aiortc's among them."""

    def emit(self, record: logging.LogRecord) -> None:
        logger.bind(stdlib=record.name).log(record.levelname, record.getMessage())
