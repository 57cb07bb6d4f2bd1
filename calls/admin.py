"""Calls to look at, and agents with engines that there are prices for."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html

from agents import engines
from agents.models import Agent
from billing.models import Rate
from calls.models import Call


def choices(engine: str, column: str, present: str) -> list[tuple[str, str]]:
    """What the price book knows, and what the agent has now."""
    known = Rate.objects.filter(kind=engines.ENGINES[engine]).exclude(**{column: "*"})
    names = set(known.values_list(column, flat=True)) | {present}
    none = [("", "None")] if engine in engines.OPTIONAL else []
    return none + [(name, name) for name in sorted(names - {""})]


class AgentForm(forms.ModelForm[Agent]):
    class Meta:
        model = Agent
        fields = "__all__"  # noqa: DJ007  staff may change all of it

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for engine in engines.ENGINES:
            for column in ("provider", "model"):
                name = f"{engine}_{column}"
                field, present = self.fields[name], getattr(self.instance, name)
                self.fields[name] = forms.ChoiceField(
                    choices=choices(engine, column, present),
                    label=field.label or name,
                    help_text=field.help_text,
                    required=field.required,
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        present = self.instance if self.instance.pk else None
        for name, message in engines.missing_voice(cleaned, present).items():
            self.add_error(name, message)
        return cleaned


@admin.register(Agent)
class AgentAdmin(admin.ModelAdmin[Agent]):
    form = AgentForm
    list_display = (
        "name",
        "organization",
        "llm_model",
        "stt_model",
        "tts_model",
        "enable_call_recording",
        "archived_at",
    )
    list_filter = ("organization", "enable_call_recording")
    search_fields = ("name", "id")
    list_select_related = ("organization",)

    def save_model(
        self, request: HttpRequest, obj: Agent, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        for engine, kind in engines.ENGINES.items():
            provider, model = (
                getattr(obj, f"{engine}_{part}") for part in ("provider", "model")
            )
            if provider and not is_priced(kind, provider=provider, model=model):
                messages.warning(
                    request,
                    f"There is no rate for {provider}/{model}: "
                    f"its {kind.upper()} use will be unpriced until you add one.",
                )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An agent with calls stays with them."""
        has_calls = isinstance(obj, Agent) and obj.calls.exists()
        return not has_calls and super().has_delete_permission(request, obj)


def is_priced(kind: str, *, provider: str, model: str) -> bool:
    rates = Rate.objects.filter(kind=kind, provider=provider)
    return rates.filter(model__in=(model, "*")).exists()


@admin.register(Call)
class CallAdmin(admin.ModelAdmin[Call]):
    """Read only: a call is what happened."""

    list_display = (
        "started_at",
        "page",
        "organization",
        "channel",
        "status",
        "cost_total",
    )
    list_filter = ("status", "channel", "is_unpriced", "organization")
    search_fields = ("id",)
    list_select_related = ("organization",)
    show_full_result_count = False
    ordering = ("-started_at",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("metrics", "transcript")

    @admin.display(description="call")
    def page(self, call: Call) -> str:
        return format_html('<a href="/calls/{}">{}</a>', call.pk, call.pk)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        hidden = ("metrics", "transcript", "agent_config", "dynamic_variables")
        names = (field.name for field in Call._meta.concrete_fields)
        return ("page", *(name for name in names if name not in hidden))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
