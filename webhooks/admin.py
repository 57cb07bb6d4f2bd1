"""Endpoints and how their deliveries went, for the platform's staff."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from common.errors import Conflict
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.outbox import send_again


@admin.register(Endpoint)
class EndpointAdmin(admin.ModelAdmin[Endpoint]):
    """Made by the organizations themselves; staff may switch one off."""

    list_display = ("url", "organization", "is_active", "created_at")
    list_filter = ("is_active", "organization")
    search_fields = ("url", "description", "id")
    list_select_related = ("organization",)
    fields = ("organization", "url", "description", "events", "is_active")
    readonly_fields = ("organization", "url", "description", "events")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class AttemptInline(admin.TabularInline[Attempt, Delivery]):
    model = Attempt
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin[Delivery]):
    """Read only, but for sending again."""

    list_display = ("created_at", "event", "endpoint", "status", "failures")
    list_filter = ("status", "endpoint__organization")
    list_select_related = ("event", "endpoint")
    search_fields = ("event__call_id", "event__id")
    show_full_result_count = False
    actions = ("send_these_again",)
    inlines = (AttemptInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Send again", permissions=["view"])
    def send_these_again(
        self, request: HttpRequest, deliveries: QuerySet[Delivery]
    ) -> None:
        sent = 0
        for delivery in deliveries.select_related("endpoint"):
            try:
                send_again(delivery)
                sent += 1
            except Conflict as error:
                messages.warning(request, f"{delivery.pk}: {error.message}")
        messages.success(request, f"{sent} on their way.")
