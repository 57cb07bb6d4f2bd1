"""A range of days of one organization's calls, as charts ask for it. Pure."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Range:
    """``days`` are the beginnings of the days, in the viewer's zone and in order;
    ``until`` is the end of the last one. ``agent`` narrows it to one agent's calls."""

    organization: uuid.UUID
    days: tuple[datetime, ...]
    until: datetime
    agent: uuid.UUID | None = None

    @property
    def since(self) -> datetime:
        return self.days[0]

    @property
    def condition(self) -> str:
        """The part of a statement that both indexes of charts are made for."""
        agent = " AND agent_id = %(agent)s" if self.agent else ""
        return (
            "organization_id = %(organization)s"
            f" AND started_at >= %(since)s AND started_at < %(until)s{agent}"
        )

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "organization": self.organization,
            "since": self.since,
            "until": self.until,
            "agent": self.agent,
            "days": list(self.days),
        }


# The number of the day that a call started on, from 1. No zone's name is needed, and
# the days on which clocks change are as long as they are.
DAY = "width_bucket(started_at, %(days)s::timestamptz[])"
