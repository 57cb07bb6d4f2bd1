"""Recordings in an S3 store that checks signatures, as the folder has them."""

import io
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from rest_framework.test import APIClient

from calls import recordings
from calls.models import Call, Recording
from calls.stores import CONTENT_TYPE, S3Store
from calls.tests.conftest import stereo
from doubles.bot import BotDouble
from launcher.s3 import ObjectStore


def put(url: str, body: bytes) -> httpx.Response:
    return httpx.put(url, content=body, headers={"content-type": CONTENT_TYPE})


@pytest.fixture
def upload_url(s3: S3Store, start: Callable[..., Call], bot: BotDouble) -> str:
    """Where the bot of a call was told to put its recording."""
    start()
    url: str = bot.requests[0].body["recording"]["uploadUrl"]
    return url


@pytest.fixture
def recorded(
    upload_url: str,
    internal: APIClient,
    report: Callable[..., Any],
    bot: BotDouble,
    wav: bytes,
) -> Call:
    """A call whose bot has uploaded a recording and reported it."""
    assert put(upload_url, wav).status_code == 200
    call = Call.objects.get()
    body = report(recordingKey=bot.requests[0].body["recording"]["key"])
    reply = internal.post(f"/api/calls/{call.pk}/complete", body)
    assert reply.status_code == 200
    call.refresh_from_db()
    return call


def listen_url(api: APIClient, call: Call) -> str:
    url: str = api.get(f"/api/calls/{call.pk}").json()["recordingUrl"]
    return url


def test_the_bot_uploads_without_a_key_and_a_player_plays(
    api: APIClient, recorded: Call, wav: bytes
) -> None:
    assert httpx.get(listen_url(api, recorded)).content == wav


def test_a_player_seeks(api: APIClient, recorded: Call, wav: bytes) -> None:
    part = {"range": "bytes=1000-1999"}

    reply = httpx.get(listen_url(api, recorded), headers=part)

    assert reply.status_code == 206
    assert reply.content == wav[1000:2000]
    assert reply.headers["content-range"] == f"bytes 1000-1999/{len(wav)}"


def test_an_altered_link_is_refused(
    api: APIClient, recorded: Call, upload_url: str
) -> None:
    other = str(recorded.pk).replace("-", "")
    listen = listen_url(api, recorded)

    assert httpx.get(listen.replace("call.wav", "other.wav")).status_code == 403
    assert httpx.get(f"{listen[:-4]}{other[:4]}").status_code == 403
    assert put(upload_url.replace("call.wav", "x.wav"), b"x").status_code == 403
    assert put(listen, b"x").status_code == 403


def test_an_expired_link_is_refused(s3: S3Store, recorded: Call) -> None:
    url = s3.listen_url(recorded.recording_key, 1)
    deadline = time.monotonic() + 30

    while (reply := httpx.get(url)).status_code != 403 and time.monotonic() < deadline:
        time.sleep(0.2)

    assert reply.status_code == 403


def test_browsers_are_sent_to_the_public_host(
    api: APIClient, recorded: Call, settings: Settings, object_store: ObjectStore
) -> None:
    public = object_store.url.replace("127.0.0.1", "localhost")
    settings.MINIO_PUBLIC_ENDPOINT = public
    recordings.store.cache_clear()

    url = listen_url(api, recorded)

    assert url.startswith(f"{public}/")
    assert httpx.get(url).status_code == 200
    target = recordings.upload_target(recorded)["uploadUrl"]
    assert urlsplit(target).netloc == urlsplit(object_store.url).netloc


def test_the_database_keeps_the_key_and_no_link(recorded: Call) -> None:
    day = recorded.started_at.strftime("%Y/%m/%d")

    assert recorded.recording_key == (
        f"{recorded.organization_id}/{day}/{recorded.pk}/call.wav"
    )


def test_a_download_bears_a_name(recorded: Call) -> None:
    url = recordings.listen_url(recorded, download=True)

    assert url
    assert httpx.get(url).headers["content-disposition"] == (
        f'attachment; filename="call-{recorded.pk}.wav"'
    )


def test_peaks_are_found_out_from_the_store(recorded: Call) -> None:
    assert recordings.inspect_new() == 1

    found = Recording.objects.get()
    assert (found.duration_secs, found.channels) == (2, 2)
    assert [round(max(side), 2) for side in found.peaks] == [0.5, 0.25]


def test_a_recording_that_is_gone_says_so(s3: S3Store, recorded: Call) -> None:
    s3.delete(recorded.recording_key)

    assert recordings.inspect(recorded) is False
    with pytest.raises(FileNotFoundError):
        s3.open(recorded.recording_key)


def test_the_storage_is_set_up_as_often_as_one_likes(
    s3: S3Store, settings: Settings
) -> None:
    settings.MINIO_BUCKET = "made-by-the-command"
    said = io.StringIO()

    call_command("setup_storage", stdout=said)
    call_command("setup_storage", stdout=said)

    lines = said.getvalue().splitlines()
    assert lines[0] == "The bucket made-by-the-command was made."
    assert "The bucket made-by-the-command was there." in lines
    assert lines[-1] == "A test object was stored."
    assert put(s3.upload_url("a/b.wav", 60), stereo(0.1, 1, 1)).status_code == 200


def test_a_store_that_is_away_is_told_in_one_line(
    s3: S3Store, settings: Settings
) -> None:
    settings.MINIO_ENDPOINT = "http://127.0.0.1:9"
    recordings.store.cache_clear()

    with pytest.raises(CommandError, match=r"^The store cannot be used: "):
        call_command("setup_storage")
