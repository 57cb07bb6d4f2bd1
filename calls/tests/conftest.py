"""A store that checks signatures, for the tests of recordings."""

import io
import tempfile
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from calls import bucket, recordings
from calls.stores import S3Store
from launcher.s3 import ObjectStore


def stereo(seconds: float, left: int, right: int) -> bytes:
    """A WAV whose channels are square waves of these heights."""
    rate = 8000
    frames = array("h")
    for i in range(int(seconds * rate)):
        sign = 1 if i // 10 % 2 else -1
        frames.extend((sign * left, sign * right))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(frames.tobytes())
    return out.getvalue()


@pytest.fixture
def wav() -> bytes:
    return stereo(2, 16384, 8192)


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """An S3 server, with what it keeps on disk."""
    with tempfile.TemporaryDirectory(prefix="osmtalk-s3-") as folder:
        server = ObjectStore(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def s3(object_store: ObjectStore, settings: Settings) -> Iterator[S3Store]:
    """Recordings are kept in a bucket, which is there."""
    settings.MINIO_ENDPOINT = object_store.url
    settings.MINIO_PUBLIC_ENDPOINT = object_store.url
    settings.MINIO_ACCESS_KEY = object_store.access_key
    settings.MINIO_SECRET_KEY = object_store.secret_key
    recordings.store.cache_clear()
    store = recordings.store()
    assert isinstance(store, S3Store)
    bucket.make_bucket(store)
    yield store
    for stored in store.listing():
        store.delete(stored.key)
    recordings.store.cache_clear()
