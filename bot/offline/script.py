"""What the offline model says. Pure: the conversation so far in, an answer out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

_Words = tuple[str, ...]

_DAYS = (
    "today",
    "tomorrow",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
)


@dataclass(frozen=True)
class Answer:
    """What to say, and whether the call is over after it."""

    text: str
    ends_call: bool = False


@dataclass(frozen=True)
class _Rule:
    words: _Words
    answer: Callable[[str], Answer]


def _say(text: str) -> Callable[[str], Answer]:
    return lambda heard: Answer(text)


def _book(heard: str) -> Answer:
    day = _day(heard)
    if day:
        return Answer(f"Done. You are booked for {day} at ten. Anything else?")
    return Answer("Gladly. Which day would suit you, today, tomorrow or Friday?")


def _day(heard: str) -> str:
    for day in _DAYS:
        if day in heard:
            return day if day.startswith("to") else day.title()
    return ""


# Searched in order: "thank you goodbye" is a goodbye, "no thanks" ends nothing.
_RULES = (
    _Rule(
        ("goodbye", "bye", "that is all", "that's all"),
        lambda heard: Answer("Thank you for calling. Goodbye!", ends_call=True),
    ),
    _Rule(
        ("hours", "open", "close"),
        _say("We are open from nine to six, Monday to Saturday."),
    ),
    _Rule(
        ("price", "cost", "how much"),
        _say("A visit costs five hundred rupees, and the first one is free."),
    ),
    _Rule(("book", "appointment", "table", "visit"), _book),
    _Rule(_DAYS, _book),
    _Rule(
        ("what can you do", "help", "who are you"),
        _say(
            "I am the demo agent. Ask me for opening hours or prices, book a visit, "
            "or say goodbye."
        ),
    ),
    _Rule(("thank",), _say("You are welcome. Is there anything else?")),
    _Rule(
        ("hello", "hi", "good morning", "good afternoon"),
        _say("Hello! How can I help?"),
    ),
    _Rule(("yes", "okay", "sure", "that is right"), _say("Good. What else can I do?")),
    _Rule(("no",), _say("All right. Say goodbye when you are done.")),
)


def answer(heard: str) -> Answer:
    """The demo agent's answer to one thing that the caller said."""
    plain = "".join(c if c.isalnum() or c == "'" else " " for c in heard.lower())
    padded = f" {' '.join(plain.split())} "
    for rule in _RULES:
        if any(_contains(padded, word) for word in rule.words):
            return rule.answer(padded)
    if padded.strip():
        return Answer(f"I understood: {padded.strip()}. Ask me for hours or prices.")
    return Answer("Sorry, I did not catch that. Could you say it again?")


def last_heard(messages: Sequence[dict[str, object]]) -> str:
    """The caller's latest words in a model's context."""
    for message in reversed(messages):
        if message.get("role") == "user":
            content = message.get("content")
            return content if isinstance(content, str) else ""
    return ""


def _contains(padded: str, phrase: str) -> bool:
    # "thank" matches "thanks"; "no" must not match "know".
    return f" {phrase} " in padded or (len(phrase) > 3 and f" {phrase}" in padded)
