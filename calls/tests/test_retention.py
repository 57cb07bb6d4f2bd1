"""Recordings are kept as long as agreed, in every store, and never without a call."""

import io
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from calls import recordings, retention
from calls.models import Call, Recording
from calls.stores import LocalStore, S3Store
from calls.tests.conftest import stereo

OLD = timedelta(days=91)


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest) -> LocalStore | S3Store:
    if request.param == "s3":
        request.getfixturevalue("s3")
    return recordings.store()


@pytest.fixture
def recorded(store: LocalStore | S3Store, start: Callable[..., Call]) -> Any:
    """Makes a call of some age that has a recording."""

    def recorded(age: timedelta = timedelta(0)) -> Call:
        call = start()
        call.started_at = timezone.now() - age
        call.recording_key = recordings.key_of(call)
        call.save(update_fields=["started_at", "recording_key"])
        keep(store, call.recording_key)
        assert recordings.inspect(call)
        return call

    return recorded


def keep(store: LocalStore | S3Store, key: str, body: bytes = b"") -> None:
    store.save(key, io.BytesIO(body or stereo(0.1, 1000, 1000)))


def keys(store: LocalStore | S3Store) -> set[str]:
    return {stored.key for stored in store.listing()}


def test_an_old_recording_goes_and_its_call_stays(
    store: LocalStore | S3Store, recorded: Callable[..., Call]
) -> None:
    old, young = recorded(OLD), recorded(timedelta(days=89))

    assert retention.expire() == 1

    assert keys(store) == {young.recording_key}
    assert list(Recording.objects.values_list("call", flat=True)) == [young.pk]
    old.refresh_from_db()
    assert old.recording_key == ""
    assert recordings.listen_url(old) is None


def test_the_days_are_those_of_the_setting(
    recorded: Callable[..., Call], settings: Settings
) -> None:
    recorded(OLD)
    settings.RECORDING_RETENTION_DAYS = 365

    assert retention.expire() == 0


def test_a_recording_that_the_store_removed_itself_is_cleared_too(
    store: LocalStore | S3Store, recorded: Callable[..., Call]
) -> None:
    old = recorded(OLD)
    store.delete(old.recording_key)

    assert retention.expire() == 1
    old.refresh_from_db()
    assert old.recording_key == ""


def test_the_recording_of_a_deleted_call_is_removed(
    store: LocalStore | S3Store, recorded: Callable[..., Call]
) -> None:
    kept, deleted = recorded(), recorded()
    Call.objects.filter(pk=deleted.pk).delete()
    soon, later = timezone.now(), timezone.now() + timedelta(days=2)

    assert retention.remove_orphans(soon) == 0, "it may belong to a call to come"
    assert retention.remove_orphans(later) == 1

    assert keys(store) == {kept.recording_key}


def test_what_others_put_there_stays(store: LocalStore | S3Store) -> None:
    keep(store, "somebody/else/notes.txt", b"notes")

    assert retention.remove_orphans(timezone.now() + timedelta(days=400)) == 0
    assert keys(store) == {"somebody/else/notes.txt"}


def test_an_empty_folder_goes_with_its_last_recording(
    recorded: Callable[..., Call], settings: Settings
) -> None:
    recorded(OLD)

    retention.expire()

    if settings.MINIO_ENDPOINT == "":
        assert os.listdir(settings.RECORDINGS_DIR) == []
