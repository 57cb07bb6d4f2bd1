"""A person opens the console, talks with the agent, and reads how the call went."""

import struct
import wave
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, Route, async_playwright, expect

from bot.tests.bot_process import Vendors
from doubles import serving
from doubles.caller import RATE
from launcher.browser import find
from launcher.stack import Stack
from tests.conftest import Say

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.slow,
]

QUESTION = "When do you open?"
ANSWER = "We open at nine."
SILENCE_SECS = 7
MICROPHONE_RATE = 48_000


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def microphone(say: Say, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's microphone hears: silence, the question, silence."""
    voice = array("h", await say(QUESTION))
    times = MICROPHONE_RATE // RATE
    louder = [sample for sample in voice for _ in range(times)]
    silence = [0] * (SILENCE_SECS * MICROPHONE_RATE)
    samples = silence + louder + silence
    path = tmp_path_factory.mktemp("microphone") / "question.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(MICROPHONE_RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


@pytest_asyncio.fixture(loop_scope="session")
async def page(stack: Stack, microphone: Path) -> AsyncIterator[Page]:
    """A browser with that microphone, logged in."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=find(),
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}%noloop",
                "--autoplay-policy=no-user-gesture-required",
            ],
        )
        page = await chromium.new_page(base_url=stack.demo["url"])
        await page.goto("/login")
        await page.fill("[name=username]", stack.demo["username"])
        await page.fill("[name=password]", stack.demo["password"])
        await page.click("button")
        await page.wait_for_url("**/calls")
        yield page
        await chromium.close()


async def test_a_person_talks_to_the_agent_and_sees_the_call(
    page: Page, stack: Stack, vendors: Vendors
) -> None:
    vendors.reset()
    vendors.deepgram.utterances = [QUESTION]
    vendors.openai.rules = [{"when": QUESTION, "say": ANSWER}]
    await page.goto(f"/agents/{stack.demo['agentId']}/talk")

    await page.get_by_role("button", name="Talk to it").click()

    lines = page.locator(".transcript li")
    await expect(lines.filter(has_text="Hello, this is Shanti Clinic")).to_have_count(
        1, timeout=20_000
    )
    await expect(lines.filter(has_text=QUESTION)).to_have_count(1, timeout=20_000)
    await expect(lines.filter(has_text=ANSWER)).to_have_count(1, timeout=20_000)

    # The answer was spoken to its end; a transcript keeps what was heard of it.
    state = page.locator("[data-part=state]")
    await expect(state).to_have_text("Listening", timeout=20_000)
    await page.get_by_role("button", name="Hang up").click()
    await expect(state).to_have_text("The call has ended")
    await page.get_by_role("link", name="See what it cost").click()
    await page.wait_for_url("**/calls/*")
    for _ in range(50):
        if await page.locator(".status.completed ~ .tag, audio").count() > 1:
            break
        await page.wait_for_timeout(200)
        await page.reload()

    await expect(page.locator(".transcript li").filter(has_text=ANSWER)).to_have_count(
        1
    )
    await expect(page.locator(".costs")).to_contain_text("Charged")
    await expect(page.locator("audio")).to_have_count(1)


async def test_a_refusal_shows_the_servers_own_sentence(
    page: Page, stack: Stack
) -> None:
    sentence = "All voice agents are currently busy. Please try again in a moment."

    async def refuse(route: Route) -> None:
        await route.fulfill(status=429, json={"error": sentence, "code": "high_volume"})

    await page.route("**/connect", refuse)
    await page.goto(f"/agents/{stack.demo['agentId']}/talk")

    await page.get_by_role("button", name="Talk to it").click()

    await expect(page.locator("[data-part=why]")).to_have_text(sentence)
    await expect(page.get_by_role("button", name="Call again")).to_be_visible()


async def test_a_page_of_somebody_elses_talks_through_the_widget(
    page: Page, stack: Stack, vendors: Vendors
) -> None:
    vendors.reset()
    demo = stack.demo
    html = f"""<!doctype html><title>Shop</title>
        <script type="module" src="{demo["url"]}/static/js/widget.js"></script>
        <osmtalk-widget agent="{demo["agentId"]}" key="{demo["apiKey"]}" label="Ask us">
        </osmtalk-widget>"""

    async def shop(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", shop)
    runner, port = await serving.start(app)
    await page.goto(f"http://127.0.0.1:{port}/")
    await page.evaluate(
        "window.lines = [];"
        "addEventListener('osmtalk-line', e => lines.push(e.detail.text))"
    )

    await page.get_by_role("button", name="Ask us").click()

    await page.wait_for_function(
        "() => lines.some(text => text.includes('Hello, this is Shanti Clinic'))"
    )
    await page.get_by_role("button", name="Hang up").click()
    await expect(page.get_by_role("status")).to_have_text("The call has ended.")
    await runner.cleanup()
