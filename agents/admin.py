"""Numbers, for the platform's staff. Agents are in ``calls.admin``, which knows the
price book that their engines are chosen from."""

from django.contrib import admin

from agents.models import PhoneNumber


@admin.register(PhoneNumber)
class PhoneNumberAdmin(admin.ModelAdmin[PhoneNumber]):
    list_display = (
        "number",
        "label",
        "provider",
        "organization",
        "agent",
        "is_active",
    )
    list_filter = ("is_active", "provider", "organization")
    search_fields = ("number", "label")
    list_select_related = ("organization", "agent")
