"""The border between HTTP and the domain: what comes in, and how errors go out."""

import json
import logging
import math
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.crypto import constant_time_compare
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from common.errors import NotFound, OperationError, Unavailable

logger = logging.getLogger(__name__)

UNAUTHENTICATED = (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)
CHALLENGE = 'Bearer realm="osmTalk"'

MAX_DEPTH = 32
LARGEST_INTEGER = 2**63 - 1

CODES = {
    status.HTTP_400_BAD_REQUEST: "invalid",
    status.HTTP_401_UNAUTHORIZED: "unauthenticated",
    status.HTTP_403_FORBIDDEN: "forbidden",
    status.HTTP_404_NOT_FOUND: "not_found",
    status.HTTP_405_METHOD_NOT_ALLOWED: "method_not_allowed",
    status.HTTP_406_NOT_ACCEPTABLE: "not_acceptable",
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: "too_large",
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    status.HTTP_429_TOO_MANY_REQUESTS: "rate_limited",
}


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request body is too large."
    default_code = "too_large"


class StorableJSONParser(JSONParser):
    """JSON that PostgreSQL can hold: no NUL, no lone surrogate, no Infinity, not too
    deep and not larger than ``MAX_BODY_BYTES``."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(raw) > settings.MAX_BODY_BYTES:
            raise TooLarge
        try:
            value = json.loads(raw.decode(), parse_constant=refuse_constant)
        except UnicodeDecodeError:
            raise exceptions.ParseError("The body is not UTF-8.") from None
        except ValueError as error:
            raise exceptions.ParseError(f"The body is not JSON: {error}") from None
        except RecursionError:
            raise exceptions.ParseError("The JSON is nested too deeply.") from None
        refuse_unstorable(value)
        return value


def refuse_constant(name: str) -> None:
    """``NaN`` and ``Infinity``, which Python reads but JSON does not have."""
    raise ValueError(f"{name} is not a number")


def refuse_unstorable(value: Any, depth: int = 0) -> None:
    """Raise ``ParseError`` for a value that cannot be stored as ``jsonb`` or text."""
    if depth > MAX_DEPTH:
        raise exceptions.ParseError("The JSON is nested too deeply.")
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise exceptions.ParseError(
                "The text holds a character that is not allowed."
            )
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_unstorable(key, depth + 1)
            refuse_unstorable(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            refuse_unstorable(item, depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise exceptions.ParseError("A number is too large.")
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise exceptions.ParseError("A number is too large.")


class IsInternal(BasePermission):
    """The bot and the jobs' caller prove themselves by ``x-internal-secret``."""

    def has_permission(self, request: Request, view: Any) -> bool:
        given = request.headers.get("x-internal-secret", "")
        if not constant_time_compare(given, settings.INTERNAL_API_SECRET):
            raise exceptions.NotAuthenticated(
                "The internal secret is missing or wrong."
            )
        return True


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every error in one shape: ``{"error", "code", …}``."""
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, OperationalError | InterfaceError):
        logger.error("The database does not answer", exc_info=error)
        error = Unavailable()
    if isinstance(error, OperationError):
        return Response(error.body(), status=error.status, headers=error.headers)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, UNAUTHENTICATED):
        # The framework makes it a 403 where no authentication class has a challenge.
        response.status_code = status.HTTP_401_UNAUTHORIZED
        response.headers.setdefault("WWW-Authenticate", CHALLENGE)
    response.data = problem(error, response)
    return response


def problem(error: Exception, response: Response) -> dict[str, Any]:
    """The body of an error that the framework raised."""
    body: dict[str, Any] = {"code": CODES.get(response.status_code, "invalid")}
    if isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        return {"error": "Some of the input is not valid.", **body, "fields": fields}
    detail = error.detail if isinstance(error, exceptions.APIException) else error
    return {"error": str(detail), **body}
