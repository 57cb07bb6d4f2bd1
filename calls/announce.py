"""A call's start and its end are told to webhooks: once each, and in the transaction
in which they happen."""

import uuid
from collections.abc import Iterable

from django.db.models import QuerySet

from calls.channels import Status
from calls.models import Call
from calls.serializers import CallListOut
from webhooks import outbox
from webhooks.models import EventType

ENDS = {Status.COMPLETED: EventType.COMPLETED, Status.FAILED: EventType.FAILED}


def started(call: Call) -> None:
    """The call was saved, as active."""
    endpoints = outbox.listeners([call.organization_id], [EventType.STARTED])
    if endpoints:
        outbox.record([happened(call, EventType.STARTED)], endpoints)


def ended(calls: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> None:
    """Calls, each by its key and its organization's, are not active any more."""
    organization_of = dict(calls)
    endpoints = outbox.listeners(organization_of.values(), ENDS.values())
    if not endpoints:
        return
    told = {endpoint.organization_id for endpoint in endpoints}
    keys = [pk for pk, organization in organization_of.items() if organization in told]
    with_words = any(endpoint.include_transcript for endpoint in endpoints)
    outbox.record(
        (
            happened(call, ENDS[Status(call.status)], with_words=with_words)
            for call in for_telling(Call.objects.filter(pk__in=keys), with_words)
        ),
        endpoints,
    )


def settled(call: Call) -> None:
    """The call has ended, and what it cost and what was said are known."""
    event = ENDS[Status(call.status)]
    if endpoints := outbox.listeners([call.organization_id], [event]):
        with_words = any(endpoint.include_transcript for endpoint in endpoints)
        outbox.record([happened(call, event, with_words=with_words)], endpoints)


def for_telling(calls: "QuerySet[Call]", with_words: bool) -> "QuerySet[Call]":
    unread = ("metrics", "agent_config", "dynamic_variables")
    calls = calls.select_related("agent").defer(*unread)
    return calls if with_words else calls.defer("transcript")


def happened(
    call: Call, event: EventType, *, with_words: bool = False
) -> outbox.Happened:
    return outbox.Happened(
        type=event,
        organization_id=call.organization_id,
        call_id=call.pk,
        call=CallListOut(call).data,
        transcript=(call.transcript or []) if with_words else None,
    )
