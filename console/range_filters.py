"""The range of days that a page of charts is about, and whose calls."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.utils import timezone

from agents.models import Agent
from calls.ranges import Range
from console.call_filters import PRESETS, choices, in_our_days, midnight
from orgs.models import Organization

USUAL = "30d"
LONGEST_DAYS = 366


@dataclass(frozen=True)
class Days:
    """From the first to the last day, both included, in the viewer's zone."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def all(self) -> list[date]:
        return [self.first + timedelta(days=nth) for nth in range(len(self))]

    @property
    def begins(self) -> tuple[datetime, ...]:
        return tuple(midnight(day) for day in self.all)

    @property
    def until(self) -> datetime:
        return midnight(self.last + timedelta(days=1))

    @property
    def query(self) -> str:
        """The same days in a list of calls."""
        return f"since={self.first}&until={self.last}"


class RangeFilters(forms.Form):
    """All are optional; without any it is the last 30 days of all agents."""

    range = forms.ChoiceField(
        required=False,
        choices=[(key, label) for key, (label, _) in PRESETS.items()],
    )
    since = forms.DateField(required=False, validators=[in_our_days])
    until = forms.DateField(required=False, validators=[in_our_days])
    agent = forms.ChoiceField(required=False)

    def __init__(self, data: Any, organization: Organization) -> None:
        super().__init__(data)
        self.organization = organization
        agents = Agent.objects.filter(organization=organization)
        self.names = dict(agents.order_by("name").values_list("pk", "name"))
        field: Any = self.fields["agent"]
        pairs = [(str(pk), name) for pk, name in self.names.items()]
        field.choices = choices(pairs, "All agents")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            raise forms.ValidationError("The last day is before the first.")
        if since and len(Days(since, until or today())) > LONGEST_DAYS:
            raise forms.ValidationError(f"At most {LONGEST_DAYS} days at once.")
        return cleaned

    @property
    def days(self) -> Days:
        """The days that were asked for and understood."""
        fine = self.cleaned_data if self.is_valid() else {}
        since: date | None = fine.get("since")
        until: date | None = fine.get("until")
        preset: str | None = fine.get("range")
        if (since or until) and not preset:
            last: date = until or max(since or today(), today())
            return Days(since or last - timedelta(days=29), last)
        first = today() - timedelta(days=PRESETS[preset or USUAL][1])
        return Days(first, first if preset == "yesterday" else today())

    @property
    def agent_id(self) -> uuid.UUID | None:
        self.is_valid()
        chosen = self.cleaned_data.get("agent")
        return uuid.UUID(chosen) if chosen else None

    def wanted(self, agent: uuid.UUID | None = None) -> Range:
        """What the statements behind charts take."""
        days = self.days
        return Range(
            self.organization.pk, days.begins, days.until, agent or self.agent_id
        )

    def each_day(self) -> list[Range]:
        """The same, a day at a time."""
        begins = [*self.days.begins, self.days.until]
        return [
            Range(self.organization.pk, (since,), until, self.agent_id)
            for since, until in pairwise(begins)
        ]


def today() -> date:
    return timezone.localdate()
