"""The short-lived credential of one call's signalling, and of nothing else."""

import uuid

from django.core import signing

SALT = "call-signalling"
LIFETIME_SECS = 15 * 60


def make(call_id: uuid.UUID) -> str:
    return signing.dumps(str(call_id), salt=SALT)


def is_for(token: str, call_id: uuid.UUID) -> bool:
    """Whether the token is ours, of this call, and not too old."""
    try:
        found: str = signing.loads(token, salt=SALT, max_age=LIFETIME_SECS)
    except signing.BadSignature:
        return False
    return found == str(call_id)
