"""Every page: for those who may see it, and for nobody else."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agents.models import Agent
from calls.models import Call, Recording
from console.tests.conftest import at_browser
from orgs.models import Membership, Organization, Role

PAGES = ["/calls", "/calls/{call}", "/calls/{call}/metrics", "/calls/{call}/events"]
FILES = ["/calls.csv", "/calls/{call}/transcript.txt", "/calls/{call}/call.json"]


@pytest.mark.parametrize("url", PAGES)
def test_a_page_opens_with_one_heading_and_a_strict_policy(
    browser: Client, ended: Call, url: str
) -> None:
    response = browser.get(url.format(call=ended.pk))

    assert response.status_code == 200
    html = response.content.decode()
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert " style=" not in html
    assert not re.search(r"<script(?![^>]*src=)", html)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("url", [*PAGES, *FILES])
def test_nobody_is_sent_to_log_in(ended: Call, url: str) -> None:
    response = Client().get(url.format(call=ended.pk))

    assert response.status_code == 302
    assert response["Location"].startswith("/login?next=/calls")


@pytest.mark.parametrize("url", [*PAGES[1:], *FILES[1:]])
def test_anothers_call_is_not_found(stranger: User, ended: Call, url: str) -> None:
    assert at_browser(stranger).get(url.format(call=ended.pk)).status_code == 404


def test_a_list_holds_ones_own_calls_alone(
    browser: Client, stranger: User, ended: Call
) -> None:
    assert str(ended.pk) in browser.get("/calls").content.decode()
    assert str(ended.pk) not in at_browser(stranger).get("/calls").content.decode()


@pytest.mark.parametrize("url", PAGES)
def test_a_page_is_only_read(browser: Client, ended: Call, url: str) -> None:
    assert browser.post(url.format(call=ended.pk)).status_code == 405


def test_what_callers_say_is_text_and_never_markup(
    browser: Client,
    internal: Any,
    start: Callable[..., Call],
    report: Callable[..., Any],
) -> None:
    call = start()
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    body = report(transcript=[{"role": "user", "text": evil, "at": 0.5}])
    internal.post(f"/api/calls/{call.pk}/complete", body)

    html = browser.get(f"/calls/{call.pk}").content.decode()

    assert evil not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_cost_card_shows_lines_total_and_ledger(
    browser: Client, ended: Call
) -> None:
    html = browser.get(f"/calls/{ended.pk}").content.decode()

    assert "Cost breakdown" in html
    for amount in (ended.cost_llm, ended.cost_stt, ended.cost_tts, ended.cost_total):
        assert f"₹{amount}" in html
    assert f"ledger −₹{ended.cost_total}" in html
    assert "since 1 Jan 2026" in html


def test_the_metrics_tab_has_the_figures_and_their_spread(
    browser: Client, ended: Call
) -> None:
    html = browser.get(f"/calls/{ended.pk}/metrics").content.decode()

    for label in (
        "Turns",
        "Interruptions",
        "Average latency",
        "LLM TTFB",
        "TTS TTFB",
        "STT TTFB",
        "Prompt tokens",
        "Completion tokens",
        "TTS characters",
        "p95",
        "took",
    ):
        assert label in html


def test_a_failed_call_says_why_and_what_to_try(
    browser: Client,
    internal: Any,
    start: Callable[..., Call],
    report: Callable[..., Any],
) -> None:
    call = start()
    failed = report(status="failed", failureReason="llm_error", endReason="error")
    internal.post(f"/api/calls/{call.pk}/complete", failed)

    html = browser.get(f"/calls/{call.pk}").content.decode()

    assert "The language model failed" in html
    assert "provider" in html
    assert "Check the provider&#x27;s status page" in html


def test_an_admin_hangs_up_and_a_member_may_not(
    browser: Client, member: User, start: Callable[..., Call]
) -> None:
    call = start()
    assert "Hang up" in browser.get(f"/calls/{call.pk}").content.decode()
    looking = at_browser(member)
    assert "Hang up" not in looking.get(f"/calls/{call.pk}").content.decode()

    assert looking.post(f"/calls/{call.pk}/end").status_code == 403
    assert browser.post(f"/calls/{call.pk}/end").status_code == 302

    call.refresh_from_db()
    assert (call.status, call.end_reason) == ("completed", "operator_hangup")


def test_pages_cost_as_many_queries_however_much_they_show(
    browser: Client, ended: Call, start: Callable[..., Call]
) -> None:
    def queries(url: str) -> int:
        browser.get(url)
        with CaptureQueriesContext(connection) as captured:
            browser.get(url)
        return len(captured)

    few = queries("/calls")
    for _ in range(10):
        start()

    assert queries("/calls") == few <= 12
    assert queries(f"/calls/{ended.pk}") <= 10


def test_the_csv_has_a_line_for_each_call_that_fits(
    browser: Client, ended: Call, start: Callable[..., Call]
) -> None:
    start()

    response: Any = browser.get("/calls.csv?status=completed")
    lines = b"".join(response.streaming_content).decode().splitlines()

    assert len(lines) == 2
    assert lines[1].startswith(f"{ended.pk},")
    assert "+15550101234" in lines[1]


def test_a_recording_that_was_just_uploaded_can_be_played_already(
    browser: Client, ended: Call
) -> None:
    Call.objects.filter(pk=ended.pk).update(recording_key="a/call.wav")

    html = browser.get(f"/calls/{ended.pk}").content.decode()

    assert "<audio controls" in html
    assert "The waveform is being made" in html


def test_a_side_that_is_not_heard_is_named(browser: Client, ended: Call) -> None:
    Call.objects.filter(pk=ended.pk).update(recording_key="a/call.wav")
    Recording.objects.create(
        call=ended,
        bytes=44,
        duration_secs=2,
        sample_rate=16000,
        channels=2,
        peaks=[[0.0, 0.002], [0.4, 0.7]],
    )

    html = browser.get(f"/calls/{ended.pk}").content.decode()

    assert "The caller is not heard on this recording." in html
    assert "The agent is not heard" not in html


def test_the_agents_are_listed_and_can_be_talked_to(
    browser: Client, member: User, stranger: User, agent: Agent
) -> None:
    url = f"/agents/{agent.pk}/talk"

    assert url in browser.get("/agents").content.decode()
    assert f"/api/agents/{agent.pk}/connect" in browser.get(url).content.decode()
    assert url not in at_browser(member).get("/agents").content.decode()
    assert at_browser(member).get(url).status_code == 403
    assert at_browser(stranger).get(url).status_code == 404


def test_no_calls_yet_is_said(browser: Client) -> None:
    assert "No calls yet" in browser.get("/calls").content.decode()
    assert "No call fits" in browser.get("/calls?status=failed").content.decode()


def test_a_person_of_two_organizations_switches(
    operator: User, other_organization: Organization, ended: Call
) -> None:
    Membership.objects.create(
        user=operator, organization=other_organization, role=Role.MEMBER
    )
    browser = at_browser(operator)
    chosen = {"organization": str(ended.organization_id)}
    browser.post("/organization", chosen)
    assert str(ended.pk) in browser.get("/calls").content.decode()

    browser.post("/organization", {"organization": str(other_organization.pk)})

    assert str(ended.pk) not in browser.get("/calls").content.decode()
    assert browser.get(f"/calls/{ended.pk}").status_code == 404


def test_logging_in_leads_to_the_calls_and_out_again(operator: User) -> None:
    client = Client()
    wrong = client.post("/login", {"username": "operator", "password": "guess"})
    assert "do not match" in wrong.content.decode()

    right = {"username": "operator", "password": "a long pass phrase"}
    assert client.post("/login", right)["Location"] == "/calls"

    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/calls").status_code == 302


def test_an_address_with_nothing_behind_it_has_a_page(db: None) -> None:
    response = Client().get("/nothing")

    assert response.status_code == 404
    assert "Nothing here" in response.content.decode()
