"""Cursor paging: page 10 000 costs what page 1 costs, for lists and pages alike."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from common.errors import Invalid

DEFAULT_LIMIT, MAX_LIMIT = 50, 200

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    next_cursor: str | None


def encode_cursor(at: datetime, pk: UUID | int) -> str:
    raw = json.dumps([at.isoformat(), str(pk)]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """The time and key after which the page begins; ``Invalid`` if it is no cursor."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        at, pk = json.loads(raw)
        return datetime.fromisoformat(at), str(pk)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise Invalid("The cursor is not one that this list gave.") from None


def paginate(
    rows: QuerySet[Row], cursor: str | None, limit: int, *, by: str
) -> Page[Row]:
    """The ``limit`` newest rows by the time in column ``by`` that follow ``cursor``.

    The query compares the pair (time, key) with an index on both, and reads one row
    more than it gives, to know whether another page follows.
    """
    if cursor:
        at, pk = decode_cursor(cursor)
        try:
            key = rows.model._meta.pk.to_python(pk)
        except ValidationError:
            raise Invalid("The cursor is not one that this list gave.") from None
        rows = rows.filter(Q(**{f"{by}__lte": at})).exclude(
            Q(**{by: at, "pk__gte": key})
        )
    found = list(rows.order_by(f"-{by}", "-pk")[: limit + 1])
    page = found[:limit]
    more = len(found) > limit
    return Page(page, encode_cursor(_at(page[-1], by), page[-1].pk) if more else None)


def _at(row: Any, by: str) -> datetime:
    value: datetime = getattr(row, by)
    return value
