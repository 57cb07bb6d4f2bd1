"""What people enter of an API key."""

import re
from typing import Any

from django import forms

from orgs.models import ApiKey, Scope

# In the words of what there is to manage by now.
SCOPES = [
    (
        scope.value,
        "Change agents and webhooks" if scope == Scope.MANAGE else scope.label,
    )
    for scope in Scope
]
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


class KeyForm(forms.Form):
    name = forms.CharField(max_length=80)
    scopes = forms.MultipleChoiceField(
        label="What it may do", choices=SCOPES, widget=forms.CheckboxSelectMultiple
    )
    allowed_origins = forms.CharField(
        label="Hosts whose pages may use it",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line, such as app.example.com. Empty: any.",
    )

    @staticmethod
    def initial_of(key: ApiKey) -> dict[str, Any]:
        return {
            "name": key.name,
            "scopes": key.scopes,
            "allowed_origins": "\n".join(key.allowed_origins),
        }

    def clean_allowed_origins(self) -> list[str]:
        """Hosts, also from whole addresses that were pasted."""
        hosts = []
        for word in self.cleaned_data["allowed_origins"].replace(",", " ").split():
            host = re.sub(r"^https?://|[:/].*$", "", word.lower())
            host = re.sub(r"[:/].*$", "", host)
            if not HOST.fullmatch(host):
                raise forms.ValidationError(f"“{word}” is not a host.")
            hosts.append(host)
        return list(dict.fromkeys(hosts))
