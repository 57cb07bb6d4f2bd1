"""Plivo's voice API: the four things that we ask of it.

Its own client cannot be pointed elsewhere and sends a request again that failed, which
could dial twice. So the requests are ours; signatures and XML are the library's.
"""

from dataclasses import dataclass
from functools import cache

import httpx
from django.conf import settings

from carriers.errors import CarrierError, NotConnected
from carriers.http import TIMEOUT, ask, refuse

NAME = "plivo"


@dataclass(frozen=True)
class Dial:
    """A call to be made. URLs are ours, asked by POST; seconds bound ringing and call.
    ``machine_url`` is told whether a machine has answered; empty: nobody finds out."""

    from_number: str
    to_number: str
    answer_url: str
    ring_url: str
    hangup_url: str
    ring_secs: int
    limit_secs: int
    machine_url: str = ""


def is_connected() -> bool:
    """Whether there is an account to call with."""
    return bool(settings.PLIVO_AUTH_ID and settings.PLIVO_AUTH_TOKEN)


@cache
def client() -> httpx.Client:
    return httpx.Client(
        base_url=f"{settings.PLIVO_BASE_URL}/v1/Account/{settings.PLIVO_AUTH_ID}/",
        auth=(settings.PLIVO_AUTH_ID, settings.PLIVO_AUTH_TOKEN),
        timeout=TIMEOUT,
    )


def dial(wanted: Dial) -> str:
    """Begin a call; answers the id that Plivo gives it. Raises ``CarrierError``."""
    if not is_connected():
        raise NotConnected
    body = {
        "from": wanted.from_number.lstrip("+"),
        "to": wanted.to_number.lstrip("+"),
        "answer_url": wanted.answer_url,
        "ring_url": wanted.ring_url,
        "hangup_url": wanted.hangup_url,
        "ring_timeout": wanted.ring_secs,
        "time_limit": wanted.limit_secs,
    }
    if wanted.machine_url:
        # With a URL the call goes on while Plivo listens.
        body |= {
            "machine_detection": "true",
            "machine_detection_url": wanted.machine_url,
        }
    response = ask(client(), "POST", "Call/", body)
    if response.is_error:
        # Everything else in the request is ours and right.
        bad_number = response.status_code == httpx.codes.BAD_REQUEST
        raise refuse(response, "invalid_number" if bad_number else "")
    try:
        found = response.json()["request_uuid"]
    except (ValueError, KeyError, TypeError) as error:
        raise CarrierError from error
    # One destination has one id; several would have a list of them.
    return str(found[0] if isinstance(found, list) and found else found)


def hang_up(call_id: str) -> None:
    """End a call, or stop its ringing. One that is over already is fine."""
    response = ask(client(), "DELETE", f"Call/{call_id}/")
    if response.is_error and response.status_code != httpx.codes.NOT_FOUND:
        raise refuse(response)


def hand_over(call_id: str, url: str) -> None:
    """Have the caller's side go on with the XML at ``url``. Raises ``CarrierError``."""
    body = {"legs": "aleg", "aleg_url": url, "aleg_method": "POST"}
    response = ask(client(), "POST", f"Call/{call_id}/", body)
    if response.is_error:
        raise refuse(response)


def is_live(call_id: str) -> bool:
    """Whether Plivo has the call now. Raises ``CarrierError`` if it cannot be told."""
    response = ask(client(), "GET", f"Call/{call_id}/?status=live")
    if response.status_code == httpx.codes.NOT_FOUND:
        return False
    if response.is_error:
        raise refuse(response)
    return True
