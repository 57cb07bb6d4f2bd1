"""The bucket removes old recordings itself, where the store has rules for that."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from calls import bucket, recordings
from calls.stores import S3Store

OTHERS = {
    "ID": "theirs",
    "Status": "Enabled",
    "Filter": {"Prefix": "exports/"},
    "Expiration": {"Days": 7},
}


@pytest.fixture
def store(settings: Settings) -> Iterator[S3Store]:
    """A store that has lifecycle rules; it checks no signatures."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings.MINIO_ENDPOINT = settings.MINIO_PUBLIC_ENDPOINT = f"http://{host}:{port}"
    settings.MINIO_ACCESS_KEY, settings.MINIO_SECRET_KEY = "key", "secret"
    recordings.store.cache_clear()
    store = recordings.store()
    assert isinstance(store, S3Store)
    yield store
    recordings.store.cache_clear()
    server.stop()


def rules(store: S3Store) -> dict[str, Any]:
    return {rule["ID"]: rule for rule in bucket.rules_of(store)}


def test_recordings_expire_after_the_days_of_the_setting(store: S3Store) -> None:
    said = bucket.prepare(store)

    rule = rules(store)[bucket.RULE]
    assert rule["Status"] == "Enabled"
    assert rule["Expiration"]["Days"] == 90
    assert "The store removes recordings after 90 days." in said


def test_a_change_of_the_setting_changes_the_rule(
    store: S3Store, settings: Settings
) -> None:
    bucket.prepare(store)
    settings.RECORDING_RETENTION_DAYS = 30

    bucket.prepare(store)

    assert rules(store)[bucket.RULE]["Expiration"]["Days"] == 30


def test_rules_of_others_stay(store: S3Store) -> None:
    bucket.make_bucket(store)
    store.client.put_bucket_lifecycle_configuration(
        Bucket="osmtalk-recordings", LifecycleConfiguration={"Rules": [OTHERS]}
    )

    bucket.prepare(store)

    assert set(rules(store)) == {"theirs", bucket.RULE}
