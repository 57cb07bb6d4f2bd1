"""What must be remembered of carriers' messages, so that each is answered once."""

from typing import ClassVar

from django.db import models


class SeenMessage(models.Model):
    """A message that a carrier has brought: it brings them again when in doubt."""

    id = models.CharField(primary_key=True, max_length=190)
    seen_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["seen_at"]

    def __str__(self) -> str:
        return self.id
