"""Cursor paging: page 10 000 costs what page 1 costs, for lists and pages alike."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Model, Q, QuerySet

from common.errors import Invalid

DEFAULT_LIMIT, MAX_LIMIT = 50, 200

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    next_cursor: str | None


def encode_cursor(at: date, pk: UUID | int) -> str:
    raw = json.dumps([at.isoformat(), str(pk)]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str, model: type[Model], by: str) -> tuple[date, Any]:
    """The value of column ``by`` and the key after which the page begins; ``Invalid``
    if this is no cursor of such a list."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        at, pk = json.loads(raw)
        column = model._meta.get_field(by)
        return at_of(at, column), model._meta.pk.to_python(pk)
    except (binascii.Error, ValueError, TypeError, RecursionError, ValidationError):
        raise Invalid("The cursor is not one that this list gave.") from None


def at_of(text: str, column: Any) -> date:
    """A cursor's time, as the column has it: a day, or a moment in a zone."""
    if not isinstance(column, DateTimeField):
        return date.fromisoformat(text)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("A moment without a zone is no moment")
    return at


def paginate(
    rows: QuerySet[Row], cursor: str | None, limit: int, *, by: str
) -> Page[Row]:
    """The ``limit`` newest rows by the time in column ``by`` that follow ``cursor``.

    The query compares the pair (time, key) with an index on both, and reads one row
    more than it gives, to know whether another page follows.
    """
    if cursor:
        at, key = decode_cursor(cursor, rows.model, by)
        rows = rows.filter(Q(**{f"{by}__lte": at})).exclude(
            Q(**{by: at, "pk__gte": key})
        )
    found = list(rows.order_by(f"-{by}", "-pk")[: limit + 1])
    page = found[:limit]
    more = len(found) > limit
    return Page(page, encode_cursor(_at(page[-1], by), page[-1].pk) if more else None)


def _at(row: Any, by: str) -> date:
    value: date = getattr(row, by)
    return value
