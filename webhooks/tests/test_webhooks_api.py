"""Endpoints by API: made, changed, tested, and what was sent to them."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from conftest import key_client
from doubles.receiver import Receiver
from orgs.models import Organization
from webhooks.models import Delivery, Endpoint
from webhooks.sending import send_due


@pytest.fixture
def body(receiver: Receiver) -> dict[str, Any]:
    return {"url": receiver.url, "events": ["call.completed", "call.failed"]}


def test_one_is_made_and_its_secret_shown_once(
    api: APIClient, body: dict[str, Any]
) -> None:
    made = api.post("/api/webhooks", body)

    assert made.status_code == 201
    endpoint = Endpoint.objects.get()
    assert made.json()["secret"] == endpoint.secret
    assert endpoint.secret.startswith("whsec_")
    assert made.json()["events"] == ["call.completed", "call.failed"]
    (listed,) = api.get("/api/webhooks").json()["webhooks"]
    assert listed == {k: v for k, v in made.json().items() if k != "secret"}
    assert api.get(f"/api/webhooks/{endpoint.pk}").json() == listed


def test_it_is_changed_and_removed(api: APIClient, endpoint: Endpoint) -> None:
    url = f"/api/webhooks/{endpoint.pk}"

    changed = api.put(url, {"isActive": False, "includeTranscript": True}).json()

    assert (changed["isActive"], changed["includeTranscript"]) == (False, True)
    assert changed["url"] == endpoint.url
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404


def test_another_secret_takes_the_place_of_the_first(
    api: APIClient, endpoint: Endpoint
) -> None:
    shown = api.post(f"/api/webhooks/{endpoint.pk}/secret").json()["secret"]

    before, endpoint = endpoint.secret, Endpoint.objects.get()
    assert shown == endpoint.secret != before


def test_a_test_is_sent_and_its_delivery_seen_and_sent_again(
    api: APIClient, endpoint: Endpoint, receiver: Receiver
) -> None:
    url = f"/api/webhooks/{endpoint.pk}"
    sent = api.post(f"{url}/test")
    assert (sent.status_code, sent.json()["status"]) == (202, "pending")
    send_due(endpoint.pk)

    (seen,) = api.get(f"{url}/deliveries").json()["deliveries"]

    assert (seen["type"], seen["status"]) == ("webhook.test", "delivered")
    (attempt,) = seen["attempts"]
    assert (attempt["statusCode"], attempt["excerpt"]) == (200, "Thanks.")
    again = api.post(f"{url}/deliveries/{seen['id']}/resend")
    assert (again.status_code, again.json()["status"]) == (202, "pending")
    assert send_due(endpoint.pk) == 1
    assert len(receiver.received) == 2
    busy = api.post(f"{url}/deliveries/{seen['id']}/resend")
    assert busy.status_code == 202


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "https://10.0.0.1/hook"}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "https://me:secret@example.com/"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"url": "https://example.com:99999999/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["call.exploded"]}, "events"),
        ({"events": ["webhook.test"]}, "events"),
        ({"events": "call.failed"}, "events"),
        ({"description": 121 * "x"}, "description"),
        ({"isActive": "perhaps"}, "isActive"),
    ],
)
def test_bad_input_makes_nothing(
    api: APIClient, body: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    response = api.post("/api/webhooks", body | changes)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert field in response.json()["fields"]
    assert not Endpoint.objects.exists()


ROUTES = [
    ("get", ""),
    ("put", ""),
    ("delete", ""),
    ("post", "/secret"),
    ("post", "/test"),
    ("get", "/deliveries"),
    ("post", "/deliveries/1/resend"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_anothers_does_not_exist(
    strange_api: APIClient, endpoint: Endpoint, method: str, path: str
) -> None:
    response = getattr(strange_api, method)(f"/api/webhooks/{endpoint.pk}{path}")

    assert response.status_code == 404
    assert Endpoint.objects.get().secret == endpoint.secret
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_it_takes_the_scope_to_manage(
    organization: Organization, endpoint: Endpoint, method: str, path: str
) -> None:
    reader = key_client(organization, ["read", "voice", "chat"])

    response = getattr(reader, method)(f"/api/webhooks/{endpoint.pk}{path}")

    assert response.status_code == 403


def test_there_are_only_so_many(
    api: APIClient, organization: Organization, body: dict[str, Any]
) -> None:
    Endpoint.objects.bulk_create(
        Endpoint(organization=organization, url=body["url"], events=[])
        for _ in range(20)
    )

    assert api.post("/api/webhooks", body).status_code == 409
