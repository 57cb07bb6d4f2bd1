"""Tenants, people and keys, for the platform's staff."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from orgs.models import ApiKey, Membership, Organization, Scope, create_api_key


class MembershipInline(admin.TabularInline[Membership, Organization]):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin[Organization]):
    list_display = ("name", "is_active", "max_concurrent_calls", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "id")
    inlines = (MembershipInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An organization's calls and ledger are kept: switch it off instead."""
        return False


class ApiKeyForm(forms.ModelForm[ApiKey]):
    scopes = forms.MultipleChoiceField(
        choices=Scope, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiKey
        fields = ("organization", "name", "scopes", "allowed_origins", "is_active")


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    form = ApiKeyForm
    list_display = ("name", "organization", "shown", "is_active", "last_used_at")
    list_filter = ("is_active", "organization")
    search_fields = ("name", "shown")
    list_select_related = ("organization",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("organization", "shown", "last_used_at") if obj else ()

    def save_model(
        self, request: HttpRequest, obj: ApiKey, form: Any, change: bool
    ) -> None:
        """A new key's secret is shown in a message, this once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        key, secret = create_api_key(
            obj.organization,
            name=obj.name,
            scopes=obj.scopes,
            allowed_origins=obj.allowed_origins,
        )
        obj.pk, obj._state.adding = key.pk, False
        messages.warning(request, f"The key, which is shown this once: {secret}")
