"""What the gate keeps in PostgreSQL."""

from django.db import models


class Fence(models.Model):
    """One row that says which generation of the sets in Redis may be trusted.

    An acquire in Redis answers the token it found there; the call's row is saved only
    while this row holds the same token. So whoever makes Redis untrustworthy (a
    fallback, a rebuild, a release that was lost) changes the token here, and every
    acquire in flight is asked again. ``NULL``: Redis is not trusted.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    token = models.CharField(max_length=32, null=True)  # noqa: DJ001

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="fence_one_row"),
        )

    def __str__(self) -> str:
        return self.token or "Redis is not trusted"
