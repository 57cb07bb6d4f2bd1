"""The page of the API's documents works under the strict policy of all pages."""

import pytest
from playwright.sync_api import sync_playwright

from launcher.browser import find
from launcher.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("scheme", "width", "background"),
    [("light", 1440, "rgb(255, 255, 255)"), ("dark", 390, "rgb(28, 32, 34)")],
)
def test_a_route_is_opened_and_tried_without_a_violation(
    stack: Stack, scheme: str, width: int, background: str
) -> None:
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find(), args=["--no-sandbox"]
        )
        page = browser.new_page(
            base_url=stack.demo["url"],
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 900},
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))

        answer = page.goto("/api/docs")
        assert answer
        policy = answer.headers["content-security-policy"]
        route = page.locator("#operations-health-health")
        route.locator("button").first.click()
        route.get_by_role("button", name="Try it out").click()
        route.get_by_role("button", name="Execute").click()
        status = route.locator(".live-responses-table tbody .response-col_status").first
        status.wait_for()
        text = status.inner_text()
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        wide = page.evaluate("document.documentElement.scrollWidth")
        browser.close()

    assert "unsafe" not in policy
    assert text.startswith("200")
    assert color == background
    assert wide <= width
    assert complaints == []
