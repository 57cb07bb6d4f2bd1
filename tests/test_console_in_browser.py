"""The console in a real browser: it works, breaks no policy, and can be used by all."""

import pytest
from playwright.sync_api import Page

from tests.browsing import SIZES, Open, findings

TABS = ("", "/metrics", "/events")
FIGURES = (
    "/analytics",
    "/analytics?range=yesterday&agent=",
    "/analytics/costs",
    "/analytics/latency?by=agent",
    "/analytics/failures",
    "/billing",
    "/people",
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def recorded(page: Page) -> str:
    """The address of the oldest call with a recording: one of the demo's, whatever
    calls other tests have made since."""
    page.goto("/calls?recording=yes")
    href = page.locator("tbody a.status").last.get_attribute("href")
    assert href
    return href


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_nothing_keeps_people_from_using_a_page(
    open_page: Open, dark: bool, size: str
) -> None:
    page = open_page("/calls", dark=dark, size=size, axe=True)
    call = recorded(page)
    page.goto("/agents")
    agent = page.locator("tbody th a").first.get_attribute("href")
    assert agent
    pages = [agent, *(call + tab for tab in TABS), *FIGURES]
    for path in ("/calls", "/calls?q=none", "/agents", "/numbers", *pages):
        page.goto(path)

        assert findings(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide == SIZES[size][0], path


def test_a_phones_menu_shows_where_one_is(open_page: Open) -> None:
    page = open_page("/status", size="phone")

    here = page.locator("header.frame nav [aria-current]").bounding_box()

    assert here
    assert here["x"] >= 0
    assert here["x"] + here["width"] <= SIZES["phone"][0]
    assert page.evaluate("scrollY") == 0


def test_a_click_on_a_line_plays_from_there(open_page: Open) -> None:
    page = open_page("/calls")
    page.goto(recorded(page))
    line = page.locator(".transcript li").nth(2)
    at = float(line.get_attribute("data-at") or 0)

    line.locator("p").click()

    page.wait_for_function(
        "at => document.querySelector('audio').currentTime >= at - 0.05", arg=at
    )
    assert line.get_attribute("aria-current") is not None


def test_a_click_on_the_axis_seeks_to_that_moment(open_page: Open) -> None:
    page = open_page("/calls")
    page.goto(recorded(page))
    axis = page.locator("call-player .axis")
    duration = float(axis.get_attribute("data-duration") or 0)
    box = axis.bounding_box()
    assert box

    axis.click(position={"x": box["width"] / 2, "y": 110})

    page.wait_for_function(
        "half => document.querySelector('audio').currentTime >= half - 0.3",
        arg=duration / 2,
    )


def test_a_link_with_a_moment_opens_there(open_page: Open) -> None:
    page = open_page("/calls")
    page.goto(f"{recorded(page)}?t=6.5")

    page.wait_for_function("() => document.querySelector('audio').currentTime === 6.5")


def test_the_axis_is_worked_by_keys(open_page: Open) -> None:
    page = open_page("/calls")
    page.goto(recorded(page))
    axis = page.get_by_role("slider", name="Place in the call")

    axis.press("ArrowRight")
    axis.press("ArrowRight")

    page.wait_for_function("() => document.querySelector('audio').currentTime >= 10")
    assert (axis.get_attribute("aria-valuetext") or "").startswith("0:10 of")


def test_a_moment_on_another_tab_plays_there(open_page: Open) -> None:
    page = open_page("/calls")
    page.goto(f"{recorded(page)}/metrics")

    page.locator(".waterfall tbody a").first.click()

    page.wait_for_function("() => document.querySelector('audio').currentTime > 1")
    assert "/metrics?t=" in page.url
    assert page.locator(".waterfall tr[aria-current]").count() == 1


def test_an_hour_can_be_looked_at_closely(open_page: Open) -> None:
    page = open_page("/calls")
    page.goto(recorded(page))
    axis = page.locator("call-player .axis")
    narrow = axis.bounding_box()

    page.get_by_role("button", name="Zoom in").click()

    wide = axis.bounding_box()
    assert narrow
    assert wide
    assert round(wide["width"] / narrow["width"]) == 2


def test_days_that_are_chosen_take_the_place_of_a_preset(open_page: Open) -> None:
    page = open_page("/analytics")

    page.select_option("[name=range]", "7d")
    page.wait_for_url("**/analytics?range=7d")
    page.fill("[name=since]", "2026-01-01")
    page.fill("[name=until]", "2026-01-02")
    page.get_by_role("button", name="Show").click()

    page.wait_for_url("**/analytics?since=2026-01-01&until=2026-01-02")
    assert page.get_by_text("No calls in these days").count() == 1


def test_one_side_can_be_heard_alone(open_page: Open) -> None:
    page = open_page("/calls")
    page.goto(recorded(page))

    page.get_by_role("radio", name="Caller").check()
    page.evaluate("document.querySelector('audio').play()")

    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.1")


def test_searching_a_call_leaves_the_lines_that_fit(open_page: Open) -> None:
    page = open_page("/calls")
    page.goto(recorded(page))
    word = page.locator(".transcript li p").last.inner_text().split()[-1]

    page.fill("[data-find]", word)

    visible = page.locator(".transcript li:visible")
    assert 0 < visible.count() < page.locator(".transcript li").count()


def test_filters_stand_in_the_address_and_pages_follow(open_page: Open) -> None:
    page = open_page("/calls")

    page.select_option("[name=status]", "completed")
    page.wait_for_url("**/calls?status=completed")
    first = page.locator("tbody a.status").first.get_attribute("href")
    page.get_by_role("link", name="Older").click()

    page.wait_for_url("**cursor=**")
    assert "status=completed" in page.url
    assert page.locator("tbody a.status").first.get_attribute("href") != first


def test_a_column_that_is_hidden_stays_hidden(open_page: Open) -> None:
    page = open_page("/calls")

    page.get_by_text("Columns").click()
    page.get_by_label("Tokens").uncheck()
    page.get_by_role("button", name="Show these").click()
    page.wait_for_load_state()
    page.goto("/calls")

    assert page.get_by_role("columnheader", name="Tokens").count() == 0
    assert page.get_by_role("columnheader", name="Cost").count() == 1
