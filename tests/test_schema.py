"""The OpenAPI document tells of every route what it takes and answers."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS

from osmtalk.api_docs import document

METHODS = {"get", "post", "put", "patch", "delete"}
# Not for clients: the document and its page, links that are given whole, and what
# carriers tell us in words of their own.
UNTOLD = (
    "api/schema",
    "api/docs",
    "api/recordings/",
    "api/plivo/",
    "api/whatsapp/",
)

GENERATOR_STATS.reset()
DOCUMENT = document()
WARNINGS = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]


def operations() -> Iterator[Any]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS & item.keys():
            yield pytest.param(item[method], id=f"{method} {path}")


OPERATIONS = list(operations())


def routes(patterns: Any, before: str = "") -> Iterator[str]:
    for pattern in patterns:
        whole = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, whole)
        elif isinstance(pattern, URLPattern):
            yield whole


def check(value: Any, schema: dict[str, Any]) -> None:
    """Raise ``ValidationError`` for a value that is not as its schema says."""
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema_rs.validate(whole, value, validate_formats=True)


def test_it_is_served_to_anyone() -> None:
    response = Client().get("/api/schema")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["openapi"].startswith("3.1")
    assert response.json() == DOCUMENT


def test_nothing_had_to_be_guessed() -> None:
    assert WARNINGS == []


def test_every_route_is_in_it() -> None:
    told = {path.lstrip("/") for path in DOCUMENT["paths"]}
    there = set()
    for route in routes(get_resolver().url_patterns):
        if route.startswith("api/") and not route.startswith(UNTOLD):
            plain = route.replace("<uuid:", "{").replace("<int:", "{")
            there.add(plain.replace(">", "}"))

    assert there == told


def test_no_two_operations_have_the_same_name() -> None:
    names = [operation.values[0]["operationId"] for operation in OPERATIONS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_has_a_sentence_and_true_examples(
    operation: dict[str, Any],
) -> None:
    assert operation["summary"]
    assert operation["tags"]
    bodies = [*operation["responses"].values()]
    if "requestBody" in operation:
        bodies.append(operation["requestBody"])
    for body in bodies:
        for content in body.get("content", {}).values():
            examples = [one["value"] for one in content.get("examples", {}).values()]
            examples += [content["example"]] if "example" in content else []
            assert examples, content
            for example in examples:
                check(example, content["schema"])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_tells_of_its_errors(operation: dict[str, Any]) -> None:
    if "health" in operation["tags"]:
        return
    answers = operation["responses"]

    assert {"429", "503"} <= answers.keys()
    assert "Retry-After" in answers["429"]["headers"]
    if operation["security"] != [{}]:
        assert "401" in answers
    for status, answer in answers.items():
        if status >= "400":
            schema = answer["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}
