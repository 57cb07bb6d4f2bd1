"""Finds calls whose bot is gone. A call that its bot confirms is never ended."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from calls import bot_client, legs
from calls.channels import CARRIED_CHANNELS, EndReason, Status
from calls.leg import Leg
from calls.lifecycle import Ending, confirm, mark_all_ended
from calls.models import Call
from calls.slots import gate
from capacity.names import Slot

logger = logging.getLogger(__name__)

# A bot speaks every 10 s. After 45 s it is asked; after 60 s without a word its calls
# are lost, whether it can be reached or not.
ASK_AFTER = timedelta(seconds=45)
LOST_AFTER = timedelta(seconds=60)
BATCH = 2000


@dataclass(frozen=True)
class Swept:
    """What a sweep did: how many calls it ended, and from when on they were stale."""

    count: int
    cutoff: datetime


class Suspect(NamedTuple):
    """A voice call that no bot has confirmed of late, and when one last did."""

    pk: UUID
    organization: UUID
    channel: str
    bot_url: str
    heard: datetime

    @property
    def slot(self) -> Slot:
        return Slot(str(self.pk), str(self.organization))


def database_now() -> datetime:
    """The one clock that replicas share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def end_lost_calls() -> int:
    """End voice calls that their bot does not know, or that none has confirmed for
    60 s. Answers how many."""
    now = database_now()
    since = now - ASK_AFTER
    silent = suspects(since=since, started=since)
    known, unreachable = ask_bots(silent)
    lost = [
        suspect
        for suspect in silent
        if suspect.pk not in known
        and not (suspect.bot_url in unreachable and suspect.heard > now - LOST_AFTER)
    ]
    return end_all(off_the_line(lost), "bot_lost", since=since)


def sweep_stale_calls() -> Swept:
    """End voice calls older than ``STALE_CALL_HOURS`` that no bot confirms: what is
    behind ``end_lost_calls`` when that has not run."""
    now = database_now()
    cutoff = now - timedelta(hours=settings.STALE_CALL_HOURS)
    since = now - LOST_AFTER
    stale = suspects(since=since, started=cutoff)
    known, _ = ask_bots(stale)
    gone = off_the_line([suspect for suspect in stale if suspect.pk not in known])
    return Swept(end_all(gone, "stale_call", since=since), cutoff)


def suspects(*, since: datetime, started: datetime) -> list[Suspect]:
    calls = Call.objects.unconfirmed(since=since, started=started)
    rows = calls.order_by().values_list(
        "pk",
        "organization_id",
        "channel",
        "bot_url",
        Coalesce("heartbeat_at", "started_at"),
    )
    return [Suspect(*row) for row in rows]


def ask_bots(silent: Iterable[Suspect]) -> tuple[set[UUID], set[str]]:
    """Ask the bot of each call which calls it has, all bots at once.

    Notes those that are confirmed, and answers them and the bots out of reach.
    """
    by_bot = defaultdict(set)
    for suspect in silent:
        by_bot[suspect.bot_url].add(suspect.pk)
    if not by_bot:
        return set(), set()
    with ThreadPoolExecutor(max_workers=min(8, len(by_bot))) as pool:
        answers = dict(
            zip(by_bot, pool.map(bot_client.live_calls, by_bot), strict=True)
        )
    known: set[UUID] = set()
    for bot_url, live in answers.items():
        if confirmed := by_bot[bot_url] & (live or set()):
            confirm(confirmed, bot_url)
            known |= confirmed
    return known, {bot_url for bot_url, live in answers.items() if live is None}


def off_the_line(silent: list[Suspect]) -> list[Suspect]:
    """Those that their carrier does not have either. A line that is open has a bot at
    its other end, even if that bot cannot be asked."""
    found = legs_of(silent)
    if not found:
        return silent
    with ThreadPoolExecutor(max_workers=min(8, len(found))) as pool:
        answers = zip(found, pool.map(legs.is_live, found), strict=True)
        on_the_line = {leg.pk for leg, is_live in answers if is_live}
    return [suspect for suspect in silent if suspect.pk not in on_the_line]


def legs_of(suspects: Iterable[Suspect]) -> list[Leg]:
    """The carrier's side of those that have one."""
    carried = [
        suspect.pk for suspect in suspects if suspect.channel in CARRIED_CHANNELS
    ]
    return list(Leg.objects.filter(pk__in=any_of(carried))) if carried else []


def any_of(pks: Iterable[UUID]) -> RawSQL:
    """For ``__in``: one array, where thousands of parameters would take longer to put
    into the statement than to find the rows."""
    return RawSQL("SELECT unnest(%s::uuid[])", [list(pks)])


def end_all(lost: list[Suspect], reason: str, *, since: datetime) -> int:
    """End those of the calls that are still unconfirmed; answers how many."""
    ending = Ending(Status.FAILED, EndReason.ERROR, reason)
    by_pk = {suspect.pk: suspect for suspect in lost}
    asked, ended = list(by_pk), 0
    for start in range(0, len(asked), BATCH):
        with transaction.atomic():
            # A row that is locked is being ended, or confirmed, by someone else.
            won = list(
                Call.objects.unconfirmed(since=since, started=since)
                .filter(pk__in=any_of(asked[start : start + BATCH]))
                .order_by()
                .select_for_update(skip_locked=True)
                .values_list("pk", flat=True)
            )
            mark_all_ended(Call.objects.filter(pk__in=any_of(won)), ending)
        gone = [by_pk[pk] for pk in won]
        gate.release([suspect.slot for suspect in gone])
        for leg in legs_of(gone):
            legs.hang_up(leg)
        for pk in won:
            logger.warning("Lost call ended", extra={"callId": str(pk)})
        ended += len(won)
    return ended
