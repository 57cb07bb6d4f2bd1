"""The filters of the list of calls: one form for the page, its CSV and saved views."""

import uuid
import zoneinfo
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from agents.models import Agent
from calls.channels import Channel, Status
from calls.failures import FAILURES
from calls.filters import filtered
from calls.models import CallQuerySet
from orgs.models import Organization

PRESETS = {
    "today": ("Today", 0),
    "yesterday": ("Yesterday", 1),
    "7d": ("Last 7 days", 6),
    "30d": ("Last 30 days", 29),
    "90d": ("Last 90 days", 89),
}
# Words of the query that narrow by a number from and to, and the columns they mean.
BOUNDS = {
    "costFrom": "cost_total__gte",
    "costTo": "cost_total__lte",
    "latencyFrom": "avg_latency__gte",
    "latencyTo": "avg_latency__lte",
}


def choices(pairs: Any, any_label: str) -> list[tuple[str, str]]:
    return [("", any_label), *pairs]


def in_our_days(day: date) -> None:
    """Years that no calendar arithmetic runs out of."""
    if not 2000 <= day.year < 2100:
        raise forms.ValidationError("A day of this century.")


class CallFilters(forms.Form):
    """All are optional and live in the address, so that a view can be shared."""

    q = forms.CharField(required=False, max_length=80, strip=True)
    agent = forms.ChoiceField(required=False)
    channel = forms.ChoiceField(
        required=False, choices=choices(Channel.choices, "Any channel")
    )
    status = forms.ChoiceField(
        required=False, choices=choices(Status.choices, "Any status")
    )
    range = forms.ChoiceField(
        required=False,
        choices=choices(
            [(key, label) for key, (label, _) in PRESETS.items()], "Any time"
        ),
    )
    since = forms.DateField(required=False, validators=[in_our_days])
    until = forms.DateField(required=False, validators=[in_our_days])
    reason = forms.ChoiceField(
        required=False,
        choices=choices(
            [(key, failure.title) for key, failure in FAILURES.items()], "Any failure"
        ),
    )
    recording = forms.ChoiceField(
        required=False, choices=choices([("yes", "Recorded"), ("no", "Not")], "Any")
    )
    costFrom = forms.DecimalField(required=False, min_value=0, max_value=10**9)
    costTo = forms.DecimalField(required=False, min_value=0, max_value=10**9)
    # People read milliseconds; the column has seconds.
    latencyFrom = forms.IntegerField(required=False, min_value=0, max_value=10**7)
    latencyTo = forms.IntegerField(required=False, min_value=0, max_value=10**7)

    def __init__(self, data: Any, organization: Organization) -> None:
        super().__init__(data)
        agents = Agent.objects.filter(organization=organization).values_list(
            "pk", "name"
        )
        field: Any = self.fields["agent"]
        field.choices = choices([(str(pk), name) for pk, name in agents], "Any agent")

    @property
    def wanted(self) -> dict[str, Any]:
        """What was asked for and understood; the rest is passed over, and shown."""
        self.is_valid()
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value not in (None, "")
        }

    @property
    def more_wanted(self) -> bool:
        """Whether any of those behind "More" is in use."""
        shown = {"q", "agent", "channel", "status", "range"}
        return bool(self.wanted.keys() - shown)

    def apply(self, calls: CallQuerySet) -> CallQuerySet:
        wanted = self.wanted
        since, until = period(wanted)
        recording = wanted.get("recording")
        calls = filtered(
            calls,
            {
                "agentId": wanted.get("agent"),
                "channel": wanted.get("channel"),
                "status": wanted.get("status"),
                "failureReason": wanted.get("reason"),
                "startedFrom": since,
                "startedTo": until,
                "hasRecording": {"yes": True, "no": False}.get(recording or ""),
            },
        )
        for word, condition in BOUNDS.items():
            if word in wanted:
                scale = 1000 if word.startswith("latency") else 1
                calls = calls.filter(**{condition: wanted[word] / scale})
        return calls.filter(about(wanted["q"])) if "q" in wanted else calls


def about(text: str) -> Q:
    """A call by its id, else calls from or to numbers that begin like this."""
    try:
        return Q(pk=uuid.UUID(text))
    except ValueError:
        return Q(from_number__startswith=text) | Q(to_number__startswith=text)


def period(wanted: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From and to (not included) of a preset or of two days, in the viewer's zone."""
    today = timezone.localdate()
    since, until = wanted.get("since"), wanted.get("until")
    if preset := wanted.get("range"):
        since = today - timedelta(days=PRESETS[preset][1])
        until = since if preset == "yesterday" else None
    return (
        midnight(since) if since else None,
        midnight(until + timedelta(days=1)) if until else None,
    )


def midnight(day: date) -> datetime:
    zone: Any = timezone.get_current_timezone() or zoneinfo.ZoneInfo("UTC")
    return datetime.combine(day, time(), zone)
