"""The border between the domain and HTTP: how errors go out, and who is internal."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from common.errors import (
    CHALLENGE,
    NotFound,
    OperationError,
    RateLimited,
    Unavailable,
)
from common.internal import is_internal

logger = logging.getLogger(__name__)

UNAUTHENTICATED = (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)
CODES = {
    status.HTTP_400_BAD_REQUEST: "invalid",
    status.HTTP_401_UNAUTHORIZED: "unauthenticated",
    status.HTTP_403_FORBIDDEN: "forbidden",
    status.HTTP_404_NOT_FOUND: "not_found",
    status.HTTP_405_METHOD_NOT_ALLOWED: "method_not_allowed",
    status.HTTP_406_NOT_ACCEPTABLE: "not_acceptable",
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: "too_large",
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}


class IsInternal(BasePermission):
    """The bot and the jobs' caller prove themselves by ``x-internal-secret``."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not is_internal(request):
            raise exceptions.NotAuthenticated(
                "The internal secret is missing or wrong."
            )
        return True


class UncertainResponse(Response):
    """A refusal that came too late to tell whether something had been done."""


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every error in one shape: ``{"error", "code", …}``."""
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, OperationalError | InterfaceError):
        logger.error("The database does not answer", exc_info=error)
        away = Unavailable()
        return UncertainResponse(away.body(), status=away.status)
    elif isinstance(error, exceptions.Throttled):
        error = RateLimited(getattr(error, "wait", None) or 1)
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
