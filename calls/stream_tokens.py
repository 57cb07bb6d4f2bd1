"""The credential with which a carrier connects a call's sound to its bot: made here,
checked by the bot, which shares the internal secret. See docs/bot-api.md."""

import hashlib
import hmac
import time
from urllib.parse import urlsplit

from django.conf import settings

from calls.models import Call

# A carrier connects as soon as it has been told where.
LIFETIME_SECS = 120


def make(call_id: object, now: float | None = None) -> str:
    """``<expires>.<mac>``: good for this call's sound alone, until it expires."""
    expires = int(time.time() if now is None else now) + LIFETIME_SECS
    text = f"stream:{call_id}:{expires}"
    key = settings.INTERNAL_API_SECRET.encode()
    return f"{expires}.{hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"


def stream_url(call: Call) -> str:
    """Where the carrier connects the call's sound to."""
    bot = urlsplit(call.bot_url)
    scheme = "wss" if bot.scheme == "https" else "ws"
    base = settings.BOT_STREAM_URL or f"{scheme}://{{host}}"
    base = base.replace("{host}", bot.netloc)
    return f"{base}/calls/{call.pk}/stream?token={make(call.pk)}"
