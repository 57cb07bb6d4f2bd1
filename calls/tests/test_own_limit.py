"""An organization's own limit, set in the admin: it counts from the next start on."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from agents.models import Agent
from calls.models import Call
from orgs.models import Organization

INLINES = {
    "memberships-TOTAL_FORMS": "0",
    "memberships-INITIAL_FORMS": "0",
}
SetLimit = Callable[[str], Any]


pytestmark = pytest.mark.usefixtures("bot")


@pytest.fixture
def set_limit(organization: Organization) -> SetLimit:
    """Gives the organization a limit as staff do; an empty one is the default."""
    client = Client()
    client.force_login(User.objects.create_superuser("staff", password="pass phrase"))
    url = f"/admin/orgs/organization/{organization.pk}/change/"
    form = {"name": organization.name, "is_active": "on", **INLINES}

    return lambda limit: client.post(url, form | {"max_concurrent_calls": limit})


def test_a_limit_counts_for_the_next_start(
    api: APIClient, agent: Agent, start: Callable[..., Call], set_limit: SetLimit
) -> None:
    start()
    connect = f"/api/agents/{agent.pk}/connect"

    assert set_limit("1").status_code == 302

    refused = api.post(connect)
    assert refused.status_code == 429
    assert (refused.json()["scope"], refused.json()["orgLimit"]) == ("org", 1)

    set_limit("2")
    assert api.post(connect).status_code == 201


def test_an_empty_limit_is_the_default(
    api: APIClient, agent: Agent, set_limit: SetLimit, settings: Settings
) -> None:
    settings.MAX_CONCURRENT_CALLS_PER_ORG = 2
    set_limit("1")
    connect = f"/api/agents/{agent.pk}/connect"
    assert api.post(connect).status_code == 201
    assert api.post(connect).status_code == 429

    set_limit("")

    assert api.post(connect).status_code == 201
    assert api.post(connect).json()["orgLimit"] == 2


def test_a_limit_lets_nobody_beyond_the_platforms(
    api: APIClient, agent: Agent, set_limit: SetLimit, settings: Settings
) -> None:
    settings.MAX_CONCURRENT_CALLS = 1
    set_limit("50")
    connect = f"/api/agents/{agent.pk}/connect"
    api.post(connect)

    refused = api.post(connect).json()

    assert (refused["scope"], refused["orgLimit"]) == ("global", 50)


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_that_is_none_is_refused(
    organization: Organization, set_limit: SetLimit, limit: str
) -> None:
    response = set_limit(limit)

    assert response.status_code == 200  # the form again, with the error
    assert response.context["errors"]
    organization.refresh_from_db()
    assert organization.max_concurrent_calls is None
