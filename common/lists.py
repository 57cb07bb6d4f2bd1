"""Lists of the API: the same paging, field selection and shape for each of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.pagination import DEFAULT_LIMIT, MAX_LIMIT, paginate

EXAMPLE_CURSOR = "WyIyMDI2LTExLTI0VDEwOjAwOjAwKzAwOjAwIiwgIjQyIl0"


class Renamed(serializers.Serializer[Any]):
    """For fields whose names on the wire are words that Python has taken."""

    # Declared names, and those on the wire.
    renamed: ClassVar[dict[str, str]] = {}

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        return {self.renamed.get(name, name): fields[name] for name in fields}


class Selectable(Renamed):
    """Gives only the fields that the context's ``only`` names, if it names any."""

    example: ClassVar[dict[str, Any]] = {}

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        only = self.context.get("only") or fields
        return {name: fields[name] for name in fields if name in only}


class ListQuery(Renamed):
    """What every list takes; a list with filters adds them in a subclass."""

    limit = serializers.IntegerField(
        min_value=1,
        max_value=MAX_LIMIT,
        default=DEFAULT_LIMIT,
        help_text="How many to give at most.",
    )
    cursor = serializers.CharField(
        required=False,
        max_length=200,
        help_text="The `nextCursor` of the page before.",
    )
    fields_ = serializers.RegexField(
        r"^[A-Za-z]+(,[A-Za-z]+)*\Z",
        required=False,
        max_length=1000,
        help_text="Names of fields with commas between, to get these alone.",
    )

    renamed: ClassVar = {"fields_": "fields"}


@dataclass(frozen=True)
class Listing:
    """A list: the key that it is answered under, its rows, the column that orders them,
    newest first, and its query."""

    name: str
    row: type[Selectable]
    by: str
    query: type[ListQuery] = ListQuery

    @cached_property
    def page(self) -> type[serializers.Serializer[Any]]:
        """What it answers, for the documents."""
        # With ``fields`` a row has some of its fields alone.
        row = type(f"{self.row.__name__}Row", (self.row,), {"is_part": True})
        page = {
            self.name: row(many=True),
            "nextCursor": serializers.CharField(
                allow_null=True, help_text="`cursor` of the next page; null at the end."
            ),
            "example": {
                self.name: [self.row.example],
                "nextCursor": EXAMPLE_CURSOR,
            },
        }
        name = self.row.__name__.removesuffix("Out").removesuffix("List")
        return type(f"{name}Page", (serializers.Serializer,), page)

    def wanted(self, request: Request) -> dict[str, Any]:
        """The query of the request. Raises ``ValidationError``."""
        query = self.query(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted: dict[str, Any] = query.validated_data
        if "fields" in wanted:
            wanted["fields"] = self.known(wanted["fields"].split(","))
        return wanted

    def known(self, names: list[str]) -> list[str]:
        """``names``, if they are all fields of a row; ``ValidationError`` if not."""
        there = self.row().get_fields()
        if unknown := [name for name in names if name not in there]:
            message = f"There is no field {', '.join(unknown)} in this list."
            raise serializers.ValidationError({"fields": [message]})
        return names

    def answer(self, rows: QuerySet[Any], wanted: dict[str, Any]) -> Response:
        """The page of ``rows`` that was asked for."""
        page = paginate(rows, wanted.get("cursor"), wanted["limit"], by=self.by)
        context = {"only": wanted.get("fields")}
        return Response(
            {
                self.name: self.row(page.rows, many=True, context=context).data,
                "nextCursor": page.next_cursor,
            }
        )
