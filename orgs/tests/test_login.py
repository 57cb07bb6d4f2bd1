"""Who guesses passwords is made to wait, on the page and in the admin alike."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from common import throttling

PASSWORD = "a long pass phrase"


@pytest.fixture(autouse=True)
def _one_minute(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """No minute ends in the middle of a test."""
    settings.LOGIN_ATTEMPTS_PER_MINUTE = 3
    monkeypatch.setattr(throttling, "WINDOW_SECS", 10**12)


def attempt(path: str, name: str, password: str, address: str = "10.0.0.1") -> Any:
    body = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post(path, body)


@pytest.mark.parametrize("path", ["/login", "/admin/login/"])
def test_after_some_guesses_even_the_password_does_not_let_in(
    path: str, db: None
) -> None:
    User.objects.create_superuser("asha", password=PASSWORD)
    for number in range(3):
        attempt(path, "asha", "guess", f"10.0.0.{number}")

    refused = attempt(path, "Asha", PASSWORD)

    assert refused.status_code == 200
    assert "Too many attempts. Please wait" in refused.content.decode()


def test_others_are_not_kept_out(owner: User) -> None:
    for _ in range(4):
        attempt("/login", "somebody", "guess")

    assert attempt("/login", "owner", PASSWORD, "10.0.0.2").status_code == 302


def test_an_address_that_tries_many_names_has_to_wait(owner: User) -> None:
    for number in range(9):
        attempt("/login", f"name-{number}", "guess")

    refused = attempt("/login", "owner", PASSWORD)

    assert "Too many attempts" in refused.content.decode()
    assert attempt("/login", "owner", PASSWORD, "10.0.0.2").status_code == 302


def test_the_form_says_when_name_and_password_do_not_match(owner: User) -> None:
    shown = attempt("/login", "owner", "wrong").content.decode()

    assert "do not match" in shown
