"""A real browser, logged in as the demo's owner, that tolerates no complaint."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from launcher.browser import find
from launcher.stack import Stack

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
SIZES = {"wide": (1440, 900), "phone": (390, 844)}


class Open(Protocol):
    """Opens a page. ``axe`` lets scripts of ours look at it, past its own policy."""

    def __call__(
        self, path: str, *, dark: bool = False, size: str = "wide", axe: bool = False
    ) -> Page: ...


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find(), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def logged_in(chromium: Browser, stack: Stack) -> Any:
    """The cookies of one log-in, of which a name has ten a minute."""
    context = chromium.new_context(base_url=stack.demo["url"])
    page = context.new_page()
    page.goto("/login")
    page.fill("[name=username]", stack.demo["username"])
    page.fill("[name=password]", stack.demo["password"])
    page.click("button")
    page.wait_for_url("**/calls")
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Whatever the browser complains of, policy violations included. It fails the test
    in the end, unless the test took it out because it was to be expected."""
    found: list[str] = []
    yield found
    assert not found, found


@pytest.fixture
def open_page(
    chromium: Browser, stack: Stack, logged_in: Any, complaints: list[str]
) -> Iterator[Open]:
    contexts = []

    def open_page(
        path: str, *, dark: bool = False, size: str = "wide", axe: bool = False
    ) -> Page:
        width, height = SIZES[size]
        context = chromium.new_context(
            # Axe itself sets styles, which the page's policy forbids.
            bypass_csp=axe,
            base_url=stack.demo["url"],
            storage_state=logged_in,
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": height},
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def findings(page: Page) -> list[str]:
    """What axe finds, as rule and place."""
    page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{violation['id']}: {node['target']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
