"""``Idempotency-Key``: a POST that is sent again is answered again, and not done again.

It stands around every route of the API, so that no view has to think of it.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from rest_framework.exceptions import APIException

from common.api import UncertainResponse
from common.errors import Invalid, OperationError
from idempotency import keeping
from idempotency.keeping import Attempt
from orgs.access import Access

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
WELL_FORMED = re.compile(r"[ -~]{1,255}")

# Who may not ask, and what is too large, is for the view to say.
FOR_THE_VIEW = (
    APIException,
    OperationError,
    OperationalError,
    InterfaceError,
    RequestDataTooBig,
    UnreadablePostError,
)


class Idempotency:
    """Keeps the answers to the POSTs of clients for a day, by organization and key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if (
            request.method != "POST"
            or HEADER not in request.headers
            or not hasattr(view, "cls")
        ):
            return None
        try:
            access = access_to(view.cls(), request)
            digest = digest_of(request)
        except FOR_THE_VIEW:
            return None
        if access is None:
            return None
        try:
            key = key_of(request)
            attempt = Attempt(access.organization.pk, key, digest)
            return once(attempt, lambda: view(request, *args, **kwargs))
        except OperationError as error:
            return JsonResponse(
                error.body(), status=error.status, headers=error.headers
            )


def access_to(view: Any, request: HttpRequest) -> Access | None:
    """The access of a client of the view; ``None`` for those who are none of an
    organization's. Raises what the view would raise."""
    asked = view.initialize_request(request)
    view.check_permissions(asked)
    return asked.auth if isinstance(asked.auth, Access) else None


def digest_of(request: HttpRequest) -> str:
    """What tells two requests apart: the address and the body."""
    address = request.get_full_path().encode(errors="surrogateescape")
    return hashlib.sha256(address + b"\n" + request.body).hexdigest()


def key_of(request: HttpRequest) -> str:
    key = request.headers[HEADER]
    if not WELL_FORMED.fullmatch(key):
        raise Invalid(f"{HEADER} takes 1 to 255 printable ASCII characters.")
    return key


def once(attempt: Attempt, view: Callable[[], Any]) -> HttpResponse:
    """Answer as the first time, or for the first time. An error that is ours leaves the
    key taken: what was done before it is not known."""
    row, is_first = keeping.begin(attempt)
    if not is_first:
        response = HttpResponse(row.body, status=row.status)
        response["Content-Type"] = "application/json"
        response[REPLAYED] = "true"
        return response
    answer = view()
    answer.render()
    if not isinstance(answer, UncertainResponse):
        keeping.finish(row, answer.status_code, answer.content.decode())
    return answer  # type: ignore[no-any-return]
