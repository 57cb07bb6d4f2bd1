"""One way to ask a carrier over HTTP, with bounds on what it may take."""

import logging
from typing import Any

import httpx

from carriers.errors import CarrierError

logger = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(8, connect=3)


def ask(
    client: httpx.Client,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
) -> httpx.Response:
    """The carrier's answer, whatever its status below 500. Raises ``CarrierError`` when
    there is none. Nothing is asked twice: a second request could make a second call."""
    try:
        response = client.request(method, path, json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        logger.warning(
            "The carrier does not answer", extra={"reason": type(error).__name__}
        )
        raise CarrierError from error
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        logger.warning("The carrier failed", extra={"status": response.status_code})
        raise CarrierError
    return response


def refuse(response: httpx.Response, reason: str = "") -> CarrierError:
    """The error for an answer that says no; its text may hold a number, so that only
    its status is logged."""
    logger.warning("The carrier refused", extra={"status": response.status_code})
    return CarrierError(reason=reason)
