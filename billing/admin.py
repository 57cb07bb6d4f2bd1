"""Prices and money, for the platform's staff."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from billing import credits
from billing.models import EntryKind, LedgerEntry, Rate


@admin.register(Rate)
class RateAdmin(admin.ModelAdmin[Rate]):
    """A rate that calls were charged by is read only: a new price is a new row."""

    list_display = (
        "kind",
        "provider",
        "model",
        "unit",
        "price",
        "per",
        "currency",
        "valid_from",
        "is_used",
    )
    list_filter = ("kind", "provider", "unit")
    search_fields = ("provider", "model")
    readonly_fields = ("used_at",)
    save_as = True

    @admin.display(boolean=True, description="used")
    def is_used(self, rate: Rate) -> bool:
        return rate.used_at is not None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        unused = obj is None or obj.used_at is None
        return unused and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        unused = obj is None or obj.used_at is None
        return unused and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the one that deletes many, which would meet used ones."""
        return {}


@admin.register(LedgerEntry)
class LedgerEntryAdmin(admin.ModelAdmin[LedgerEntry]):
    """Append-only: what was wrong is corrected by a further entry."""

    list_display = ("created_at", "organization", "kind", "amount", "note", "call_id")
    list_filter = ("kind", "organization")
    search_fields = ("call_id", "note")
    list_select_related = ("organization",)
    date_hierarchy = "created_at"
    fields = ("organization", "kind", "amount", "note")

    def formfield_for_choice_field(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "kind":
            # Charges come from calls alone.
            kinds = (EntryKind.TOP_UP, EntryKind.CORRECTION)
            kwargs["choices"] = [(kind.value, kind.label) for kind in kinds]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: LedgerEntry, form: Any, change: bool
    ) -> None:
        """Add the entry where every entry is added, so that the balance follows."""
        credits.add_entry(
            obj.organization_id,
            kind=EntryKind(obj.kind),
            amount=obj.amount,
            note=obj.note,
            created_by_id=request.user.pk,
            id=obj.pk,
        )
