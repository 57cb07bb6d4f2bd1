"""What people enter of a webhook endpoint."""

from typing import Any, ClassVar

from django import forms

from webhooks.endpoints import refusal
from webhooks.models import CALL_EVENTS, Endpoint


class EndpointForm(forms.ModelForm[Endpoint]):
    url = forms.URLField(label="Address", max_length=500, assume_scheme="https")
    events = forms.MultipleChoiceField(
        choices=[(event.value, event.label) for event in CALL_EVENTS],
        widget=forms.CheckboxSelectMultiple,
        initial=[event.value for event in CALL_EVENTS],
    )

    class Meta:
        model = Endpoint
        fields = ("url", "description", "events", "include_transcript", "is_active")
        labels: ClassVar[dict[str, Any]] = {
            "include_transcript": "Send the transcript along",
            "is_active": "Switched on",
        }

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if why := refusal(url):
            raise forms.ValidationError(why)
        return url
