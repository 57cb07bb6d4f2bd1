"""What the keys in Redis are called, and the words that travel with them."""

from typing import NamedTuple

PREFIX = "{capacity}:"
TOKEN = f"{PREFIX}token"


class Slot(NamedTuple):
    """A unit of voice capacity: the id of the call that holds it, and for whom."""

    call: str
    org: str


class Generation(NamedTuple):
    """The names that a token gives to the keys."""

    token: str
    name: str
    all: str
    own: str


def generation(token: str) -> Generation:
    """A token is ``<generation>.<epoch>.<run of the server>``."""
    # A name that no token begins with stands for "not known yet".
    name = token.partition(".")[0] or "?"
    return Generation(token, name, f"{PREFIX}{name}:calls", f"{PREFIX}{name}:org:")


def next_epoch(token: str) -> str:
    """A token for the same sets, which those who hold the old one must ask for."""
    name, epoch, run = token.split(".")
    return f"{name}.{int(epoch) + 1}.{run}"
