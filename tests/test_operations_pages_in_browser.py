"""Live, Capacity and Status in a real browser: they go on by themselves, and disturb
nobody who uses them."""

import re
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from launcher.stack import Stack
from tests.browsing import SIZES, Open, findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 60_000
PAGES = (
    "/live",
    "/capacity",
    "/capacity?range=week&limit=60&growth=50&of=organization",
    "/capacity?limit=none",
    "/status",
)


@pytest.fixture
def call_id(stack: Stack) -> Iterator[str]:
    """A call that a bot has prepared and that nobody has joined yet."""
    demo = stack.demo
    client = httpx.Client(
        base_url=demo["url"], headers={"x-api-key": demo["apiKey"]}, timeout=60
    )
    answer = client.post(f"/api/agents/{demo['agentId']}/connect", json={})
    made: str = answer.json()["callId"]
    yield made
    client.post(f"/api/calls/{made}/end", json={})
    client.close()


def settled(page: Page) -> None:
    """Wait until what loads by itself is there."""
    expect(page.locator("[aria-busy]")).to_have_count(0, timeout=PATIENCE_MS)


def goes_on(page: Page) -> Callable[[], None]:
    """A function that waits until the region has been asked for and changed again."""
    page.evaluate(
        """() => {
            window.changes = 0;
            document.addEventListener("changed", () => (window.changes += 1));
        }"""
    )

    def wait() -> None:
        before = page.evaluate("window.changes")
        page.wait_for_function(
            "before => window.changes > before", arg=before, timeout=PATIENCE_MS
        )

    return wait


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_nothing_keeps_people_from_using_a_page(
    open_page: Open, call_id: str, dark: bool, size: str
) -> None:
    page = open_page("/live", dark=dark, size=size, axe=True)
    for path in PAGES:
        page.goto(path)
        settled(page)
        for details in page.locator("main details").all():
            details.locator("summary").click()

        assert findings(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide == SIZES[size][0], path


def test_no_page_breaks_its_policy(open_page: Open, call_id: str) -> None:
    page = open_page("/live")
    for path in PAGES:
        page.goto(path)
        settled(page)


def test_a_call_runs_on_before_ones_eyes(open_page: Open, call_id: str) -> None:
    page = open_page("/live")
    running = page.locator(f"#row-{call_id} running-time").first
    first = running.inner_text()

    expect(running).not_to_have_text(first, timeout=PATIENCE_MS)
    assert re.fullmatch(r"(\d+h )?(\d+m )?\d+[ms]|<1s", running.inner_text())


def test_what_changes_leaves_focus_and_place_alone(
    open_page: Open, call_id: str
) -> None:
    page = open_page("/live", size="phone")
    wait = goes_on(page)
    button = page.locator(f"#end-{call_id}")
    button.focus()
    page.evaluate("document.querySelector('#live-calls').scrollLeft = 120")
    page.evaluate("document.activeElement.mark = 'same'")

    wait()

    assert page.evaluate("document.activeElement.id") == f"end-{call_id}"
    assert page.evaluate("document.activeElement.mark") == "same"
    assert page.evaluate("document.querySelector('#live-calls').scrollLeft") == 120


def test_what_was_opened_stays_open(open_page: Open) -> None:
    page = open_page("/status")
    settled(page)
    wait = goes_on(page)
    page.evaluate(
        """() => {
            const details = document.createElement("details");
            details.id = "mine";
            details.open = true;
            document.querySelector(".dependencies li").append(details);
        }"""
    )
    page.evaluate("document.querySelector('#jobs').mark = 'same'")

    wait()

    assert page.evaluate("document.querySelector('#jobs').mark") == "same"


def test_a_call_is_hung_up_after_a_question(open_page: Open, call_id: str) -> None:
    page = open_page("/live")
    row = page.locator(f"#row-{call_id}")

    row.get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Clinic receptionist")
    dialog.get_by_role("button", name="Let them talk").click()
    expect(row).to_have_count(1)
    row.get_by_role("button").press("Enter")
    dialog.get_by_role("button", name="Hang up").click()

    expect(page.get_by_role("status")).to_contain_text("was ended")
    expect(row).to_have_count(0)


def test_a_call_that_others_end_goes_by_itself(
    open_page: Open, stack: Stack, call_id: str
) -> None:
    page = open_page("/live")
    expect(page.locator(f"#row-{call_id}")).to_have_count(1)

    key = {"x-api-key": stack.demo["apiKey"]}
    ending = f"{stack.demo['url']}/api/calls/{call_id}/end"
    httpx.post(ending, json={}, headers=key, timeout=60)

    expect(page.locator(f"#row-{call_id}")).to_have_count(0, timeout=PATIENCE_MS)


def test_a_server_that_is_lost_is_told_and_found_again(
    open_page: Open, complaints: list[str]
) -> None:
    page = open_page("/live")
    page.route("**/live/part", lambda route: route.abort())
    expect(page.get_by_role("alert")).to_contain_text(
        "No answer from the server since", timeout=PATIENCE_MS
    )

    page.unroute("**/live/part")

    expect(page.get_by_role("alert")).to_have_count(0, timeout=PATIENCE_MS)
    assert all("ERR_FAILED" in complaint for complaint in complaints)
    complaints.clear()


def test_a_hidden_tab_asks_for_nothing(open_page: Open) -> None:
    page = open_page("/live")
    asked: list[float] = []
    page.on(
        "request",
        lambda request: (
            asked.append(time.monotonic()) if "/live/part" in request.url else None
        ),
    )
    hide = """hidden => {
        Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    # Twice the time between two requests, and not one of them.
    page.wait_for_timeout(9000)
    assert asked == []

    with page.expect_request("**/live/part", timeout=PATIENCE_MS):
        page.evaluate(hide, False)


def test_whoever_was_logged_out_is_sent_to_log_in(open_page: Open) -> None:
    page = open_page("/live")
    page.context.clear_cookies()

    page.wait_for_url("**/login?next=/live", timeout=PATIENCE_MS)


def test_the_planner_answers_in_place(open_page: Open) -> None:
    page = open_page("/capacity")

    page.get_by_label("Try a limit of").fill("60")
    page.get_by_role("button", name="Reckon").click()

    page.wait_for_url("**limit=60**")
    expect(page.locator("#planner tbody tr").nth(1)).to_contain_text("Your figure")
    assert "growth" not in page.url


def test_the_demos_campaign_is_seen(open_page: Open) -> None:
    page = open_page("/capacity")

    chart = page.locator("section.card").nth(1)
    expect(chart).to_contain_text("by its own limit")
    assert chart.locator("svg rect.calls").count() > 1


def test_status_says_how_everything_is(open_page: Open) -> None:
    page = open_page("/status")
    settled(page)

    expect(page.locator(".dependencies li")).to_have_count(6)
    expect(page.locator(".banner-line").first).to_contain_text("Everything works")
    expect(page.locator(".versions")).to_contain_text("PostgreSQL")
    expect(page.locator(".jobs")).to_contain_text("reconcile-capacity")
