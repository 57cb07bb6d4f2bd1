"""What Plivo is to do with a call, in its XML."""

from plivo import plivoxml

MULAW = "audio/x-mulaw;rate=8000"


def talk(stream_url: str) -> str:
    """Connect both directions of the call's sound to ``stream_url``, and hang up when
    that ends."""
    stream = plivoxml.StreamElement(
        stream_url, bidirectional=True, keepCallAlive=True, contentType=MULAW
    )
    return _response(stream)


def say_and_hang_up(text: str) -> str:
    return _response(plivoxml.SpeakElement(text), plivoxml.HangupElement())


def hang_up() -> str:
    return _response(plivoxml.HangupElement())


def hand_over(text: str, to_number: str, urls: dict[str, str], caller_id: str) -> str:
    """Say ``text`` to the caller and connect them to ``to_number``. ``urls`` has
    ``after``, told when that ends, and perhaps ``summary``, played to the person who
    answers before the two hear each other."""
    dial = plivoxml.DialElement(
        action=urls["after"],
        method="POST",
        caller_id=caller_id.lstrip("+"),
        confirm_sound=urls.get("summary") or None,
    )
    dial.add(plivoxml.NumberElement(to_number.lstrip("+")))
    return _response(plivoxml.SpeakElement(text), dial)


def say(text: str) -> str:
    return _response(plivoxml.SpeakElement(text))


def _response(*elements: plivoxml.PlivoXMLElement) -> str:
    response = plivoxml.ResponseElement()
    for element in elements:
        response.add(element)
    made: str = response.to_string(False)
    return made
