"""Error tracking, off until ``SENTRY_DSN`` is set."""

import logging
from typing import Any

import sentry_sdk
from django.conf import settings

from common import jsonlog

logger = logging.getLogger(__name__)


def tag_call(event: Any, hint: dict[str, Any]) -> Any:
    """Add the call id; drop what holds transcripts and phone numbers."""
    if call := jsonlog.call_id.get():
        event.setdefault("tags", {})["call_id"] = call
    request = event.get("request", {})
    for part in ("data", "query_string", "cookies"):
        request.pop(part, None)
    return event


def initialize(service: str) -> None:
    """Start Sentry for ``service`` (``api`` or ``worker``) if there is a DSN."""
    if not settings.SENTRY_DSN:
        return
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.APP_ENV,
        release=settings.GIT_SHA,
        traces_sample_rate=settings.SENTRY_TRACES_SAMPLE_RATE,
        send_default_pii=False,
        # Local variables and bodies hold transcripts, prompts and phone numbers.
        include_local_variables=False,
        max_request_body_size="never",
        before_send=tag_call,
    )
    logger.info("Sentry initialized for %s", service)
