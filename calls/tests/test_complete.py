"""The bot's report at the end of a call."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from agents.models import Agent
from billing.models import Rate
from calls.models import Call
from calls.serializers import CallOut
from calls.slots import gate


def complete(internal: APIClient, call: Call, body: dict[str, Any]) -> Any:
    return internal.post(f"/api/calls/{call.pk}/complete", body)


def test_a_report_completes_the_call_and_frees_its_slot(
    internal: APIClient, start: Callable[..., Call], report: Callable[..., Any]
) -> None:
    call = start()

    response = complete(internal, call, report())

    assert response.status_code == 200
    call.refresh_from_db()
    assert (call.status, call.end_reason) == ("completed", "caller_hangup")
    assert call.duration_secs == 93.4
    assert gate.slots.counts() == {}


def test_the_metrics_are_kept_whole_and_in_columns(
    internal: APIClient, start: Callable[..., Call], report: Callable[..., Any]
) -> None:
    call = start()
    metrics = report()["metrics"] | {"somethingNew": [1, {"two": 2}]}

    complete(internal, call, report(metrics=metrics))

    call.refresh_from_db()
    assert call.metrics == metrics
    assert (call.turns, call.interruptions) == (8, 1)
    assert (call.avg_latency, call.avg_llm_ttfb) == (1.42, 0.89)
    assert (call.avg_tts_ttfb, call.avg_stt_ttfb) == (0.21, 0.32)
    assert (call.prompt_tokens, call.completion_tokens) == (1240, 380)
    assert (call.tts_characters, call.stt_seconds) == (2104, 93.4)


def test_the_answer_is_the_call(
    internal: APIClient, start: Callable[..., Call], report: Callable[..., Any]
) -> None:
    call = start()

    body = complete(internal, call, report()).json()

    assert body["id"] == str(call.pk)
    assert body["transcript"][1]["text"] == "I am Asha."
    assert body["totalTokens"] == 1620


def test_the_answer_has_the_cost_lines_that_are_kept(
    internal: APIClient,
    start: Callable[..., Call],
    report: Callable[..., Any],
    rates: Any,
) -> None:
    # A price whose product with the seconds has more decimals than a line keeps.
    Rate.objects.filter(kind="stt").update(fx=Decimal("88.123457"))
    call = start()

    body = complete(internal, call, report(usage={"sttSeconds": 93.456789})).json()

    kept = CallOut(Call.objects.get(pk=call.pk)).data["costLines"]
    assert len(kept) == 4
    assert body["costLines"] == kept


def test_a_second_report_changes_nothing(
    internal: APIClient, start: Callable[..., Call], report: Callable[..., Any]
) -> None:
    call = start()
    first = complete(internal, call, report()).json()

    again = complete(
        internal,
        call,
        report(status="failed", durationSecs=5, failureReason="bot_error"),
    )

    assert again.status_code == 200
    assert again.json() == first


def test_the_bot_may_say_that_the_call_failed(
    internal: APIClient, start: Callable[..., Call], report: Callable[..., Any]
) -> None:
    call = start()

    body = complete(
        internal,
        call,
        report(status="failed", endReason="error", failureReason="no_audio_output"),
    ).json()

    assert (body["status"], body["failureReason"]) == ("failed", "no_audio_output")
    assert body["failure"] == {
        "title": "The agent could not speak",
        "cause": "The bot was connected, but no speech was made.",
        "blame": "platform",
        "whatToTry": "Check the TTS provider's key and limits.",
        "retryable": True,
    }


def test_a_transcript_is_not_kept_where_the_agent_says_so(
    internal: APIClient,
    agent: Agent,
    start: Callable[..., Call],
    report: Callable[..., Any],
) -> None:
    agent.save_transcripts = False
    agent.save()

    assert complete(internal, start(), report()).json()["transcript"] == []


def test_an_end_in_the_future_is_the_present(
    internal: APIClient, start: Callable[..., Call], report: Callable[..., Any]
) -> None:
    call = start()
    ahead = timezone.now() + timedelta(hours=1)

    complete(internal, call, report(endedAt=ahead.isoformat()))

    call.refresh_from_db()
    assert call.ended_at is not None
    assert call.started_at <= call.ended_at <= timezone.now()


def test_an_unknown_call_is_not_found(
    internal: APIClient, report: Callable[..., Any], db: None
) -> None:
    response = internal.post(f"/api/calls/{uuid.uuid4()}/complete", report())

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_only_the_internal_secret_may_report(
    api: APIClient, start: Callable[..., Call], report: Callable[..., Any]
) -> None:
    call = start()

    response = complete(api, call, report())

    assert response.status_code == 401
    assert response.json()["code"] == "unauthenticated"
    call.refresh_from_db()
    assert call.status == "active"


@pytest.mark.parametrize(
    "change",
    [
        {"status": "active"},
        {"status": None},
        {"endedAt": "yesterday"},
        {"durationSecs": -1},
        {"durationSecs": "long"},
        {"durationSecs": 10**12},
        {"endReason": "bored"},
        {"failureReason": "DROP TABLE", "status": "failed"},
        {"transcript": "hello"},
        {"transcript": [{"role": "king", "text": "", "at": 0}]},
        {"transcript": [{"role": "user", "text": "", "at": -1}]},
        {"metrics": 3},
        {"metrics": {"turns": -1}},
        {"metrics": {"turns": 10**15}},
        {"metrics": {"avgLatency": "slow"}},
        {"metrics": {"events": [1]}},
        {"usage": {"sttSeconds": -4}},
        {"usage": {"llm": {"provider": "openai"}}},
        {"recordingKey": "another/call.wav"},
    ],
)
def test_a_wrong_report_is_refused_and_changes_nothing(
    internal: APIClient,
    start: Callable[..., Call],
    report: Callable[..., Any],
    change: dict[str, Any],
) -> None:
    call = start()

    response = complete(internal, call, report(**change))

    assert response.status_code == 400
    assert response.json()["code"] == "invalid"
    call.refresh_from_db()
    assert (call.status, call.reported_at) == ("active", None)
    assert gate.slots.counts() != {}
