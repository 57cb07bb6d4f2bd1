"""The columns of the list of calls, and which of them somebody wants to see."""

from dataclasses import dataclass

from django.http import HttpRequest

COOKIE = "call-columns"


@dataclass(frozen=True)
class Column:
    """``numeric`` ones are set flush right. ``essential`` ones cannot be hidden."""

    name: str
    label: str
    numeric: bool = False
    essential: bool = False


COLUMNS = (
    Column("status", "Status", essential=True),
    Column("started", "Started", essential=True),
    Column("agent", "Agent"),
    Column("channel", "Channel"),
    Column("caller", "Caller"),
    Column("duration", "Duration", numeric=True),
    Column("turns", "Turns", numeric=True),
    Column("tokens", "Tokens", numeric=True),
    Column("latency", "Latency", numeric=True),
    Column("cost", "Cost", numeric=True),
    Column("recording", "Recording"),
)
NAMES = {column.name for column in COLUMNS}


def hidden_in(request: HttpRequest) -> set[str]:
    """The columns that this browser was told to hide."""
    return NAMES & set(request.COOKIES.get(COOKIE, "").split("."))


def shown_in(request: HttpRequest) -> list[Column]:
    hidden = hidden_in(request)
    return [c for c in COLUMNS if c.essential or c.name not in hidden]
