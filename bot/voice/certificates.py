"""The certificate store, read once.

Each vendor's HTTP client reads it anew, which holds up all calls of a process for some
50 ms whenever one begins.
"""

from functools import cache

import httpcore2
from httpx._transports import default as httpx_transports


def share() -> None:
    """From here on, HTTP clients that ask for nothing special share a context."""
    httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)
    names = vars(httpx_transports)
    names["create_ssl_context"] = cache(names["create_ssl_context"])
