"""Remembers messages for as long as a carrier may bring them again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone

from common.errors import OperationError
from telephony.models import SeenMessage

KEPT = timedelta(days=8)


@contextmanager
def once(message_id: str) -> Iterator[bool]:
    """Whether this is the first time. Where what is done with the message fails, the
    next time is the first again."""
    _, is_new = SeenMessage.objects.get_or_create(pk=message_id)
    if is_new:
        SeenMessage.objects.filter(seen_at__lt=timezone.now() - KEPT).delete()
    try:
        yield is_new
    except OperationError:
        if is_new:
            SeenMessage.objects.filter(pk=message_id).delete()
        raise
