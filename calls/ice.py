"""The STUN and TURN servers that browser and bot use to reach each other."""

import base64
import hashlib
import hmac
import time
from typing import Any

from django.conf import settings

CREDENTIAL_SECS = 6 * 3600


def ice_servers(name: str) -> list[dict[str, Any]]:
    """What ``RTCPeerConnection`` takes. ``name`` marks the credential in TURN's logs.

    The credential is made as in "A REST API for Access to TURN Services"
    (draft-uberti-behave-turn-rest-00), which coturn calls ``use-auth-secret``.
    """
    servers: list[dict[str, Any]] = []
    if settings.STUN_URL:
        servers.append({"urls": [settings.STUN_URL]})
    if settings.TURN_URL:
        username = f"{int(time.time()) + CREDENTIAL_SECS}:{name}"
        mac = hmac.new(settings.TURN_SECRET.encode(), username.encode(), hashlib.sha1)
        credential = base64.b64encode(mac.digest()).decode()
        servers.append(
            {
                "urls": [settings.TURN_URL],
                "username": username,
                "credential": credential,
            }
        )
    return servers
