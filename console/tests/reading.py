"""Pages as people read them."""

import re

from django.test import Client


def html_of(browser: Client, url: str) -> str:
    response = browser.get(url)
    assert response.status_code == 200
    return response.content.decode()


def words(html: str) -> str:
    """What is written there, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
