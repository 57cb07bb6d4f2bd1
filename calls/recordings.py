"""Where recordings are kept, and the links by which they come and go.

The database keeps an object's key, never a URL: links are signed when they are asked
for, and expire.
"""

import logging
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.utils import timezone

from calls.models import Call, Recording
from calls.stores import LocalStore, S3Store
from calls.waveform import read_waveform
from common.errors import Invalid

logger = logging.getLogger(__name__)

UPLOAD_SECS = 24 * 3600
LISTEN_SECS = 3600
# organization/year/month/day/call/call.wav
KEY_PARTS, FILE_NAME = 6, "call.wav"


@cache
def store() -> LocalStore | S3Store:
    """The S3 server of ``MINIO_ENDPOINT``, or a folder where none is set."""
    return S3Store() if settings.MINIO_ENDPOINT else LocalStore()


def key_of(call: Call) -> str:
    """The one key that the call's recording may have."""
    day = call.started_at.strftime("%Y/%m/%d")
    return f"{call.organization_id}/{day}/{call.pk}/{FILE_NAME}"


def upload_target(call: Call) -> dict[str, str]:
    """Where the bot puts the recording: it holds no storage keys of its own."""
    key = key_of(call)
    return {"key": key, "uploadUrl": store().upload_url(key, UPLOAD_SECS)}


def listen_url(call: Call, *, download: bool = False) -> str | None:
    """A link to the recording, good for an hour; ``None`` if there is none."""
    if not call.recording_key:
        return None
    name = f"call-{call.pk}.wav" if download else ""
    return store().listen_url(call.recording_key, LISTEN_SECS, name)


def inspect(call: Call) -> bool:
    """Find out what the call's recording holds, and keep it; ``False`` if the store
    does not have it."""
    try:
        with store().open(call.recording_key) as file:
            waveform = read_waveform(file)
            size = file.seek(0, 2)
    except FileNotFoundError:
        return False
    Recording.objects.update_or_create(
        call=call,
        defaults={
            "bytes": size,
            "duration_secs": waveform.duration_secs,
            "sample_rate": waveform.sample_rate,
            "channels": waveform.channels,
            "peaks": waveform.peaks,
        },
    )
    return True


def inspect_new(limit: int = 100) -> int:
    """Inspect recordings of the last day that were not inspected; answers how many."""
    since = timezone.now() - timedelta(days=1)
    calls = Call.objects.filter(reported_at__gte=since, recording__isnull=True)
    done = 0
    for call in calls.exclude(recording_key="").order_by("reported_at")[:limit]:
        try:
            done += inspect(call)
        except Invalid as error:
            logger.warning(
                "Recording cannot be read",
                extra={"callId": str(call.pk), "reason": error.message},
            )
    return done
