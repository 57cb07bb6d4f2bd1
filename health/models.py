"""What the deep checks found, minute by minute, for the Status page."""

from typing import ClassVar

from django.db import models


class HealthSample(models.Model):
    """The result of all checks at one time."""

    at = models.DateTimeField(db_index=True)
    # By name: "ok" or the reason.
    checks = models.JSONField()

    class Meta:
        ordering: ClassVar = ["at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
