"""The maintenance jobs, each a function that answers its result for log and API."""

import logging

from django.conf import settings

from calls import lost, recordings
from calls.slots import gate
from capacity.reconcile import reconcile
from jobs.runner import Result, run

# Jobs that run every few seconds would drown the others in the log.
OFTEN = logging.DEBUG

SWEEP, RECONCILE = "sweep-stale-calls", "reconcile-capacity"
LOST_CALLS, INSPECT = "end-lost-calls", "inspect-recordings"


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
        return {"endedCount": lost.end_lost_calls()}

    return run(LOST_CALLS, work, level=OFTEN)


def inspect_recordings() -> Result | None:
    def work() -> Result:
        return {"inspectedCount": recordings.inspect_new()}

    return run(INSPECT, work, level=OFTEN)
