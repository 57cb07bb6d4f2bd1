"""Text conversations: a call whose transcript grows by a message and its reply.

A conversation costs its model's tokens and holds no slot. It stays active, to be gone
on with, until somebody ends it or nobody wrote for ``CHAT_IDLE_HOURS``; then it is
charged, once. What it has cost so far stands in its columns, and counts against the
balance before each reply.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Q, Sum
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from billing import credits
from calls import bot_text, charges
from calls.bot_text import TextReply
from calls.channels import TEXT_CHANNELS, EndReason, Status
from calls.lifecycle import Ending, end_text, keep
from calls.metrics import COLUMNS, values_of
from calls.models import Call
from common.errors import Conflict

# How long a message waits for the reply to the one before it.
PATIENCE = "20s"
# As much of a long conversation as the model is told.
REMEMBERED_LINES = 100
MOST_LINES = 4000
MOST_EVENTS = 5000

ENDED = "This conversation has ended. Begin another."


def reply(call: Call, text: str) -> str:
    """Have the agent answer ``text``; keep both and count what it used.

    ``call`` is an active text call, or a draft that the first reply saves. Messages to
    one conversation are answered one after the other; no row is locked while the model
    thinks. Not to be called within a transaction.

    Raises ``Conflict`` (the conversation has ended, or is busy), ``Insufficient
    Credits``, ``BotUnavailable`` and ``ModelFailed``, which all keep nothing.
    """
    with _turn_of(call):
        if not call._state.adding:
            call.refresh_from_db()
        lines = call.transcript or []
        if call.status != Status.ACTIVE:
            raise Conflict(ENDED)
        if len(lines) >= MOST_LINES:
            raise Conflict("This conversation is full. End it and begin another.")
        _require_credits(call)
        asked_at = timezone.now()
        said = [{"role": line["role"], "text": line["text"]} for line in lines]
        messages = [*said[-REMEMBERED_LINES:], {"role": "user", "text": text}]
        answer = bot_text.ask(call, messages)
        with transaction.atomic():
            _keep(_locked(call), text, asked_at, answer)
    call.refresh_from_db()
    return answer.text


def finish(call: Call, end_reason: EndReason = EndReason.CALLER_HANGUP) -> Call:
    """End a conversation and charge for it; one that has ended stays as it is."""
    end_text(call, Ending(Status.COMPLETED, end_reason))
    call.refresh_from_db()
    return call


def end_idle() -> int:
    """End conversations in which nobody wrote for ``CHAT_IDLE_HOURS``; answers how
    many. 0 hours: they stay active for ever."""
    if not settings.CHAT_IDLE_HOURS:
        return 0
    since = timezone.now() - timedelta(hours=settings.CHAT_IDLE_HOURS)
    idle = Call.objects.active().filter(
        Q(heartbeat_at__lt=since) | Q(heartbeat_at__isnull=True),
        channel__in=TEXT_CHANNELS,
        started_at__lt=since,
    )
    ended = 0
    for call in idle.only("pk").iterator(chunk_size=500):
        with transaction.atomic():
            still = idle.filter(pk=call.pk).select_for_update(skip_locked=True).first()
            if still:
                ending = Ending(Status.COMPLETED, EndReason.IDLE_TIMEOUT)
                ended += end_text(still, ending)
    return ended


@contextmanager
def _turn_of(call: Call) -> Iterator[None]:
    """Have the conversation for oneself. The lock is the connection's, so that it ends
    with a crash; those who wait get it in the order in which they came."""
    key = int.from_bytes(call.pk.bytes[:8], signed=True)
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
                cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise Conflict(
                    "The agent is still answering the message before."
                ) from None
            raise
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _require_credits(call: Call) -> None:
    """The balance must cover what open conversations have used already."""
    open_texts = Call.objects.of(call.organization).active()
    unpaid = open_texts.filter(channel__in=TEXT_CHANNELS).aggregate(
        sum=Sum("cost_total", default=0)
    )
    credits.require_minimum(call.organization_id, reserved=unpaid["sum"])


def _locked(call: Call) -> Call:
    """The call's row as it is now, or the draft, which the first reply saves."""
    if call._state.adding:
        keep(call, None)
        return call
    rows = Call.objects.active().filter(pk=call.pk)
    if (row := rows.select_for_update().first()) is None:
        raise Conflict(ENDED)
    return row


def _keep(call: Call, text: str, asked_at: datetime, answer: TextReply) -> None:
    def line(role: str, words: str, at: datetime) -> dict[str, Any]:
        second = round((at - call.started_at).total_seconds(), 3)
        return {"role": role, "text": words, "at": max(second, 0.0)}

    now = timezone.now()
    call.transcript = [
        *(call.transcript or []),
        line("user", text, asked_at),
        line("assistant", answer.text, now),
    ]
    at = call.transcript[-1]["at"]
    call.metrics = counted(call.metrics or {}, answer, at)
    for key, column in COLUMNS.items():
        if key in call.metrics:
            setattr(call, column, call.metrics[key])
    call.llm_engine = f"{answer.provider}/{answer.model}"
    charges.show_cost(call, charges.text_usage(call))
    call.heartbeat_at = now
    columns = ("transcript", "metrics", "llm_engine", *COLUMNS.values())
    call.save(update_fields=("heartbeat_at", *columns, *charges.WRITTEN))


def counted(metrics: dict[str, Any], answer: TextReply, at: float) -> dict[str, Any]:
    """A conversation's metrics with one more reply, ``at`` seconds after its start."""
    turn = metrics.get("turns", 0) + 1
    event = {"service": "llm", "model": answer.model, "at": at, "turn": turn}
    tokens = {
        "promptTokens": answer.prompt_tokens,
        "completionTokens": answer.completion_tokens,
        "cachedTokens": answer.cached_tokens,
    }
    used = {"type": "usage", "unit": "tokens", "value": sum(list(tokens.values())[:2])}
    events = [*metrics.get("events", []), {**used, **event, **tokens}]
    if answer.ttfb_secs:
        events.append({"type": "ttfb", "value": answer.ttfb_secs, **event})
    events = events[-MOST_EVENTS:]
    waits = values_of(events, "ttfb", "llm")
    totals = {
        f"total{name[0].upper()}{name[1:]}": count for name, count in tokens.items()
    }
    return {
        "turns": turn,
        **{name: metrics.get(name, 0) + count for name, count in totals.items()},
        "avgLlmTtfb": sum(waits) / len(waits) if waits else None,
        # Who is paid: where the model changed on the way, the last one.
        "llm": {"provider": answer.provider, "model": answer.model},
        "events": events,
    }
