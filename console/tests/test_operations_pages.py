"""Live, Capacity and Status stand in the frame, under the strict policy."""

import re

import pytest
from django.test import Client

from console.tests.reading import html_of

PAGES = ["/live", "/capacity", "/status"]


@pytest.mark.parametrize("url", PAGES)
def test_a_page_opens_with_one_heading_and_a_strict_policy(
    browser: Client, url: str
) -> None:
    response = browser.get(url)

    html = response.content.decode()
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert " style=" not in html
    assert not re.search(r"<script(?![^>]*src=)", html)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("url", PAGES)
def test_the_menu_leads_to_it_and_marks_it(browser: Client, url: str) -> None:
    assert f'href="{url}"' in html_of(browser, "/calls")
    assert re.search(rf'href="{url}" aria-current="page"', html_of(browser, url))
