"""The maintenance jobs, each a function that answers its result for log and API."""

import logging

from django.conf import settings
from django.utils import timezone
from redis import RedisError

from calls import conversations, lost, recordings, retention, usage
from calls.slots import gate
from capacity import history
from capacity.reconcile import reap, reconcile
from idempotency import keeping
from jobs.runner import Result, run
from webhooks import sending
from webhooks.tasks import queue_due

# Jobs that run every few seconds would drown the others in the log.
OFTEN = logging.DEBUG

SWEEP, RECONCILE = "sweep-stale-calls", "reconcile-capacity"
EXPIRE, ORPHANS = "expire-recordings", "remove-orphaned-recordings"
LOST_CALLS, INSPECT = "end-lost-calls", "inspect-recordings"
PEAKS, ANSWERS = "record-peaks", "forget-answers"
IDLE_CHATS = "end-idle-chats"
SEND_WEBHOOKS, OLD_WEBHOOKS = "send-webhooks", "forget-webhooks"


def sweep_stale_calls() -> Result | None:
    def work() -> Result:
        swept = lost.sweep_stale_calls()
        return {
            "sweptCount": swept.count,
            "cutoff": swept.cutoff.isoformat(),
            "thresholdHours": settings.STALE_CALL_HOURS,
        }

    return run(SWEEP, work)


def reconcile_capacity() -> Result | None:
    def work() -> Result:
        found = reconcile(gate)
        return {"globalCount": found.global_count, "orgs": found.orgs}

    return run(RECONCILE, work)


def end_lost_calls() -> Result | None:
    def work() -> Result:
        ended = lost.end_lost_calls()
        try:
            return {"endedCount": ended, "reapedCount": reap(gate)}
        except RedisError as error:
            # Without Redis the gate decides by the calls alone: nothing is to mend.
            gate.fail(error)
            return {"endedCount": ended, "reapedCount": 0}

    return run(LOST_CALLS, work, level=OFTEN)


def end_idle_chats() -> Result | None:
    def work() -> Result:
        return {"endedCount": conversations.end_idle()}

    return run(IDLE_CHATS, work, level=OFTEN)


def send_webhooks() -> Result | None:
    def work() -> Result:
        return {"endpoints": queue_due()}

    return run(SEND_WEBHOOKS, work, level=OFTEN)


def forget_webhooks() -> Result | None:
    def work() -> Result:
        return {"removedCount": sending.forget_old()}

    return run(OLD_WEBHOOKS, work, level=OFTEN)


def record_peaks() -> Result | None:
    def work() -> Result:
        history.forget_before(timezone.now() - usage.KEPT)
        return {"peaks": usage.record_peaks()}

    return run(PEAKS, work, level=OFTEN)


def inspect_recordings() -> Result | None:
    def work() -> Result:
        return {"inspectedCount": recordings.inspect_new()}

    return run(INSPECT, work, level=OFTEN)


def expire_recordings() -> Result | None:
    def work() -> Result:
        return {"removedCount": retention.expire()}

    return run(EXPIRE, work)


def remove_orphaned_recordings() -> Result | None:
    def work() -> Result:
        return {"removedCount": retention.remove_orphans()}

    return run(ORPHANS, work)


def forget_answers() -> Result | None:
    def work() -> Result:
        return {"removedCount": keeping.remove_expired()}

    return run(ANSWERS, work)
