"""The OpenAPI document: what each route takes and answers, errors and headers too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.serializers import ModelSerializer

from common import problems
from common.api import IsInternal

View = TypeVar("View", bound=Callable[..., Any])

# The statuses of starting a call, besides those that every route may have.
START = (402, 404)
REFUSALS = "x-refusals"

# What stands for ids in the document.
IDS: dict[str, Any] = {
    "agent_id": "0b9f4f0a-4a43-4a6e-8a55-0c1f9d2a7e31",
    "call_id": "6f1c3b52-0e7d-4a51-9d0e-3f6b8f5c2a10",
    "endpoint_id": "c1f4f6de-6e8f-4d0b-8a8e-5a3a1c3f2b66",
    "delivery_id": 7,
}

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Makes it safe to send the request again: for 24 hours the same "
    "key and request are answered as the first time, and nothing is done twice.",
}
ORGANIZATION = {
    "name": "X-Organization-Id",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "Which of a person's organizations is meant. A key has only one.",
}


# How serializers are named here, and what is made of it in the document.
ENDINGS = {"ListOutRow": "Row", "OutRow": "Row", "Out": "", "In": "Input"}


@dataclass(frozen=True)
class Documented:
    """Says what a route takes and answers. It goes above ``api_view``, once for each
    ``method`` where there are several."""

    answer: Any
    status: int | tuple[int, ...] = 200
    body: Any = None
    query: Any = None
    refuses: tuple[int, ...] = ()
    method: str = ""
    name: str = ""
    says: str = ""

    @property
    def statuses(self) -> tuple[int, ...]:
        return (self.status,) if isinstance(self.status, int) else self.status

    def __call__(self, view: View) -> View:
        said: Callable[[View], View] = extend_schema(
            operation_id=self.name or None,
            description=self.says or None,
            methods=[self.method] if self.method else None,
            request=self.body,
            responses=dict.fromkeys(self.statuses, self.answer),
            parameters=[self.query] if self.query else None,
            extensions={REFUSALS: list(self.refuses)},
        )
        return said(view)


def is_answer(serializer: Any) -> bool:
    return type(serializer).__name__.endswith("Out")


def tidy(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Take out the marks by which the library finds its own enumerations again."""

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            marks = ("x-spec-enum-id",)
            return {k: clean(item) for k, item in value.items() if k not in marks}
        return [clean(item) for item in value] if isinstance(value, list) else value

    cleaned: dict[str, Any] = clean(result)
    return cleaned


class RouteSchema(AutoSchema):  # type: ignore[misc]
    """Adds to each route what all of them have in common."""

    def get_operation_id(self) -> str:
        # The view of a function has its name.
        return str(self.view.__class__.__name__)

    def get_summary(self) -> str:
        """The first sentence of what is written of the view."""
        return self.get_description().split(". ")[0].split("\n")[0].rstrip(".")

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        name: str = super().get_serializer_name(serializer, direction)
        for ending, said in ENDINGS.items():
            if name.endswith(ending):
                return name.removesuffix(ending) + said
        return name

    def _map_serializer(self, serializer: Any, *args: Any, **kwargs: Any) -> Any:
        inherited: Any = super()._map_serializer
        schema = inherited(serializer, *args, **kwargs)
        if getattr(serializer, "is_part", False):
            # Rows of which some fields were chosen, and changes.
            schema.pop("required", None)
        elif isinstance(serializer, ModelSerializer) and is_answer(serializer):
            # What the model may leave empty is told all the same.
            schema["required"] = sorted(schema["properties"])
        return schema

    def get_examples(self) -> list[OpenApiExample]:
        """Those that the serializers have."""
        found = []
        if example := getattr(self.get_request_serializer(), "example", None):
            found.append(OpenApiExample("Request", value=example, request_only=True))
        answers: Any = self.get_response_serializers()
        for status, answer in answers.items() if isinstance(answers, dict) else ():
            if example := getattr(answer, "example", None):
                found.append(
                    OpenApiExample(
                        "Answer",
                        value=example,
                        response_only=True,
                        status_codes=[str(status)],
                    )
                )
        return found

    def get_auth(self) -> list[dict[str, list[str]]]:
        if self.is_internal:
            return [{"internalSecret": []}]
        if 401 in self.get_extensions().get(REFUSALS, []):
            return [{"callToken": []}]
        # One way to authenticate is enough.
        return [{name: []} for either in super().get_auth() for name in either]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        refuses = operation.pop(REFUSALS, [])
        special = 402 in refuses
        if operation["description"].rstrip(".") == operation["summary"]:
            del operation["description"]
        schema = self.resolve_serializer(problems.Problem, "response").ref
        for status in sorted({*self.usual(operation), *refuses}):
            found = problems.response(status, schema, special)
            operation["responses"].setdefault(str(status), found)
        parameters = operation.setdefault("parameters", [])
        for parameter in parameters:
            if parameter["in"] == "path":
                parameter["example"] = IDS.get(parameter["name"])
        parameters.extend(self.headers())
        return operation

    @property
    def is_internal(self) -> bool:
        return any(isinstance(one, IsInternal) for one in self.view.get_permissions())

    @property
    def is_for_clients(self) -> bool:
        return bool(self.view.get_authenticators())

    def headers(self) -> Iterator[dict[str, Any]]:
        if not self.is_for_clients:
            return
        names = [one.__class__.__name__ for one in self.view.get_authenticators()]
        if "SessionAccess" in names:
            yield ORGANIZATION
        if self.method == "POST":
            yield IDEMPOTENCY_KEY

    def usual(self, operation: dict[str, Any]) -> Iterator[int]:
        """The errors that the route has by its nature."""
        yield from (429, 503)
        if self.is_internal or self.is_for_clients:
            yield 401
        if self.is_for_clients:
            yield from (403, 404)
        if "{" in self.path:
            yield 404
        if operation.get("parameters") or "requestBody" in operation:
            yield 400
        if "requestBody" in operation:
            yield from (413, 415)
        if self.method == "POST" and self.is_for_clients:
            yield from (400, 409)
