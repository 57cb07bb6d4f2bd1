"""Meta's webhook for WhatsApp: one route for everything that happens."""

import hmac
import json
import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from calls import messages, phone, whatsapp
from carriers import meta
from common.errors import Invalid, NotFound, OperationError
from telephony import seen
from telephony.callbacks import Forged, refusal, text

logger = logging.getLogger(__name__)

MAX_SDP = 200_000


@csrf_exempt
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest) -> HttpResponse:
    """Prove that the webhook is ours, or take what Meta tells."""
    try:
        if not meta.is_connected():
            raise NotFound("WhatsApp is not connected.")
        if request.method == "GET":
            return HttpResponse(challenge(request), content_type="text/plain")
        for change in changes(request):
            handle(change)
    except OperationError as error:
        return refusal(error)
    return HttpResponse()


def challenge(request: HttpRequest) -> str:
    """What Meta wants to read when the webhook is set up."""
    given = request.GET.get("hub.verify_token", "")
    known = settings.WHATSAPP_VERIFY_TOKEN
    same = hmac.compare_digest(given.encode(), known.encode())
    if request.GET.get("hub.mode") != "subscribe" or not (known and same):
        raise Forged("The verify token is missing or wrong.")
    return request.GET.get("hub.challenge", "")[:200]


def changes(request: HttpRequest) -> list[dict[str, Any]]:
    """The events of a request that Meta has signed, each with its number."""
    signature = request.headers.get(meta.SIGNATURE, "")
    if not meta.is_genuine(request.body, signature, settings.WHATSAPP_APP_SECRET):
        raise Forged
    try:
        entries = json.loads(request.body)["entry"]
        found = [change for entry in entries for change in entry["changes"]]
        return [change["value"] for change in found if isinstance(change, dict)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid("This is not an event of WhatsApp's.") from error


def handle(value: Any) -> None:
    """Whatever a change is about; what is not known is left alone."""
    if not isinstance(value, dict):
        return
    metadata = value.get("metadata")
    number_id = text(metadata, "phone_number_id") if isinstance(metadata, dict) else ""
    for call in value.get("calls") or ():
        if isinstance(call, dict):
            handle_call(call, number_id[:64])
    for message in value.get("messages") or ():
        if isinstance(message, dict):
            handle_message(message, number_id[:64])


def handle_message(message: dict[str, Any], number_id: str) -> None:
    """Answer what somebody has written; pictures and the like are left alone."""
    message_id, body = text(message, "id")[:190], message.get("text")
    if message.get("type") != "text" or not isinstance(body, dict) or not message_id:
        return
    with seen.once(message_id) as is_new:
        if is_new:
            messages.answer(number_id, sender(message), text(body, "body"))


def sender(value: dict[str, Any]) -> str:
    return "+" + text(value, "from").lstrip("+")[:20]


def handle_call(call: dict[str, Any], number_id: str) -> None:
    call_id = text(call, "id")[:190]
    session = call.get("session")
    if call.get("event") == "terminate":
        if leg := phone.find(call_id):
            whatsapp.terminated(leg, text(call, "status"))
    elif call.get("event") == "connect" and isinstance(session, dict) and call_id:
        whatsapp.take(
            whatsapp.Incoming(
                carrier_call_id=call_id,
                number_id=number_id,
                from_number=sender(call),
                sdp=str(session.get("sdp", ""))[:MAX_SDP],
            )
        )
