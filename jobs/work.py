"""The maintenance jobs, each a function that answers its result for log and API."""

from django.conf import settings

from calls import lost, recordings
from calls.slots import gate
from capacity.reconcile import reconcile
from jobs.runner import Result, run

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
    return run(LOST_CALLS, lambda: {"endedCount": lost.end_lost_calls()})


def inspect_recordings() -> Result | None:
    return run(INSPECT, lambda: {"inspectedCount": recordings.inspect_new()})
