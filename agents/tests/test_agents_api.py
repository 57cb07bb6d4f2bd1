"""Programs make, read, change and remove agents."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from agents.models import CONFIG_KEYS, Agent, Carrier, PhoneNumber
from billing.models import Rate
from orgs.models import Organization, create_api_key

NEW = {"name": "Sales", "prompt": "You sell flowers."}


def test_a_new_agent_has_what_was_given_and_defaults_for_the_rest(
    api: APIClient, organization: Organization, rates: list[Rate]
) -> None:
    response = api.post("/api/agents", NEW | {"enableCallRecording": True})

    assert response.status_code == 201
    body = response.json()
    assert set(body) == {"id", *CONFIG_KEYS.values(), "createdAt", "updatedAt"}
    assert body["name"] == "Sales"
    assert body["enableCallRecording"] is True
    assert body["llmModel"] == "gpt-4.1-mini"
    agent = Agent.objects.get(pk=body["id"])
    assert agent.organization == organization
    assert api.get(f"/api/agents/{agent.pk}").json() == body


def test_a_change_leaves_alone_what_it_does_not_name(
    api: APIClient, agent: Agent
) -> None:
    before = api.get(f"/api/agents/{agent.pk}").json()

    response = api.put(f"/api/agents/{agent.pk}", {"maxTokens": 300})

    assert response.status_code == 200
    after = response.json()
    assert after.pop("updatedAt") > before.pop("updatedAt")
    assert after == before | {"maxTokens": 300}


def test_what_was_read_can_be_sent_back(api: APIClient, agent: Agent) -> None:
    url = f"/api/agents/{agent.pk}"
    read = api.get(url).json()

    response = api.put(url, read | {"name": "Front desk"})

    assert response.status_code == 200
    assert response.json()["name"] == "Front desk"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"prompt": None}, "prompt"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"maxTokens": 0}, "maxTokens"),
        ({"maxDurationSecs": 10**12}, "maxDurationSecs"),
        ({"enableCallRecording": "perhaps"}, "enableCallRecording"),
        ({"llmProvider": "acme"}, "llmProvider"),
        ({"llmModel": "gpt-1"}, "llmModel"),
        ({"sttProvider": "plivo"}, "sttProvider"),
        ({"llmmodel": "gpt-4.1-mini"}, "llmmodel"),
        ({"max_tokens": 5}, "max_tokens"),
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(
    api: APIClient, agent: Agent, rates: list[Rate], change: dict[str, Any], field: str
) -> None:
    before = Agent.objects.values().get()

    response = api.put(f"/api/agents/{agent.pk}", {"language": "hi-IN"} | change)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid"
    assert list(response.json()["fields"]) == [field]
    assert Agent.objects.values().get() == before


@pytest.mark.parametrize("body", [[], "text", 7, None, [NEW]])
def test_a_body_that_is_no_object_makes_nothing(api: APIClient, body: Any) -> None:
    response = api.post("/api/agents", body)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert not Agent.objects.exists()


def test_an_engine_that_has_lost_its_price_may_stay(
    api: APIClient, agent: Agent
) -> None:
    """No rate is loaded here: nothing but what the agent has is allowed."""
    url = f"/api/agents/{agent.pk}"

    assert api.put(url, {"llmModel": "gpt-4.1-mini"}).status_code == 200
    assert api.put(url, {"llmModel": "gpt-4.1"}).status_code == 400


@pytest.fixture
def voices(db: None) -> None:
    """The price book knows a few more."""
    for provider in ("cartesia", "elevenlabs", "sarvam"):
        Rate.objects.create(
            kind="tts", provider=provider, model="*", unit="character", price=1,
            fx=88, margin=0, valid_from="2026-01-01",
        )  # fmt: skip


@pytest.mark.usefixtures("voices")
@pytest.mark.parametrize("engine", ["tts", "fallbackTts"])
@pytest.mark.parametrize("provider", ["elevenlabs", "cartesia"])
def test_a_voice_is_named_where_the_provider_has_none_of_its_own(
    api: APIClient, agent: Agent, provider: str, engine: str
) -> None:
    url = f"/api/agents/{agent.pk}"
    wanted = {f"{engine}Provider": provider, f"{engine}Model": "a model"}

    refused = api.put(url, wanted)
    assert refused.status_code == 400
    assert refused.json()["fields"] == {
        f"{engine}Voice": [f"Name a voice: {provider} has none of its own."]
    }
    assert api.put(url, wanted | {f"{engine}Voice": "a voice"}).status_code == 200
    assert api.put(url, {f"{engine}Voice": ""}).status_code == 400
    assert api.get(url).json()[f"{engine}Voice"] == "a voice"


@pytest.mark.usefixtures("voices")
def test_a_second_voice_is_one_that_has_a_price_or_none(
    api: APIClient, agent: Agent
) -> None:
    url = f"/api/agents/{agent.pk}"

    refused = api.put(url, {"fallbackTtsProvider": "acme"})
    assert list(refused.json()["fields"]) == ["fallbackTtsProvider"]
    second = {"fallbackTtsProvider": "sarvam", "fallbackTtsModel": "bulbul:v3"}
    assert api.put(url, second).status_code == 200
    assert api.put(url, {"fallbackTtsProvider": ""}).status_code == 200


def test_an_agent_without_calls_is_deleted(
    api: APIClient, agent: Agent, number: PhoneNumber
) -> None:
    response = api.delete(f"/api/agents/{agent.pk}")

    assert (response.status_code, response.content) == (204, b"")
    assert not Agent.objects.exists()
    number.refresh_from_db()
    assert number.agent is None


def test_an_agent_with_calls_is_archived(
    api: APIClient, agent: Agent, number: PhoneNumber, start: Callable[..., Any]
) -> None:
    call = start()

    assert api.delete(f"/api/agents/{agent.pk}").status_code == 204

    agent.refresh_from_db()
    number.refresh_from_db()
    assert agent.archived_at
    assert number.agent is None
    assert api.get(f"/api/agents/{agent.pk}").status_code == 404
    assert api.get("/api/agents").json()["agents"] == []
    assert api.post(f"/api/agents/{agent.pk}/connect").status_code == 404
    assert api.get(f"/api/calls/{call.pk}").json()["agentName"] == "Receptionist"


def test_agents_are_listed_the_newest_first_by_cursor(
    api: APIClient, agent: Agent, organization: Organization, rates: list[Rate]
) -> None:
    newer = [
        api.post("/api/agents", NEW | {"name": name}).json()["id"] for name in "abc"
    ]

    first = api.get("/api/agents?limit=3&fields=id,name").json()
    second = api.get(
        f"/api/agents?limit=3&fields=id&cursor={first['nextCursor']}"
    ).json()

    assert first["agents"] == [
        {"id": pk, "name": name}
        for pk, name in zip(reversed(newer), "cba", strict=True)
    ]
    assert second == {"agents": [{"id": str(agent.pk)}], "nextCursor": None}


def test_a_field_that_a_list_lacks_is_refused(api: APIClient, agent: Agent) -> None:
    for fields in ("id,secret", ",", "id,", "organization"):
        response = api.get("/api/agents", {"fields": fields})

        assert response.status_code == 400
        assert "fields" in response.json()["fields"]


def test_a_member_looks_and_changes_nothing(
    agent: Agent, member: User, rates: list[Rate]
) -> None:
    client = APIClient()
    client.force_login(member)
    url = f"/api/agents/{agent.pk}"

    assert client.get(url).status_code == 200
    assert client.put(url, {"name": "Mine"}).status_code == 403
    assert client.delete(url).status_code == 403
    assert client.post("/api/agents", NEW).status_code == 403


def test_a_key_to_look_changes_nothing(agent: Agent) -> None:
    _, secret = create_api_key(agent.organization, name="Reader", scopes=["read"])
    client = APIClient(headers={"x-api-key": secret})
    url = f"/api/agents/{agent.pk}"

    assert client.get(url).status_code == 200
    assert client.put(url, {"name": "Mine"}).status_code == 403
    assert client.delete(url).status_code == 403


def test_a_widget_is_not_told_what_an_agent_was_told(
    agent: Agent, number: PhoneNumber
) -> None:
    _, secret = create_api_key(agent.organization, name="Page", scopes=["voice"])
    page = APIClient(headers={"x-api-key": secret})

    assert page.get("/api/widget/agents").json() == {
        "agents": [
            {
                "id": str(agent.pk),
                "name": "Receptionist",
                "greeting": "Hello, this is the clinic.",
                "language": "en-IN",
            }
        ],
        "nextCursor": None,
    }
    assert page.get("/api/widget/phone-numbers").json() == {
        "phoneNumbers": [
            {
                "id": str(number.pk),
                "number": "+912071177000",
                "label": "",
                "agentId": str(agent.pk),
            }
        ],
        "nextCursor": None,
    }
    assert page.get("/api/widget/calls").status_code == 403


def test_a_number_of_whatsapp_calls_no_telephones(
    api: APIClient, organization: Organization, number: PhoneNumber
) -> None:
    PhoneNumber.objects.create(
        organization=organization,
        number="+912071177001",
        provider=Carrier.WHATSAPP,
        carrier_id="1001",
    )

    listed = api.get("/api/widget/phone-numbers").json()["phoneNumbers"]

    assert [each["id"] for each in listed] == [str(number.pk)]
