"""Row 12: the page of an hour's call beside that of a call of two minutes.

Server time of every tab, and how soon a browser has the page ready to be used.
"""

import logging
import random
import statistics
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from benchmarks.harness import ROUNDS, Case, Ratio, compare, summary, table
from benchmarks.servers import project

if TYPE_CHECKING:
    from calls.models import Call

GOAL = 2.0
SHORT = (120.0, 10, 167)
LONG = (3600.0, 300, 5000)
TABS = {"transcript": "", "metrics": "/metrics", "events": "/events"}
STAGES = ("endpointing", "stt", "turn", "llm", "sentence", "tts", "output")
MOMENTS = (
    "userStartedAt", "userStoppedAt", "vadStoppedAt", "sttFinalAt", "turnEndedAt",
    "llmStartedAt", "llmFirstTokenAt", "ttsStartedAt", "ttsFirstByteAt",
)  # fmt: skip
PLAIN_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"


def turn(nth: int, at: float) -> dict[str, Any]:
    """A turn as a bot reports it: its moments, and the stages of its wait."""
    stages = [
        {"stage": name, "at": round(at + step / 8, 3), "secs": 0.125}
        for step, name in enumerate(STAGES)
    ]
    moments = {name: round(at + step / 10, 3) for step, name in enumerate(MOMENTS)}
    return {
        "turn": nth, "interrupted": nth % 20 == 7, "latency": 1.0,
        "botAudibleAt": round(at + 1, 3), "botStoppedAt": round(at + 5, 3),
        **moments, "stages": stages,
    }  # fmt: skip


def event(nth: int, events: int, secs: float) -> dict[str, Any]:
    return {
        "type": ("ttfb", "processing", "usage", "turn")[nth % 4],
        "service": ("llm", "stt", "tts")[nth % 3],
        "processor": "OpenAILLMService#0", "model": "gpt-4.1-mini", "value": 0.31,
        "at": round(nth * secs / events, 3), "turn": nth // 17,
    }  # fmt: skip


def make_call(agent: Any, size: tuple[float, int, int]) -> "Call":
    """A recorded call of so many seconds, turns and events."""
    from django.utils import timezone

    from calls.models import Call, Recording

    secs, turns, events = size
    step = secs / turns
    line = "One sentence of about the length that people say on the telephone."
    lines = [
        {"role": role, "text": line, "at": nth * step + late, "until": nth * step + 4}
        for nth in range(turns)
        for role, late in (("user", 0.0), ("assistant", 2.0))
    ]
    now = timezone.now()
    call = Call.objects.create(
        organization=agent.organization, agent=agent, channel="web",
        status="completed", started_at=now - timedelta(seconds=secs), ended_at=now,
        duration_secs=secs, reported_at=now, turns=turns, recording_key="a/call.wav",
        agent_config=agent.frozen_config(), transcript=lines,
        metrics={
            "events": [event(nth, events, secs) for nth in range(events)],
            "breakdown": [turn(nth, nth * step) for nth in range(turns)],
        },
    )  # fmt: skip
    peaks = [[round(random.random(), 3) for _ in range(800)] for _ in range(2)]
    Recording.objects.create(
        call=call, bytes=10, duration_secs=secs, sample_rate=16000, channels=2,
        peaks=peaks,
    )  # fmt: skip
    return call


def make_operator() -> tuple[Any, Any]:
    """Somebody who looks, and an agent with calls."""
    from django.contrib.auth.models import User

    from agents.models import Agent
    from orgs.models import Membership, Organization

    organization = Organization.objects.create(name="Benchmark")
    user = User.objects.create_user("operator", password="benchmark")
    Membership.objects.create(user=user, organization=organization, role="owner")
    agent = Agent.objects.create(organization=organization, name="A", prompt="Be.")
    return user, agent


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """The project on a port of the loopback, for a browser."""
    from django.core.wsgi import get_wsgi_application

    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def on_server(user: Any, short: str, long: str) -> list[Ratio]:
    """Each tab of the long call, against the same tab of the short one."""
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(user)

    def get(url: str) -> Callable[[], object]:
        def run() -> None:
            assert client.get(url).status_code == 200

        return run

    found = []
    for name, tab in TABS.items():
        reference = Case("short", get(short + tab))
        found += compare(reference, [(Case(f"server, {name}", get(long + tab)), GOAL)])
    return found


def in_browser(user: Any, short: str, long: str) -> list[Ratio]:
    """From the request until the page's scripts have run; nothing without a browser."""
    from django.test import Client
    from playwright.sync_api import sync_playwright

    from launcher.browser import find

    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    cookie = client.cookies["sessionid"].value
    with serving() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find(), args=["--no-sandbox"]
        )
        context = browser.new_context(base_url=url)
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
        page = context.new_page()

        def ready(path: str) -> float:
            page.goto(path, wait_until="load")
            return float(
                page.evaluate(
                    "performance.getEntriesByType('navigation')[0]"
                    ".domContentLoadedEventEnd"
                )
            )

        ready(short), ready(long)
        ratios = []
        for _ in range(ROUNDS):
            base = statistics.median(ready(short) for _ in range(3))
            ratios.append(statistics.median(ready(long) for _ in range(3)) / base)
        browser.close()
    return [summary(Case("browser, usable", lambda: None), ratios, GOAL)]


def main() -> bool:
    from django.conf import settings

    logging.disable(logging.WARNING)
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": PLAIN_STATIC}}
    settings.WHITENOISE_USE_FINDERS = True
    user, agent = make_operator()
    short, long = (f"/calls/{make_call(agent, size).pk}" for size in (SHORT, LONG))
    ratios = on_server(user, short, long)
    ratios += in_browser(user, short, long)
    title = "12. Page of a call of 60 minutes, 300 turns and 5,000 events"
    print(table(title, "the page of a call of 2 minutes", ratios))
    return all(ratio.is_met for ratio in ratios)


if __name__ == "__main__":
    with project():
        met = main()
    sys.exit(not met)
