"""What comes in by HTTP is JSON that PostgreSQL can hold, or is refused."""

import json
import math
import re
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser

MAX_DEPTH = 32
LARGEST_INTEGER = 2**63 - 1
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request body is too large."
    default_code = "too_large"


class StorableJSONParser(JSONParser):
    """JSON that PostgreSQL can hold: no NUL, no lone surrogate, no Infinity, not too
    deep and not larger than ``MAX_BODY_BYTES``."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(raw) > settings.MAX_BODY_BYTES:
            raise TooLarge
        try:
            value = json.loads(raw.decode(), parse_constant=refuse_constant)
        except UnicodeDecodeError:
            raise exceptions.ParseError("The body is not UTF-8.") from None
        except ValueError as error:
            raise exceptions.ParseError(f"The body is not JSON: {error}.") from None
        except RecursionError:
            raise exceptions.ParseError("The JSON is nested too deeply.") from None
        refuse_unstorable(value)
        return value


def refuse_constant(name: str) -> None:
    """``NaN`` and ``Infinity``, which Python reads but JSON does not have."""
    raise ValueError(f"{name} is not a number")


def refuse_unstorable(value: Any, depth: int = 0) -> None:
    """Raise ``ParseError`` for a value that cannot be stored as ``jsonb`` or text."""
    if depth > MAX_DEPTH:
        raise exceptions.ParseError("The JSON is nested too deeply.")
    if isinstance(value, str):
        if UNSTORABLE.search(value):
            raise exceptions.ParseError(
                "The text holds a character that is not allowed."
            )
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_unstorable(key, depth + 1)
            refuse_unstorable(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            refuse_unstorable(item, depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise exceptions.ParseError("A number is too large.")
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise exceptions.ParseError("A number is too large.")
