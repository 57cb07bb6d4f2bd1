"""API keys on their page: made, shown once, limited, switched off."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from console.tests.conftest import at_browser
from orgs.models import ApiKey

KEY = {"name": "Shop", "scopes": ["read", "chat"]}


def secret_in(html: str) -> str:
    found = re.search(r"<code>(osm_[A-Za-z0-9_-]{43})</code>", html)
    assert found
    return found.group(1)


def test_a_key_is_made_shown_once_and_works(browser: Client) -> None:
    page = browser.post("/keys", KEY, follow=True).content.decode()

    secret = secret_in(page)
    program = APIClient(headers={"x-api-key": secret})
    assert program.get("/api/calls").status_code == 200
    again = browser.get("/keys").content.decode()
    assert secret not in again
    assert ApiKey.objects.get().shown in again
    assert "never" not in again


def test_it_may_do_what_it_is_for_and_no_more(browser: Client) -> None:
    body = {"name": "Chat", "scopes": ["chat"]}
    secret = secret_in(browser.post("/keys", body, follow=True).content.decode())

    program = APIClient(headers={"x-api-key": secret})

    assert program.get("/api/calls").status_code == 403


def test_it_works_from_the_hosts_that_it_allows(browser: Client) -> None:
    body = KEY | {"allowed_origins": "https://Shop.example.com:8443/x\nb.example.com"}
    secret = secret_in(browser.post("/keys", body, follow=True).content.decode())
    assert ApiKey.objects.get().allowed_origins == [
        "shop.example.com",
        "b.example.com",
    ]

    def asked_from(origin: str) -> int:
        headers = {"x-api-key": secret, "Origin": origin}
        return APIClient(headers=headers).get("/api/calls").status_code

    assert asked_from("https://shop.example.com") == 200
    assert asked_from("https://evil.example.net") == 403


def test_it_is_switched_off_at_once_and_on_again(browser: Client) -> None:
    secret = secret_in(browser.post("/keys", KEY, follow=True).content.decode())
    program = APIClient(headers={"x-api-key": secret})
    key = ApiKey.objects.get()

    browser.post(f"/keys/{key.pk}/switch", {"on": "0"})
    assert program.get("/api/calls").status_code == 401

    browser.post(f"/keys/{key.pk}/switch", {"on": "1"})
    assert program.get("/api/calls").status_code == 200


def test_what_it_may_do_is_changed(browser: Client) -> None:
    secret = secret_in(browser.post("/keys", KEY, follow=True).content.decode())
    key = ApiKey.objects.get()

    browser.post(f"/keys/{key.pk}", {"name": "Renamed", "scopes": ["voice"]})

    key.refresh_from_db()
    assert (key.name, key.scopes) == ("Renamed", ["voice"])
    program = APIClient(headers={"x-api-key": secret})
    assert program.get("/api/calls").status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": 81 * "x"},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"allowed_origins": "not a host!"},
    ],
)
def test_bad_input_makes_no_key(browser: Client, changes: dict[str, object]) -> None:
    response = browser.post("/keys", KEY | changes)

    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert not ApiKey.objects.exists()


def test_neither_members_nor_strangers_get_there(
    browser: Client, member: User, stranger: User
) -> None:
    browser.post("/keys", KEY)
    key = ApiKey.objects.get()

    assert at_browser(member).get("/keys").status_code == 403
    assert at_browser(member).post("/keys", KEY).status_code == 403
    assert at_browser(stranger).get(f"/keys/{key.pk}").status_code == 404
    gone = at_browser(stranger).post(f"/keys/{key.pk}/switch", {"on": "0"})
    assert gone.status_code == 404
    assert Client().get("/keys").status_code == 302
    assert ApiKey.objects.get().is_active


def test_staff_make_one_in_the_admin_too(admin_client: Client, operator: User) -> None:
    organization = operator.memberships.get().organization
    body = KEY | {
        "organization": str(organization.pk),
        "allowed_origins": "",
        "is_active": "on",
    }

    page = admin_client.post("/admin/orgs/apikey/add/", body, follow=True)

    found = re.search(r"osm_[A-Za-z0-9_-]{43}", page.content.decode())
    assert found
    program = APIClient(headers={"x-api-key": found.group(0)})
    assert program.get("/api/calls").status_code == 200
