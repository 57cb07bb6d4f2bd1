"""Errors outside of the API's views: JSON under /api, a page elsewhere."""

import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from common.errors import (
    Forbidden,
    Invalid,
    NotFound,
    OperationError,
    Unavailable,
)


class ServerError(OperationError):
    status = 500
    code = "server_error"
    message = "Something went wrong on our side. It has been noted."


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return answer(request, Invalid())


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return answer(request, Forbidden("You may not see this."))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return answer(request, NotFound("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exc_info()[1]
    down = isinstance(error, OperationalError | InterfaceError)
    return answer(request, Unavailable() if down else ServerError())


def answer(request: HttpRequest, error: OperationError) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(error.body(), status=error.status)
    context = {"error": error, "status": error.status}
    return render(request, "error.html", context, status=error.status)
