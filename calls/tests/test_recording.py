"""Recordings come and go by signed links, and players can seek in them."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from calls import recordings
from calls.models import Call, Recording
from doubles.bot import BotDouble


def path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.fixture
def recorded(
    start: Callable[..., Call],
    internal: APIClient,
    report: Callable[..., Any],
    bot: BotDouble,
    wav: bytes,
) -> Call:
    """A call whose bot has uploaded a recording and reported it."""
    call = start()
    target = bot.requests[0].body["recording"]
    response = Client().put(path(target["uploadUrl"]), wav, "audio/wav")
    assert response.status_code == 200
    body = report(recordingKey=target["key"])
    assert internal.post(f"/api/calls/{call.pk}/complete", body).status_code == 200
    call.refresh_from_db()
    return call


def listen(api: APIClient, call: Call, **headers: str) -> Any:
    url = api.get(f"/api/calls/{call.pk}").json()["recordingUrl"]
    return Client().get(path(url), headers=headers)


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_the_bot_uploads_and_a_player_plays(
    api: APIClient, recorded: Call, wav: bytes
) -> None:
    response = listen(api, recorded)

    assert response.status_code == 200
    assert response["Content-Type"] == "audio/wav"
    assert response["Accept-Ranges"] == "bytes"
    assert body_of(response) == wav


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=100-199", 100, 200),
        ("bytes=31000-", 31000, 64044),
        ("bytes=-44", 64000, 64044),
        ("bytes=32000-99999", 32000, 64044),
    ],
)
def test_a_player_seeks(
    api: APIClient, recorded: Call, wav: bytes, asked: str, first: int, end: int
) -> None:
    response = listen(api, recorded, Range=asked)

    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{end - 1}/64044"
    assert response["Content-Length"] == str(end - first)
    assert body_of(response) == wav[first:end]


def test_a_range_beyond_the_end_is_refused(api: APIClient, recorded: Call) -> None:
    assert listen(api, recorded, Range="bytes=64044-").status_code == 416


def test_a_range_that_is_none_is_passed_over(api: APIClient, recorded: Call) -> None:
    assert listen(api, recorded, Range="lines=1-2").status_code == 200


def test_the_link_is_signed_afresh_on_every_read_and_never_stored(
    api: APIClient, recorded: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = api.get(f"/api/calls/{recorded.pk}").json()["recordingUrl"]
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000)

    assert api.get(f"/api/calls/{recorded.pk}").json()["recordingUrl"] != first
    assert recorded.recording_key.endswith(f"/{recorded.pk}/call.wav")


def test_an_altered_link_is_refused(api: APIClient, recorded: Call) -> None:
    url = path(api.get(f"/api/calls/{recorded.pk}").json()["recordingUrl"])

    assert Client().get(url[:-1] + ("a" if url[-1] != "a" else "b")).status_code == 403


def test_an_expired_link_is_refused(
    api: APIClient, recorded: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = path(api.get(f"/api/calls/{recorded.pk}").json()["recordingUrl"])
    monkeypatch.setattr(time, "time", lambda: 4_000_000_000)

    assert Client().get(url).status_code == 403


def test_a_listening_link_is_no_uploading_link(
    api: APIClient, recorded: Call, wav: bytes
) -> None:
    url = path(api.get(f"/api/calls/{recorded.pk}").json()["recordingUrl"])

    assert Client().put(url, wav, "audio/wav").status_code == 403


@pytest.mark.parametrize("body", [b"", b"RIFFxxxxWAV", b"<html>not audio</html>"])
def test_what_is_no_wav_is_refused_and_leaves_nothing(
    start: Callable[..., Call], settings: Settings, body: bytes
) -> None:
    target = recordings.upload_target(start())

    assert Client().put(path(target["uploadUrl"]), body).status_code == 400
    assert not [f for f in settings.RECORDINGS_DIR.rglob("*") if f.is_file()]


def test_a_recording_that_is_too_large_is_refused(
    start: Callable[..., Call], settings: Settings, wav: bytes
) -> None:
    settings.MAX_RECORDING_BYTES = 1000
    target = recordings.upload_target(start())

    response = Client().put(path(target["uploadUrl"]), wav)

    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_a_recording_may_come_after_the_report(
    start: Callable[..., Call],
    internal: APIClient,
    report: Callable[..., Any],
    bot: BotDouble,
) -> None:
    call = start()
    internal.post(f"/api/calls/{call.pk}/complete", report())
    key = bot.requests[0].body["recording"]["key"]

    body = internal.post(
        f"/api/calls/{call.pk}/complete", report(recordingKey=key)
    ).json()

    assert body["hasRecording"] is True


def test_a_fresh_upload_link_is_to_be_had(
    start: Callable[..., Call], internal: APIClient, wav: bytes
) -> None:
    call = start()

    target = internal.post(f"/api/calls/{call.pk}/upload-url").json()

    assert target["key"] == recordings.key_of(call)
    assert Client().put(path(target["uploadUrl"]), wav).status_code == 200


def test_peaks_and_length_are_found_out_once(recorded: Call) -> None:
    assert recordings.inspect_new() == 1
    assert recordings.inspect_new() == 0

    found = Recording.objects.get(call=recorded)
    assert (found.channels, found.sample_rate) == (2, 8000)
    assert (found.duration_secs, found.bytes) == (2.0, 64044)
    left, right = found.peaks
    assert set(left) == {0.5}
    assert set(right) == {0.25}
    assert len(left) == 800


def test_a_call_without_a_recording_says_so(
    api: APIClient, start: Callable[..., Call]
) -> None:
    body = api.get(f"/api/calls/{start().pk}").json()

    assert (body["recordingUrl"], body["hasRecording"]) == (None, False)
