"""The calls that hold a slot, as their rows in PostgreSQL tell."""

from collections.abc import Sequence

from capacity.names import Slot


class Holders:
    """Of each organization that holds slots: its id, how many, and the ids of the calls
    in one text. There may be many, so that what only a difference asks for is not made
    before there is one."""

    def __init__(self, rows: Sequence[tuple[str, int, str]]) -> None:
        self.rows = rows
        self.counts = {org: count for org, count, _ in rows}

    def calls(self) -> set[bytes]:
        """The ids of all calls, as Redis gives them."""
        return set(" ".join(calls for _, _, calls in self.rows).encode().split())

    def slots(self) -> list[Slot]:
        """One for each call."""
        return [
            Slot(call, org) for org, _, calls in self.rows for call in calls.split()
        ]
