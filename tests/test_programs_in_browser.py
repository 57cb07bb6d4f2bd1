"""Webhooks and API keys in a real browser: usable by all, on every screen."""

import pytest

from tests.browsing import SIZES, Open, findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Public, so that it is taken; nothing is sent to it here.
ADDRESS = "https://1.1.1.1/hook"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_nothing_keeps_people_from_using_these_pages(
    open_page: Open, dark: bool, size: str
) -> None:
    page = open_page("/webhooks", dark=dark, size=size, axe=True)

    def check() -> None:
        assert findings(page) == [], page.url
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide == SIZES[size][0], page.url

    check()
    page.fill("[name=url]", ADDRESS)
    page.fill("[name=description]", "Our CRM, which keeps who called and why")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/webhooks/*-*")
    assert page.locator(".secret code").inner_text().startswith("whsec_")
    check()
    page.goto("/keys")
    check()
    page.fill("[name=name]", "Shop")
    page.get_by_label("Chat").check()
    page.fill("[name=allowed_origins]", "shop.example.com")
    page.get_by_role("button", name="Make it").click()
    page.wait_for_selector(".secret code")
    check()
    page.get_by_role("link", name="Shop").first.click()
    page.wait_for_url("**/keys/*-*")
    check()


def test_an_endpoint_is_removed_after_asking(open_page: Open) -> None:
    page = open_page("/webhooks")
    page.fill("[name=url]", ADDRESS)
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/webhooks/*-*")

    page.get_by_role("button", name="Remove").first.click()
    page.locator("dialog[open]").get_by_role("button", name="Remove").click()

    page.wait_for_url("**/webhooks")
    assert page.get_by_text("The endpoint was removed.").is_visible()
