"""What every callback has in common: it is signed, and its errors have our shape."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from carriers import plivo_callbacks
from common.errors import NotFound, OperationError

P = ParamSpec("P")
Params = dict[str, Any]
# The fields of a callback are short; what is longer is none of theirs.
MAX_FIELD = 2000


class Forged(OperationError):
    status = 401
    code = "unauthenticated"
    message = "The signature is missing or wrong."


def refusal(error: OperationError) -> JsonResponse:
    return JsonResponse(error.body(), status=error.status)


def plivo_callback(
    view: Callable[Concatenate[Params, P], str],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A view for Plivo: gets the fields of a request that bears its signature, and
    answers XML, or nothing."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(
        request: HttpRequest, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        try:
            xml = view(genuine(request), *args, **kwargs)
        except OperationError as error:
            return refusal(error)
        return HttpResponse(xml, content_type="application/xml")

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", checked)


def genuine(request: HttpRequest) -> Params:
    """The fields of a request of Plivo's. Raises ``Forged`` for one of others."""
    if not settings.PLIVO_AUTH_TOKEN:
        raise NotFound("No phone carrier is connected.")
    lists = request.POST.lists()
    params = {name: value[0] if len(value) == 1 else value for name, value in lists}
    # What Plivo signs is the address that it was given, not the one a proxy asks for.
    url = settings.PUBLIC_URL + request.get_full_path()
    token = settings.PLIVO_AUTH_TOKEN
    if not plivo_callbacks.is_genuine(url, params, request.headers, token):
        raise Forged
    return params


def text(params: Params, name: str) -> str:
    """One field, as text that can be kept."""
    value = params.get(name, "")
    return str(value).replace("\0", "")[:MAX_FIELD]


def number(params: Params, name: str) -> str:
    """A phone number in E.164 form, which Plivo sends without its plus."""
    digits = "".join(c for c in text(params, name) if c.isascii() and c.isdigit())
    return f"+{digits[:15]}" if digits else ""
