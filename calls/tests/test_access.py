"""Nothing of another organization is ever visible, and nobody gets in unasked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from agents.models import Agent
from calls.models import Call
from orgs.models import ApiKey, Membership, Organization, Role, create_api_key


def browser(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


ROUTES = [
    ("get", "/api/calls/{call}"),
    ("post", "/api/calls/{call}/end"),
    ("post", "/api/agents/{agent}/connect"),
]


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_anothers_id_is_not_found(
    strange_api: APIClient,
    start: Callable[..., Call],
    agent: Agent,
    method: str,
    route: str,
) -> None:
    call = start()
    url = route.format(call=call.pk, agent=agent.pk)

    response = getattr(strange_api, method)(url)

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    call.refresh_from_db()
    assert call.status == "active"


def test_a_list_holds_ones_own_alone(
    strange_api: APIClient, start: Callable[..., Call]
) -> None:
    start()

    assert strange_api.get("/api/calls").json()["calls"] == []


@pytest.mark.parametrize(("method", "route"), [*ROUTES, ("get", "/api/calls")])
def test_nobody_is_unauthenticated(
    start: Callable[..., Call], agent: Agent, method: str, route: str
) -> None:
    url = route.format(call=start().pk, agent=agent.pk)

    response = getattr(APIClient(), method)(url)

    assert response.status_code == 401
    assert response.json()["code"] == "unauthenticated"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("key", ["osm_wrong", "nonsense", "osm_"])
def test_a_wrong_key_is_unauthenticated(db: None, key: str) -> None:
    for headers in ({"x-api-key": key}, {"Authorization": f"Bearer {key}"}):
        assert APIClient(headers=headers).get("/api/calls").status_code == 401


def test_a_bearer_token_is_a_key_too(organization: Organization) -> None:
    _, secret = create_api_key(organization, name="Program", scopes=["read"])

    program = APIClient(headers={"Authorization": f"Bearer {secret}"})

    assert program.get("/api/calls").status_code == 200


def test_a_key_that_is_switched_off_is_refused_at_once(api: APIClient) -> None:
    assert api.get("/api/calls").status_code == 200
    assert ApiKey.objects.get().last_used_at is not None

    ApiKey.objects.update(is_active=False)

    assert api.get("/api/calls").status_code == 401


def test_the_key_itself_is_not_stored(api: APIClient) -> None:
    key = ApiKey.objects.get()

    assert len(key.digest) == 64
    assert key.shown.startswith("osm_")
    assert len(key.shown) == 12


def test_a_person_of_two_organizations_chooses_by_header(
    operator: User,
    other_organization: Organization,
    start: Callable[..., Call],
) -> None:
    Membership.objects.create(
        user=operator, organization=other_organization, role=Role.MEMBER
    )
    call = start()

    def listed(organization: Organization) -> list[Any]:
        headers = {"X-Organization-Id": str(organization.pk)}
        body = browser(operator).get("/api/calls", headers=headers).json()
        return [call["id"] for call in body["calls"]]

    assert listed(call.organization) == [str(call.pk)]
    assert listed(other_organization) == []


def test_an_organization_one_is_not_in_does_not_exist(
    operator: User, other_organization: Organization
) -> None:
    headers = {"X-Organization-Id": str(other_organization.pk)}

    assert browser(operator).get("/api/calls", headers=headers).status_code == 404


def test_a_session_needs_the_csrf_token_to_change_anything(
    operator: User, start: Callable[..., Call]
) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(operator)

    response = client.post(f"/api/calls/{start().pk}/end")

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
