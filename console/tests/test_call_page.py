"""The page of a call: the same work for an hour as for a minute, and plain words."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.models import Agent
from benchmarks.call_page import LONG, SHORT, make_call
from calls.models import Call, Recording

TABS = ("", "/metrics", "/events")
STATIC = settings.BASE_DIR / "static"
# What a page may weigh, gzipped, with all that it loads but sound.
CALL_KB, LIST_KB = 71, 25


def squeezed(*texts: str) -> float:
    return sum(len(gzip.compress(text.encode())) for text in texts) / 1000


def files(*names: str) -> list[str]:
    return [Path(STATIC / name).read_text() for name in names]


FRAME = files("vendor/pico-2.1.1.min.css", "css/base.css", "js/page.js")
PLAYER = files("css/call.css", "js/call-player.js", "js/call-lines.js")


@pytest.fixture
def long_call(agent: Agent) -> Call:
    """An hour, 300 turns, 5 000 events."""
    return make_call(agent, LONG)


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("microphone_denied", "Nothing was used that costs."),
        ("bot_lost", "Not charged: the platform's own failure."),
    ],
)
def test_a_call_that_costs_nothing_says_why(
    browser: Client, agent: Agent, reason: str, why: str
) -> None:
    call = make_call(agent, SHORT)
    Call.objects.update(status="failed", failure_reason=reason, billing_status="free")

    html = browser.get(f"/calls/{call.pk}").content.decode()

    assert why in html


@pytest.mark.parametrize("tab", TABS)
def test_a_long_call_asks_no_more_and_its_page_grows_little(
    browser: Client, agent: Agent, long_call: Call, tab: str
) -> None:
    short = make_call(agent, SHORT)

    def visit(call: Call) -> tuple[int, int]:
        browser.get(f"/calls/{call.pk}{tab}")
        with CaptureQueriesContext(connection) as captured:
            response = browser.get(f"/calls/{call.pk}{tab}")
        return len(captured), len(response.content)

    (few, small), (many, large) = visit(short), visit(long_call)

    assert many == few <= 13
    assert large < 3 * small


@pytest.mark.parametrize("tab", TABS)
def test_the_page_of_a_call_is_light(
    browser: Client, long_call: Call, tab: str
) -> None:
    html = browser.get(f"/calls/{long_call.pk}{tab}").content.decode()

    assert squeezed(html, *FRAME, *PLAYER) <= CALL_KB


def test_the_page_of_a_list_is_light(browser: Client, agent: Agent) -> None:
    for _ in range(60):
        make_call(agent, (2.0, 1, 1))

    html = browser.get("/calls").content.decode()

    assert squeezed(html, *FRAME) <= LIST_KB


def test_the_rest_of_a_long_transcript_follows(
    browser: Client, long_call: Call
) -> None:
    first = browser.get(f"/calls/{long_call.pk}").content.decode()
    rest = browser.get(f"/calls/{long_call.pk}/lines").content.decode()
    whole = browser.get(f"/calls/{long_call.pk}?all").content.decode()

    assert first.count("<li class=") == 60
    assert rest.count("<li class=") == 540
    assert whole.count("<li class=") == 600
    assert "data-rest" not in whole


def test_turns_come_by_pages_and_slowest_first(
    browser: Client, long_call: Call
) -> None:
    url = f"/calls/{long_call.pk}/metrics"
    metrics: Any = long_call.metrics
    metrics["breakdown"][250]["latency"] = 7.5
    Call.objects.filter(pk=long_call.pk).update(metrics=metrics)

    first = browser.get(url).context
    last = browser.get(f"{url}?after=280").context
    slowest = browser.get(f"{url}?sort=slowest").context

    assert [len(first["turns"]), len(last["turns"])] == [20, 20]
    assert (first["total"], last["next"]) == (300, None)
    assert slowest["turns"][0].turn == 250
    assert "Unexplained" in browser.get(f"{url}?sort=slowest").content.decode()


def test_events_come_by_pages_and_by_type(browser: Client, long_call: Call) -> None:
    url = f"/calls/{long_call.pk}/events"

    first = browser.get(url).context
    narrow = browser.get(f"{url}?type=usage&after=1200").context

    assert (len(first["events"]), first["all"]) == (100, 5000)
    assert (narrow["total"], len(narrow["events"])) == (1250, 50)
    assert {event["type"] for event in narrow["events"]} == {"usage"}


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=99999999999", "type=%00"]
)
@pytest.mark.parametrize("tab", ["/metrics", "/events"])
def test_a_query_that_makes_no_sense_is_passed_over(
    browser: Client, long_call: Call, tab: str, query: str
) -> None:
    assert browser.get(f"/calls/{long_call.pk}{tab}?{query}").status_code == 200


@pytest.mark.parametrize(
    "metrics",
    [
        None,
        {},
        {"events": None, "breakdown": {}},
        {"events": ["x", 1, {}, {"type": "ttfb", "value": "x"}], "breakdown": [7, {}]},
    ],
)
@pytest.mark.parametrize("tab", TABS)
def test_metrics_of_any_shape_have_a_page(
    browser: Client, ended: Call, metrics: Any, tab: str
) -> None:
    Call.objects.filter(pk=ended.pk).update(metrics=metrics)

    assert browser.get(f"/calls/{ended.pk}{tab}").status_code == 200


def test_answers_that_were_cancelled_are_no_measurements(
    browser: Client, ended: Call
) -> None:
    ttfb = {"type": "ttfb", "service": "llm", "at": 1, "turn": 1}
    events = [ttfb | {"value": 0.5}, ttfb | {"value": 60, "cancelled": True}]
    Call.objects.filter(pk=ended.pk).update(metrics={"events": events})

    page = browser.get(f"/calls/{ended.pk}/metrics")

    _, llm, _ = page.context["latencies"][1]
    assert (llm.count, llm.worst) == (1, 0.5)


def page_of(browser: Client, call: Call, **columns: Any) -> str:
    Call.objects.filter(pk=call.pk).update(**columns)
    return browser.get(f"/calls/{call.pk}").content.decode()


def test_each_state_of_a_recording_is_said_plainly(
    browser: Client, ended: Call, start: Callable[..., Call]
) -> None:
    config = ended.agent_config
    off = config | {"enableCallRecording": False}
    old = timezone.now() - timedelta(days=91)

    assert "could not store it" in page_of(browser, ended)
    assert "switched off for this agent" in page_of(browser, ended, agent_config=off)
    assert "The call is going on" in page_of(browser, start())
    kept = page_of(browser, ended, recording_key="a/call.wav", agent_config=config)
    assert "The waveform is being made" in kept
    expired = page_of(browser, ended, started_at=old, ended_at=old)
    assert "Expired: recordings are kept for 90 days" in expired
    assert "<audio" not in expired


def test_a_recording_that_stops_early_is_partial(browser: Client, ended: Call) -> None:
    Recording.objects.create(
        call=ended,
        bytes=44,
        duration_secs=10,
        sample_rate=16000,
        channels=2,
        peaks=[[0.5], [0.5]],
    )

    html = page_of(browser, ended, recording_key="a/call.wav", duration_secs=60)

    assert "Partial: the recording covers 10s of 1m 00s." in html


def test_tools_keypad_and_interruptions_stand_in_their_place(
    browser: Client,
    internal: Any,
    start: Callable[..., Call],
    report: Callable[..., Any],
) -> None:
    call = start()
    lines = [
        {"role": "assistant", "text": "Press 1.", "at": 1, "interrupted": True},
        {"role": "dtmf", "text": "1", "at": 2},
        {"role": "tool", "text": "book(day=Monday)", "at": 3},
    ]
    internal.post(f"/api/calls/{call.pk}/complete", report(transcript=lines))

    html = browser.get(f"/calls/{call.pk}").content.decode()

    order = [html.index(word) for word in ("Press 1.", "Keypad", "book(day=Monday)")]
    assert order == sorted(order)
    assert "interrupted</span>" in html
    text = browser.get(f"/calls/{call.pk}/transcript.txt").content.decode()
    assert "[0:01] assistant: Press 1. [interrupted]" in text
