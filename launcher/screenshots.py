"""`make screenshots`: a picture of every page of the console, light and dark, in docs/.

A new page is one line of ``PAGES``.
"""

import json
import signal
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import psycopg
from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from launcher.browser import find
from launcher.errors import LauncherError
from launcher.options import ROOT
from launcher.run import http
from launcher.stack import Stack

# Name of the picture, and the page. {call} is one with a recording, {failed} one that
# failed, {agent} the first agent.
PAGES = {
    "live": "/live",
    "capacity": "/capacity?range=week&limit=60&of=organization",
    "status": "/status",
    "calls": "/calls",
    "call": "/calls/{call}",
    "call-metrics": "/calls/{call}/metrics",
    "call-events": "/calls/{call}/events",
    "call-failed": "/calls/{failed}",
    "analytics": "/analytics",
    "analytics-costs": "/analytics/costs",
    "analytics-latency": "/analytics/latency",
    "analytics-failures": "/analytics/failures",
    "agents": "/agents",
    "agent": "/agents/{agent}",
    "talk": "/agents/{agent}/talk",
    "billing": "/billing",
    "people": "/people",
}
PICTURES = ROOT / "docs" / "images"
WIDTH, HEIGHT, TALLEST = 1440, 900, 1700
COLOURS = 128
PATIENCE_MS = 60_000

# A stack that has just begun has no past of its own: here a day of checks with a
# provider's hiccup, and a restart of Redis.
PAST = """
    INSERT INTO health_healthsample (at, checks)
    SELECT at, jsonb_build_object(
        'api', 'ok', 'database', 'ok', 'minio', 'ok',
        'redis', CASE WHEN at BETWEEN now() - interval '9 hours'
            AND now() - interval '530 minutes' THEN 'unavailable' ELSE 'ok' END,
        'bot', CASE WHEN at BETWEEN now() - interval '15 hours'
            AND now() - interval '880 minutes' THEN 'draining' ELSE 'ok' END,
        'voice_transport', 'ok')
    FROM generate_series(
        now() - interval '1 day', now() - interval '1 minute', '1 minute') AS at;
    INSERT INTO capacity_episode (minute, kind, count) VALUES
        (date_trunc('minute', now() - interval '9 hours'), 'fallback', 4),
        (date_trunc('minute', now() - interval '532 minutes'), 'rebuilt', 1),
        (date_trunc('minute', now() - interval '510 minutes'), 'drift', 2)
    ON CONFLICT DO NOTHING;
"""


def main() -> int:
    """Take all pictures; the exit status."""
    PICTURES.mkdir(exist_ok=True)
    with running() as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find(), args=["--no-sandbox"]
        )
        for dark in (False, True):
            page = log_in(browser, stack, dark=dark)
            start_calls(stack)
            known = places(page)
            for name, path in PAGES.items():
                file = PICTURES / f"{name}{'-dark' if dark else ''}.png"
                take(page, path.format(**known), file)
        browser.close()
    return 0


@contextmanager
def running() -> Iterator[Stack]:
    """A whole stack with the demo's data, in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="osmtalk-") as folder:
        # Calls that nobody joins stay long enough to be looked at.
        stack = Stack(Path(folder) / "data", CONNECT_TIMEOUT_SECS="600")
        print("Starting everything ...", flush=True)
        stack.start()
        try:
            with psycopg.connect(stack.demo["databaseUrl"], autocommit=True) as server:
                server.execute(PAST)
            yield stack
        finally:
            stack.stop(signal.SIGTERM)


def log_in(browser: Browser, stack: Stack, *, dark: bool) -> Page:
    page = browser.new_page(
        base_url=stack.demo["url"],
        color_scheme="dark" if dark else "light",
        viewport={"width": WIDTH, "height": HEIGHT},
    )
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/login")
    page.fill("[name=username]", stack.demo["username"])
    page.fill("[name=password]", stack.demo["password"])
    page.click("button")
    page.wait_for_url("**/calls")
    return page


def start_calls(stack: Stack) -> None:
    """A call with each agent, for the pages that show what goes on."""
    demo = stack.demo
    headers = {"x-api-key": demo["apiKey"], "content-type": "application/json"}

    def ask(path: str, body: bytes | None = None) -> dict[str, list[dict[str, str]]]:
        request = urllib.request.Request(demo["url"] + path, body, headers)
        with http.open(request, timeout=60) as response:
            found: dict[str, list[dict[str, str]]] = json.load(response)
        return found

    for agent in ask("/api/agents")["agents"]:
        ask(f"/api/agents/{agent['id']}/connect", b"{}")


def places(page: Page) -> dict[str, str]:
    """The ids that addresses of pages are made with."""

    def last(address: str, link: str) -> str:
        page.goto(address)
        href = page.locator(link).first.get_attribute("href") or ""
        return href.rstrip("/").split("/")[2]

    return {
        "call": last("/calls?recording=yes", "tbody a.status"),
        "failed": last("/calls?status=failed", "tbody a.status"),
        "agent": last("/agents", "a[href$='/talk']"),
    }


def take(page: Page, path: str, file: Path) -> None:
    """Take one picture and make it small.

    Raises:
        LauncherError: there is no such page.
    """
    answer = page.goto(path)
    if answer is None or not answer.ok:
        raise LauncherError(f"{path} answers {answer.status if answer else 'nothing'}.")
    page.locator("[aria-busy]").first.wait_for(state="detached")
    page.wait_for_load_state("networkidle")
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    area: FloatRect = {"x": 0, "y": 0, "width": WIDTH, "height": height}
    png = page.screenshot(full_page=True, clip=area)
    picture = Image.open(BytesIO(png)).convert("RGB")
    small = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(file, optimize=True)
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1000} kB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
