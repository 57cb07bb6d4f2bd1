"""What people keep of their own in the console."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from orgs.models import Organization


class SavedView(models.Model):
    """Filters of the list of calls under a name, for everybody in the organization."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="saved_view_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
