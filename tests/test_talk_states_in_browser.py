"""What the talk page and the widget say of a call that does not go well."""

from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from launcher.stack import Stack
from tests.browsing import SIZES, Open, findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BUSY = "All voice agents are currently busy. Please try again in a moment."
# A microphone that hears nothing, and one that does not open.
SILENT = """
    navigator.mediaDevices.getUserMedia = async () =>
        new AudioContext().createMediaStreamDestination().stream;
"""
FAILING = """
    navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException("", "%s");
    };
"""


def talk(open_page: Open, stack: Stack, script: str, **looks: Any) -> Page:
    """The talk page with such a microphone."""
    page = open_page("/agents", **looks)
    page.add_init_script(script)
    page.goto(f"/agents/{stack.demo['agentId']}/talk")
    return page


def call(page: Page) -> None:
    page.get_by_role("button", name="Talk to it").click()


def answer(page: Page, status: int, **body: str) -> None:
    """Have the server answer so when a call is asked for."""

    def fulfill(route: Route) -> None:
        route.fulfill(status=status, json=body)

    page.route("**/connect", fulfill)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("NotAllowedError", "The microphone is not allowed."),
        ("NotFoundError", "There is no microphone."),
        ("NotReadableError", "Another program may be using it."),
        ("OverconstrainedError", "This microphone is not there any more."),
    ],
)
def test_a_microphone_that_does_not_open_is_explained(
    open_page: Open, stack: Stack, error: str, said: str
) -> None:
    page = talk(open_page, stack, FAILING % error)

    call(page)

    expect(page.locator("[data-part=state]")).to_have_text("The call was not started")
    expect(page.locator("[data-part=why]")).to_contain_text(said)
    expect(page.get_by_role("button", name="Call again")).to_be_visible()
    expect(page.get_by_role("button", name="Hang up")).to_be_hidden()
    expect(page.get_by_role("link", name="See what it cost")).to_be_hidden()


def test_a_page_that_is_not_secure_is_told_so(open_page: Open, stack: Stack) -> None:
    page = talk(
        open_page,
        stack,
        "Object.defineProperty(navigator, 'mediaDevices', {value: undefined})",
    )

    call(page)

    expect(page.locator("[data-part=why]")).to_contain_text("HTTPS")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_a_refusal_can_be_read_by_all(
    open_page: Open, stack: Stack, complaints: list[str], dark: bool, size: str
) -> None:
    page = talk(open_page, stack, SILENT, dark=dark, size=size, axe=True)
    answer(page, 429, error=BUSY, code="high_volume")

    call(page)

    expect(page.locator("[data-part=why]")).to_have_text(BUSY)
    assert findings(page) == []
    # The browser notes an answer of 429 itself.
    assert all("429" in each for each in complaints)
    complaints.clear()


def test_who_hangs_up_while_connecting_leaves_no_call_behind(
    open_page: Open, stack: Stack
) -> None:
    page = talk(open_page, stack, SILENT)
    ended: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/end"):
            ended.append(request.url)

    def hang_up_first(route: Route) -> None:
        granted = route.fetch()
        page.get_by_role("button", name="Hang up").click()
        route.fulfill(response=granted)

    page.on("request", note)
    page.route("**/connect", hang_up_first)

    with page.expect_response("**/api/calls/*/end") as ending:
        call(page)

    assert ending.value.json()["status"] != "active"
    expect(page.locator("[data-part=state]")).to_have_text("The call has ended")
    assert len(ended) == 1


def test_a_call_that_cannot_be_connected_is_ended(
    open_page: Open, stack: Stack, complaints: list[str]
) -> None:
    page = talk(open_page, stack, SILENT)
    page.route("**/offer", lambda route: route.fulfill(status=503, json={}))

    with page.expect_response("**/api/calls/*/end") as ending:
        call(page)

    assert ending.value.json()["status"] != "active"
    why = page.locator("[data-part=why]")
    expect(why).to_have_text("The connection to the agent could not be made.")
    expect(page.get_by_role("link", name="See what it cost")).to_be_visible()
    assert all("503" in each for each in complaints)
    complaints.clear()
