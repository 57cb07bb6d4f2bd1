"""What somebody asks the planner."""

from typing import Any

from django import forms
from django.http import QueryDict

MOST = 10_000


class PlannerForm(forms.Form):
    """A limit to try, growth in percent, and for staff whose limit it is."""

    limit = forms.IntegerField(
        label="Try a limit of", min_value=1, max_value=MOST, required=False
    )
    growth = forms.IntegerField(
        label="If calls grow by, in %", min_value=-90, max_value=MOST, required=False
    )
    of = forms.ChoiceField(
        label="Limit of",
        required=False,
        choices=[("platform", "The platform"), ("organization", "This organization")],
    )

    def __init__(self, data: QueryDict, *, everything: bool) -> None:
        super().__init__(data)
        self.everything = everything
        self.is_valid()

    @property
    def asked_limit(self) -> int | None:
        return self.usable.get("limit")

    @property
    def factor(self) -> float:
        """By how much calls are expected to become more."""
        return 1 + (self.usable.get("growth") or 0) / 100

    @property
    def is_platform(self) -> bool:
        """Whether it is about the limit that all share, which is for staff alone."""
        return self.everything and self.usable.get("of") != "organization"

    @property
    def usable(self) -> dict[str, Any]:
        """What was asked, without what makes no sense."""
        found: dict[str, Any] = self.cleaned_data
        return found
