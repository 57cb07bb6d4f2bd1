"""What was answered to requests that clients may send again."""

from typing import ClassVar

from django.db import models

from orgs.models import Organization


class KeptAnswer(models.Model):
    """The first answer to a request with an ``Idempotency-Key``.

    Without ``status`` the request was begun and not answered: it is being worked on, or
    what became of it is not known.
    """

    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="+", db_index=False
    )
    key = models.CharField(max_length=255)
    # A digest of the request's address and body.
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "key"], name="kept_answer_once_a_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status or 'begun'}"
