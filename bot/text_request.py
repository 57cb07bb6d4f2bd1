"""What the api sends for the next reply of a text conversation, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.call_request import Agent, Fields, InvalidRequest, parse_agent, variables

CHANNELS = ("chat", "whatsapp_message")
ROLES = ("user", "assistant")


@dataclass(frozen=True)
class Message:
    """One thing that was written, by the ``user`` or the ``assistant``."""

    role: str
    text: str


@dataclass(frozen=True)
class TextRequest:
    """A conversation whose last message waits for a reply."""

    call_id: str
    channel: str
    agent: Agent
    messages: tuple[Message, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


def parse(body: Any) -> TextRequest:
    """Read the body of `POST /chat`.

    Raises:
        InvalidRequest: something is missing or of the wrong kind.
    """
    source = Fields(body, "body")
    channel = source.text("channel", "chat")
    if channel not in CHANNELS:
        raise InvalidRequest(f"channel takes one of {', '.join(CHANNELS)}.")
    messages = tuple(_message(item) for item in source.items("messages"))
    if not messages or messages[-1].role != "user":
        raise InvalidRequest("messages takes a list that ends with the user's.")
    return TextRequest(
        call_id=source.text("callId"),
        channel=channel,
        agent=parse_agent(Fields(source.value.get("agent"), "agent")),
        messages=messages,
        variables=variables(source.value.get("dynamicVariables")),
    )


def _message(item: Any) -> Message:
    source = Fields(item, "messages")
    role = source.text("role")
    if role not in ROLES:
        raise InvalidRequest(f"role takes one of {', '.join(ROLES)}.")
    return Message(role, source.text("text"))
