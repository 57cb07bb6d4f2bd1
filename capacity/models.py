"""What the gate keeps in PostgreSQL."""

from typing import ClassVar

from django.db import models


class Fence(models.Model):
    """One row that says which generation of the sets in Redis may be trusted.

    An acquire in Redis answers the token it found there; the call's row is saved only
    while this row holds the same token. So whoever makes Redis untrustworthy (a
    fallback, a rebuild, a release that was lost) changes the token here, and every
    acquire in flight is asked again. ``NULL``: Redis is not trusted.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    token = models.CharField(max_length=100, null=True)  # noqa: DJ001

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="fence_one_row"),
        )

    def __str__(self) -> str:
        return self.token or "Redis is not trusted"


class Refusals(models.Model):
    """How many starts of an organization were refused in a minute, by which limit."""

    pk = models.CompositePrimaryKey("minute", "organization_id", "scope")
    minute = models.DateTimeField()
    organization_id = models.UUIDField()
    scope = models.CharField(max_length=6)
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.count} by {self.scope} at {self.minute:%H:%M}"


class EpisodeKind(models.TextChoices):
    FALLBACK = "fallback", "Admitted by PostgreSQL because Redis did not answer"
    REBUILT = "rebuilt", "Sets in Redis rebuilt"
    DRIFT = "drift", "Slots mended by the reconciliation"
    REAPED = "reaped", "Slots taken back that no call held"


class Episode(models.Model):
    """How often in a minute the gate had to do something beside its usual work."""

    pk = models.CompositePrimaryKey("minute", "kind")
    minute = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=EpisodeKind)
    count = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "-minute"], name="episode_latest")
        ]

    def __str__(self) -> str:
        return f"{self.kind} ×{self.count} at {self.minute:%H:%M}"


class Peak(models.Model):
    """The most calls at once in a minute: of an organization, or of the platform."""

    pk = models.CompositePrimaryKey("organization_id", "minute")
    organization_id = models.UUIDField()
    minute = models.DateTimeField()
    peak = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.peak} at {self.minute:%H:%M}"
