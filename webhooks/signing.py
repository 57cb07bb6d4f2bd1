"""How a receiver knows that a request is ours, and not an old one. Pure."""

import hashlib
import hmac
import json
from typing import Any

SIGNATURE, TIMESTAMP = "X-OsmTalk-Signature", "X-OsmTalk-Timestamp"


def encode(payload: dict[str, Any]) -> bytes:
    """The body, byte by byte what is signed."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """``sha256=`` and the HMAC of ``<timestamp>.<body>``, the time in Unix seconds."""
    signed = str(timestamp).encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
