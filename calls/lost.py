"""Finds calls whose bot is gone. A call that its bot confirms is never ended."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls import bot_client
from calls.channels import EndReason, Status
from calls.lifecycle import Ending, confirm, mark_all_ended, release_slots
from calls.models import Call

logger = logging.getLogger(__name__)

# A bot speaks every 10 s. After 45 s it is asked; after 60 s without a word its calls
# are lost, whether it can be reached or not.
ASK_AFTER = timedelta(seconds=45)
LOST_AFTER = timedelta(seconds=60)
BATCH = 500


@dataclass(frozen=True)
class Swept:
    """What a sweep did: how many calls it ended, and from when on they were stale."""

    count: int
    cutoff: datetime


def end_lost_calls() -> int:
    """End voice calls that their bot does not know, or that none has confirmed for
    60 s. Answers how many."""
    now = timezone.now()
    asked = Call.objects.unconfirmed(since=now - ASK_AFTER, started=now - ASK_AFTER)
    known, unreachable = ask_bots(asked)
    lost = [
        call
        for call in asked
        if call.pk not in known
        and not (call.bot_url in unreachable and last_word(call) > now - LOST_AFTER)
    ]
    return end_all(lost, "bot_lost", since=now - ASK_AFTER)


def sweep_stale_calls() -> Swept:
    """End voice calls older than ``STALE_CALL_HOURS`` that no bot confirms: what is
    behind ``end_lost_calls`` when that has not run."""
    now = timezone.now()
    cutoff = now - timedelta(hours=settings.STALE_CALL_HOURS)
    since = now - LOST_AFTER
    stale = Call.objects.unconfirmed(since=since, started=cutoff)
    known, _ = ask_bots(stale)
    gone = [call for call in stale if call.pk not in known]
    return Swept(end_all(gone, "stale_call", since=since), cutoff)


def last_word(call: Call) -> datetime:
    return call.heartbeat_at or call.started_at


def ask_bots(calls: Iterable[Call]) -> tuple[set[object], set[str]]:
    """Ask the bot of each call which calls it has, all bots at once.

    Notes those that are confirmed, and answers them and the bots out of reach.
    """
    by_bot = defaultdict(set)
    for call in calls:
        by_bot[call.bot_url].add(call.pk)
    if not by_bot:
        return set(), set()
    with ThreadPoolExecutor(max_workers=min(8, len(by_bot))) as pool:
        answers = dict(
            zip(by_bot, pool.map(bot_client.live_calls, by_bot), strict=True)
        )
    known: set[object] = set()
    for bot_url, live in answers.items():
        if confirmed := by_bot[bot_url] & (live or set()):
            confirm(confirmed, bot_url)
            known |= confirmed
    return known, {bot_url for bot_url, live in answers.items() if live is None}


def end_all(calls: list[Call], reason: str, *, since: datetime) -> int:
    """End calls that are still unconfirmed; answers how many."""
    ending = Ending(Status.FAILED, EndReason.ERROR, reason)
    ended = 0
    for start in range(0, len(calls), BATCH):
        part = [call.pk for call in calls[start : start + BATCH]]
        with transaction.atomic():
            # A row that is locked is being ended, or confirmed, by someone else.
            rows = list(
                Call.objects.unconfirmed(since=since, started=since)
                .filter(pk__in=part)
                .only("organization_id", "channel")
                .select_for_update(skip_locked=True)
            )
            mark_all_ended(Call.objects.filter(pk__in=[row.pk for row in rows]), ending)
        release_slots(rows)
        for row in rows:
            logger.warning("Lost call ended", extra={"callId": str(row.pk)})
        ended += len(rows)
    return ended
