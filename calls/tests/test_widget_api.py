"""Pages of others start calls by key, from the hosts that the key allows."""

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from agents.models import Agent
from calls.models import Call
from doubles.bot import BotDouble
from orgs.models import Organization, create_api_key


def program(organization: Organization, *hosts: str) -> APIClient:
    _, secret = create_api_key(
        organization, name="Shop", scopes=["voice"], allowed_origins=list(hosts)
    )
    return APIClient(headers={"x-api-key": secret})


def test_a_key_starts_a_call_from_a_host_that_it_allows(
    organization: Organization, agent: Agent, bot: BotDouble
) -> None:
    shop = program(organization, "shop.example.com")

    response = shop.post(
        f"/api/widget/agents/{agent.pk}/connect",
        headers={"Origin": "https://shop.example.com"},
    )

    assert response.status_code == 201
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert Call.objects.get().channel == "web"


def test_a_host_that_it_does_not_allow_is_forbidden(
    organization: Organization, agent: Agent, bot: BotDouble
) -> None:
    shop = program(organization, "shop.example.com")

    response = shop.post(
        f"/api/widget/agents/{agent.pk}/connect",
        headers={"Origin": "https://evil.example.net"},
    )

    assert response.status_code == 403
    assert not Call.objects.exists()


def test_a_session_is_no_key(operator: User, agent: Agent, bot: BotDouble) -> None:
    browser = APIClient()
    browser.force_login(operator)

    response = browser.post(f"/api/widget/agents/{agent.pk}/connect")

    assert response.status_code == 401


@pytest.mark.parametrize(
    ("path", "open_to_others"),
    [
        ("/api/widget/agents/{agent}/connect", True),
        ("/api/calls/{agent}/offer", True),
        ("/api/agents/{agent}/connect", False),
        ("/api/calls", False),
    ],
)
def test_browsers_may_ask_the_widgets_routes_alone(
    agent: Agent, path: str, open_to_others: bool
) -> None:
    response = APIClient().options(
        path.format(agent=agent.pk),
        headers={
            "Origin": "https://shop.example.com",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-api-key, content-type",
        },
    )

    assert ("Access-Control-Allow-Origin" in response.headers) is open_to_others
