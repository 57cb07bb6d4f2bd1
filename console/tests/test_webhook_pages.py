"""Webhooks on their pages: added, tested, edited, seen, sent again, removed."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from console.tests.conftest import at_browser
from doubles.receiver import Receiver
from orgs.models import Organization
from webhooks.models import CALL_EVENTS, Delivery, Endpoint
from webhooks.outbox import send_test
from webhooks.sending import send_due
from webhooks.tests.conftest import receiver

__all__ = ["receiver"]


@pytest.fixture
def endpoint(organization: Organization, receiver: Receiver) -> Endpoint:
    return Endpoint.objects.create(
        organization=organization, url=receiver.url, events=list(CALL_EVENTS)
    )


def test_one_is_added_and_its_secret_seen_once(
    browser: Client, receiver: Receiver
) -> None:
    body = {"url": receiver.url, "events": ["call.failed"], "is_active": "on"}

    page = browser.post("/webhooks", body, follow=True).content.decode()

    endpoint = Endpoint.objects.get()
    assert (endpoint.events, endpoint.is_active) == (["call.failed"], True)
    assert endpoint.secret in page
    again = browser.get(f"/webhooks/{endpoint.pk}").content.decode()
    assert endpoint.secret not in again
    assert receiver.url in browser.get("/webhooks").content.decode()


@pytest.mark.parametrize(
    "changes", [{"url": "http://10.0.0.1/"}, {"url": ""}, {"events": []}]
)
def test_what_cannot_be_is_said_beside_its_field(
    browser: Client, receiver: Receiver, changes: dict[str, object]
) -> None:
    body = {"url": receiver.url, "events": ["call.failed"]} | changes

    response = browser.post("/webhooks", body)

    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert not Endpoint.objects.exists()


def test_it_is_changed_and_switched_off(browser: Client, endpoint: Endpoint) -> None:
    body = {"url": endpoint.url, "events": ["call.started"], "description": "CRM"}

    browser.post(f"/webhooks/{endpoint.pk}", body)

    endpoint.refresh_from_db()
    assert (endpoint.description, endpoint.is_active) == ("CRM", False)


def test_a_test_is_sent_seen_and_sent_again(
    browser: Client, endpoint: Endpoint, receiver: Receiver
) -> None:
    url = f"/webhooks/{endpoint.pk}"
    receiver.answer = b"<script>alert(1)</script>"
    browser.post(f"{url}/test")
    send_due(endpoint.pk)

    for path in (url, f"{url}/deliveries"):
        page = browser.get(path).content.decode()
        assert "HTTP 200" in page
        assert "&lt;script&gt;" in page
        assert "<script>" not in page
        assert "Delivered" in page
    delivery = Delivery.objects.get()
    browser.post(f"{url}/deliveries/{delivery.pk}/again")
    assert send_due(endpoint.pk) == 1
    assert len(receiver.received) == 2


def test_a_new_secret_is_seen_once(browser: Client, endpoint: Endpoint) -> None:
    page = browser.post(f"/webhooks/{endpoint.pk}/secret", follow=True)

    before, endpoint = endpoint.secret, Endpoint.objects.get()
    assert endpoint.secret != before
    assert endpoint.secret in page.content.decode()


def test_many_deliveries_have_pages_of_their_own(
    browser: Client, endpoint: Endpoint
) -> None:
    for _ in range(60):
        send_test(endpoint)

    page = browser.get(f"/webhooks/{endpoint.pk}").content.decode()

    older = re.search(r'href="([^"]*cursor=[^"]*)"', page)
    assert older
    rest = browser.get(older.group(1).replace("&amp;", "&")).content.decode()
    assert rest.count("webhook.test") == 10
    assert "<live-region" not in rest


def test_it_is_removed(browser: Client, endpoint: Endpoint) -> None:
    browser.post(f"/webhooks/{endpoint.pk}/remove")

    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("path", ["", "/deliveries", "/secret", "/test", "/remove"])
def test_neither_members_nor_strangers_get_there(
    member: User, stranger: User, endpoint: Endpoint, path: str
) -> None:
    method = "get" if path in ("", "/deliveries") else "post"
    url = f"/webhooks/{endpoint.pk}{path}"

    assert getattr(at_browser(member), method)(url).status_code == 403
    assert getattr(at_browser(stranger), method)(url).status_code == 404
    assert getattr(Client(), method)(url).status_code == 302
    assert Endpoint.objects.get().secret == endpoint.secret


def test_the_menu_leads_there_for_those_who_manage(
    browser: Client, member: User
) -> None:
    assert 'href="/webhooks"' in browser.get("/webhooks").content.decode()
    page = at_browser(member).get("/calls").content.decode()
    assert 'href="/webhooks"' not in page
    assert 'href="/keys"' not in page
