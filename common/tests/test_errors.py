"""Whatever comes in, the answer is one shape and never a 500."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

URL = "/api/bot/heartbeat"
DEEP = "[" * 100 + "]" * 100
VERY_DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'"text"',
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"calls": ["a\\u0000b"]}',
        b'{"calls": ["\\ud800"]}',
        b'{"calls": [], "x": NaN}',
        b'{"calls": [], "x": Infinity}',
        b'{"calls": [], "x": 1e999}',
        b'{"calls": [], "x": ' + b"9" * 30 + b"}",
        b'{"calls": [], "x": ' + b"9" * 5000 + b"}",
        f'{{"calls": {DEEP}}}'.encode(),
        f'{{"calls": {VERY_DEEP}}}'.encode(),
        b'{"calls": 7}',
        b'{"calls": ["00000000-0000-0000-0000-00000000000z"]}',
    ],
)
def test_a_body_that_is_wrong_is_invalid(
    internal: APIClient, db: None, body: bytes
) -> None:
    response = internal.post(URL, data=body, content_type="application/json")

    assert response.status_code == 400
    answer = response.json()
    assert answer["code"] == "invalid"
    assert isinstance(answer["error"], str)
    assert answer["error"].endswith(".")


def test_a_body_that_is_too_large_is_refused(
    internal: APIClient, db: None, settings: Settings
) -> None:
    settings.MAX_BODY_BYTES = 1000

    response = internal.post(URL, {"calls": [], "x": "y" * 1000})

    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_validation_names_the_fields(internal: APIClient, db: None) -> None:
    assert internal.post(URL, {}).json() == {
        "error": "Some of the input is not valid.",
        "code": "invalid",
        "fields": {"calls": ["This field is required."]},
    }


@pytest.mark.parametrize(
    ("method", "url", "status", "code"),
    [
        ("get", "/api/nothing", 404, "not_found"),
        ("get", "/api/calls/not-a-uuid", 404, "not_found"),
        ("put", URL, 405, "method_not_allowed"),
        ("get", "/api/calls", 401, "unauthenticated"),
    ],
)
def test_every_error_has_a_sentence_and_a_code(
    internal: APIClient, db: None, method: str, url: str, status: int, code: str
) -> None:
    response: Any = getattr(internal, method)(url)

    assert response.status_code == status
    body = response.json()
    assert body["code"] == code
    assert body["error"]


def test_another_content_type_is_unsupported(internal: APIClient, db: None) -> None:
    response = internal.post(URL, data="a=b", content_type="text/plain")

    assert (response.status_code, response.json()["code"]) == (
        415,
        "unsupported_media_type",
    )


def test_a_database_that_is_away_is_unavailable(
    internal: APIClient, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("connection refused: 10.0.0.7")

    monkeypatch.setattr("calls.lifecycle.confirm", away)

    response = internal.post(URL, {"calls": []})

    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert "10.0.0.7" not in json.dumps(response.json())


def test_an_error_of_ours_says_nothing_of_its_inside(
    settings: Settings, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("calls.lifecycle.confirm", broken)
    client = Client(raise_request_exception=False)

    response = client.post(
        URL,
        {"calls": []},
        content_type="application/json",
        headers={"x-internal-secret": settings.INTERNAL_API_SECRET},
    )

    assert response.status_code == 500
    assert response.json() == {
        "error": "Something went wrong on our side. It has been noted.",
        "code": "server_error",
    }
