"""What every request gets: an id in its logs and its answer, and one line when done."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from common import jsonlog
from common.metrics import note_request

logger = logging.getLogger("http")

WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def route(request: HttpRequest) -> str:
    """The pattern that the request met. Paths hold tokens and queries phone numbers,
    which are not to be logged."""
    return request.resolver_match.route if request.resolver_match else ""


class RequestLog:
    """Takes the caller's ``X-Request-ID`` if it is well-formed, else makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
        tokens = [
            (variable, variable.set(value))
            for variable, value in (
                (jsonlog.request_id, request_id),
                (jsonlog.call_id, ""),
                (jsonlog.org_id, ""),
            )
        ]
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            secs, pattern = time.perf_counter() - started, route(request)
            note_request(request.method or "", pattern, response.status_code, secs)
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": pattern,
                    "status": response.status_code,
                    "ms": round(secs * 1000, 1),
                },
            )
        finally:
            for variable, token in tokens:
                variable.reset(token)
        response["X-Request-ID"] = request_id
        return response
