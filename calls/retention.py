"""Removes recordings that are too old, and those whose call is gone."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.utils import timezone

from calls import recordings
from calls.models import Call, Recording
from calls.stores import Stored

BATCH = 500
# An object of this age whose call is not in the database never had one, or it was
# deleted: calls are saved before their bot learns where to put the recording.
ORPHAN_AFTER = timedelta(days=1)


def expire(now: datetime | None = None) -> int:
    """Remove recordings of calls that began ``RECORDING_RETENTION_DAYS`` ago, and what
    is known of them. Where the store removes them itself, this clears the keys."""
    cutoff = cutoff_at(now)
    removed = 0
    while True:
        old = Call.objects.filter(started_at__lt=cutoff).exclude(recording_key="")
        batch = list(old.order_by("started_at").only("recording_key")[:BATCH])
        for call in batch:
            recordings.store().delete(call.recording_key)
        forget(call.pk for call in batch)
        removed += len(batch)
        if len(batch) < BATCH:
            return removed


def forget(call_ids: Iterable[uuid.UUID]) -> None:
    """Let calls have no recording any more."""
    pks = list(call_ids)
    Recording.objects.filter(call__in=pks).delete()
    Call.objects.filter(pk__in=pks).update(recording_key="")


def remove_orphans(now: datetime | None = None) -> int:
    """Remove objects that belong to no call, or that came too long ago, as those do
    that were uploaded and never reported. What osmTalk did not put there stays."""
    cutoff = cutoff_at(now)
    settled = (now or timezone.now()) - ORPHAN_AFTER
    store = recordings.store()
    removed = 0
    for batch in batches(item for item in store.listing() if item.at < settled):
        ids = {item.key: call_id_of(item.key) for item in batch}
        asked = [pk for pk in ids.values() if pk]
        known = set(Call.objects.filter(pk__in=asked).values_list("pk", flat=True))
        for item in batch:
            pk = ids[item.key]
            if pk and (pk not in known or item.at < cutoff):
                store.delete(item.key)
                removed += 1
    return removed


def cutoff_at(now: datetime | None) -> datetime:
    days = timedelta(days=settings.RECORDING_RETENTION_DAYS)
    return (now or timezone.now()) - days


def call_id_of(key: str) -> uuid.UUID | None:
    """The call that a key is for; ``None`` if it is no recording's key."""
    parts = key.split("/")
    if len(parts) != recordings.KEY_PARTS or parts[-1] != recordings.FILE_NAME:
        return None
    try:
        return uuid.UUID(parts[-2])
    except ValueError:
        return None


def batches(items: Iterable[Stored]) -> Iterator[list[Stored]]:
    found = iter(items)
    while batch := list(islice(found, BATCH)):
        yield batch
