"""The credential with which a carrier connects a call's sound; see docs/bot-api.md."""

import hashlib
import hmac
import time


def is_for(token: str, call_id: str, secret: str, now: float | None = None) -> bool:
    """Whether `token` is of this call and not too old: ``<expires>.<mac>``."""
    expires, _, given = token.partition(".")
    if not (secret and expires.isascii() and expires.isdigit() and len(expires) < 13):
        return False
    text = f"stream:{call_id}:{expires}"
    made = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    same = hmac.compare_digest(made.encode(), given.encode())
    return same and int(expires) >= (time.time() if now is None else now)
