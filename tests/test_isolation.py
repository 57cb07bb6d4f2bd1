"""On every route of the document, what is another organization's does not exist.

The routes are found in the document, so that a new one is tried without more ado.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from rest_framework.test import APIClient

from agents.models import Agent, PhoneNumber
from billing.models import LedgerEntry, Rate
from calls.models import Call
from common.schema import IDS
from doubles.bot import BotDouble
from osmtalk.api_docs import document
from webhooks.models import Endpoint

METHODS = ("get", "post", "put", "patch", "delete")
# What stands in bodies for what belongs to an organization.
NAMED = ("agentId", "phoneNumberId", "callId")


class Route(NamedTuple):
    """A route of the document."""

    method: str
    path: str
    operation: dict[str, Any]


def operations() -> Iterator[Any]:
    """Those for clients."""
    for path, item in document()["paths"].items():
        for method in METHODS:
            operation = item.get(method, {})
            if {"apiKey": []} in operation.get("security", []):
                route = Route(method, path, operation)
                yield pytest.param(route, id=f"{method} {path}")


OPERATIONS = list(operations())


def body_of(operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    examples = content.get("application/json", {}).get("examples", {})
    return next((example["value"] for example in examples.values()), None)


def names_something(path: str, body: Any) -> bool:
    return "{" in path or any(name in (body or {}) for name in NAMED)


@pytest.fixture
def theirs(
    agent: Agent, number: PhoneNumber, start: Callable[..., Call], rates: list[Rate]
) -> dict[str, str]:
    """Ids of another organization than the asker's, by their names on the wire."""
    url = "https://hooks.example.com/osmtalk"
    endpoint = Endpoint.objects.create(
        organization=agent.organization, url=url, events=["call.completed"]
    )
    return {
        "agentId": str(agent.pk),
        "phoneNumberId": str(number.pk),
        "callId": str(start().pk),
        "webhookId": str(endpoint.pk),
    }


def everything() -> list[Any]:
    models: tuple[Any, ...] = (Agent, PhoneNumber, Call, LedgerEntry, Endpoint)
    return [list(model.objects.order_by("pk").values()) for model in models]


def ask(client: APIClient, route: Route, ids: dict[str, str]) -> Any:
    body = body_of(route.operation)
    if body:
        body = {name: ids.get(name, value) for name, value in body.items()}
    url = route.path.format(
        **IDS
        | {
            "agent_id": ids["agentId"],
            "call_id": ids["callId"],
            "endpoint_id": ids["webhookId"],
        }
    )
    send = getattr(client, route.method)
    if body is None:
        return send(url)
    return send(url, content_type="application/json", data=json.dumps(body))


@pytest.mark.parametrize("route", OPERATIONS)
def test_anothers_is_not_found_and_not_touched(
    strange_api: APIClient,
    theirs: dict[str, str],
    bot: BotDouble,
    route: Route,
) -> None:
    before = everything()

    response = ask(strange_api, route, theirs)

    if names_something(route.path, body_of(route.operation)):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert everything() == before
    else:
        # The address of the webhook's example is none that may be sent to.
        assert response.status_code in (200, 201, 400)
        text = response.content.decode()
        assert not [one for one in theirs.values() if one in text]


@pytest.mark.parametrize("route", OPERATIONS)
def test_nobody_gets_in_without_a_key(theirs: dict[str, str], route: Route) -> None:
    before = everything()

    for client in (APIClient(), APIClient(headers={"x-api-key": "osm_wrong"})):
        response = ask(client, route, theirs)
        assert (response.status_code, response.json()["code"]) == (
            401,
            "unauthenticated",
        )
    assert everything() == before


def test_the_routes_were_found() -> None:
    assert len(OPERATIONS) >= 20
    assert sum("{" in one.values[0].path for one in OPERATIONS) >= 10
