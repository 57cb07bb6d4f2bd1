"""Error tracking, off until ``SENTRY_DSN`` is set.

What is sent says where it happened and what kind of error it was. Texts of libraries
quote their input, headers hold secrets, paths and queries hold tokens and numbers:
none of it leaves.
"""

import logging
from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from common import jsonlog

logger = logging.getLogger(__name__)

# Statements hold places for values, the others names of our own.
TOLD = ("db", "middleware", "view", "template", "queue", "function")
KEPT_DATA = {"db.system", "http.request.method", "http.response.status_code"}
UNSAID = "[removed]"


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
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        # Others would look into what goes to vendors.
        auto_enabling_integrations=False,
        integrations=[
            DjangoIntegration(),
            CeleryIntegration(),
            LoggingIntegration(level=None),
        ],
        before_send=scrub_error,
        before_send_transaction=scrub_trace,
    )
    sentry_sdk.get_global_scope().set_tag("service", service)
    logger.info("Sentry initialized for %s", service)


def scrub_error(event: Any, hint: dict[str, Any]) -> Any:
    """An error, with the call it belongs to and without anybody's words."""
    for error in (event.get("exception") or {}).get("values") or ():
        error["value"] = UNSAID
    if entry := event.get("logentry"):
        # Our messages are constant; what they are about stands beside them.
        event["logentry"] = {"message": entry.get("message", "")}
    return scrub(event)


def scrub_trace(event: Any, hint: dict[str, Any]) -> Any:
    """A trace: what took how long, without what it was about."""
    for span in event.get("spans") or ():
        if not str(span.get("op") or "").startswith(TOLD):
            span["description"] = UNSAID
        span.pop("tags", None)
        data = span.get("data") or {}
        span["data"] = {name: data[name] for name in data.keys() & KEPT_DATA}
    return scrub(event)


def scrub(event: Any) -> Any:
    """What errors and traces have in common."""
    if call := jsonlog.call_id.get():
        event.setdefault("tags", {})["callId"] = call
    if method := (event.get("request") or {}).get("method"):
        event["request"] = {"method": method}
    for name in ("extra", "breadcrumbs", "user"):
        event.pop(name, None)
    event.get("contexts", {}).get("trace", {}).pop("data", None)
    return event
