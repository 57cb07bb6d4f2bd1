"""Remembering what was answered, so that nothing is done twice."""

import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from common.errors import Conflict
from idempotency.models import KeptAnswer

logger = logging.getLogger(__name__)

KEPT = timedelta(hours=24)
# No request is worked on for longer.
LONGEST = timedelta(minutes=2)


class OtherBody(Conflict):
    message = "This Idempotency-Key was used for another request."


class InProgress(Conflict):
    message = "A request with this Idempotency-Key is being worked on."

    def __init__(self) -> None:
        super().__init__()
        self.headers = {"Retry-After": "1"}


class Interrupted(Conflict):
    """At most once: whether it was done is not known, so it is not done again."""

    message = (
        "A request with this Idempotency-Key was interrupted. Look whether it was "
        "done; if it was not, send it with another key."
    )


@dataclass(frozen=True)
class Attempt:
    """A request that may have been sent before; ``request`` is its digest."""

    organization_id: uuid.UUID
    key: str
    request: str


def begin(attempt: Attempt) -> tuple[KeptAnswer, bool]:
    """The row of the request's key, and whether the request is to be worked on now.

    If it is not, the row has the first answer. Raises ``OtherBody``, ``InProgress`` or
    ``Interrupted``. The row is there for others to see before anything is done.
    """
    row, is_new = _row(attempt)
    if not is_new and row.created_at < timezone.now() - KEPT:
        KeptAnswer.objects.filter(pk=row.pk).delete()
        row, is_new = _row(attempt)
    if is_new:
        return row, True
    if row.request != attempt.request:
        raise OtherBody
    if row.status is None:
        is_young = timezone.now() - row.created_at < LONGEST
        raise InProgress if is_young else Interrupted
    return row, False


def _row(attempt: Attempt) -> tuple[KeptAnswer, bool]:
    return KeptAnswer.objects.get_or_create(
        organization_id=attempt.organization_id,
        key=attempt.key,
        defaults={"request": attempt.request, "created_at": timezone.now()},
    )


def finish(row: KeptAnswer, status: int, body: str) -> None:
    """Keep an answer to what was done. A refusal did nothing: its key is free again.

    If it cannot be kept, the request stays as begun, and is not done again either.
    """
    rows = KeptAnswer.objects.filter(pk=row.pk)
    try:
        if 200 <= status < 300:
            rows.update(status=status, body=body)
        else:
            rows.delete()
    except DatabaseError:
        logger.exception("An answer could not be kept")


def remove_expired() -> int:
    """Forget the answers of the day before; answers how many there were."""
    old = KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT)
    return old.delete()[0]
