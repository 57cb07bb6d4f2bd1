"""Which calls a list shows; the API and the console ask with the same words."""

from typing import Any

from calls.models import CallQuerySet

# Words of the query, and the conditions on columns that they stand for.
CONDITIONS = {
    "agentId": "agent_id",
    "channel": "channel",
    "status": "status",
    "failureReason": "failure_reason",
    "startedFrom": "started_at__gte",
    "startedTo": "started_at__lt",
}


def filtered(calls: CallQuerySet, wanted: dict[str, Any]) -> CallQuerySet:
    """``calls`` that meet every condition of ``wanted``; empty ones are passed over."""
    conditions = {
        column: wanted[word]
        for word, column in CONDITIONS.items()
        if wanted.get(word) not in (None, "")
    }
    calls = calls.filter(**conditions)
    if (recorded := wanted.get("hasRecording")) is not None:
        calls = (
            calls.exclude(recording_key="")
            if recorded
            else calls.filter(recording_key="")
        )
    return calls
