"""Meta's Graph API for WhatsApp: calls and messages of a business number."""

import hashlib
import hmac
from functools import cache
from typing import Any

import httpx
from django.conf import settings

from carriers.errors import NotConnected
from carriers.http import TIMEOUT, ask, refuse

NAME = "whatsapp"
SIGNATURE = "X-Hub-Signature-256"


def is_connected() -> bool:
    """Whether there is an app of Meta's to speak for."""
    return bool(settings.WHATSAPP_TOKEN and settings.WHATSAPP_APP_SECRET)


def is_genuine(body: bytes, signature: str, secret: str) -> bool:
    """Whether Meta has signed this body with the app's secret."""
    made = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(f"sha256={made}", signature)


@cache
def client() -> httpx.Client:
    return httpx.Client(
        base_url=f"{settings.WHATSAPP_BASE_URL}/",
        headers={"Authorization": f"Bearer {settings.WHATSAPP_TOKEN}"},
        timeout=TIMEOUT,
    )


def answer(number_id: str, call_id: str, sdp: str) -> None:
    """Take a call, with our half of the WebRTC session. Meta wants it twice: once to
    connect the sound, and once to begin the call. Raises ``CarrierError``."""
    session = {"sdp": only_sha_256(sdp), "sdp_type": "answer"}
    for action in ("pre_accept", "accept"):
        _act(number_id, call_id, action, session=session)


def reject(number_id: str, call_id: str) -> None:
    """Refuse a call that was not taken. Raises ``CarrierError``."""
    _act(number_id, call_id, "reject")


def hang_up(number_id: str, call_id: str) -> None:
    """End a call that was taken. One that is over already is fine."""
    _act(number_id, call_id, "terminate", fine=(httpx.codes.NOT_FOUND,))


def send_text(number_id: str, to: str, text: str) -> None:
    """Send a message to a person who wrote to us. Raises ``CarrierError``."""
    body = {
        "messaging_product": "whatsapp",
        "to": to.lstrip("+"),
        "type": "text",
        "text": {"body": text},
    }
    _post(f"{number_id}/messages", body)


def only_sha_256(sdp: str) -> str:
    """WhatsApp knows fingerprints by SHA-256 and stumbles over others."""
    lines = [
        line
        for line in sdp.splitlines()
        if not line.startswith("a=fingerprint:")
        or line.startswith("a=fingerprint:sha-256")
    ]
    return "\r\n".join(lines) + "\r\n"


def _act(
    number_id: str, call_id: str, action: str, fine: tuple[int, ...] = (), **more: Any
) -> None:
    body = {"messaging_product": "whatsapp", "call_id": call_id, "action": action}
    _post(f"{number_id}/calls", body | more, fine)


def _post(path: str, body: dict[str, Any], fine: tuple[int, ...] = ()) -> None:
    if not is_connected():
        raise NotConnected
    response = ask(client(), "POST", path, body)
    if response.is_error and response.status_code not in fine:
        raise refuse(response)
