"""A secret between the request that made it and the one page that shows it."""

import uuid

from console.pages import PageRequest

PREFIX = "shown-once-"


def keep_secret(request: PageRequest, key: uuid.UUID, secret: str) -> None:
    request.session[f"{PREFIX}{key}"] = secret


def take_secret(request: PageRequest, key: uuid.UUID) -> str:
    """The secret, if it was not shown yet; a second time there is none."""
    secret: str = request.session.pop(f"{PREFIX}{key}", "")
    return secret
