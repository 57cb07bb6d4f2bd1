"""The ledger and the usage as CSV, for owners and their books."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from billing.models import EntryKind, LedgerEntry
from calls import analytics
from console.csv_stream import stream
from console.pages import PageRequest, needs_owner, page
from console.range_filters import RangeFilters

CHUNK = 2000
LEDGER = ("id", "createdAt", "kind", "amountInr", "callId", "note")
USAGE = (
    "day", "agentId", "agent", "calls", "minutes", "llmInr", "sttInr", "ttsInr",
    "sipInr", "totalInr", "callsWithUnpricedUse",
)  # fmt: skip


@page
@needs_owner
@require_safe
def ledger_csv(request: PageRequest) -> StreamingHttpResponse:
    """Every entry of the ledger, or those of one kind, the newest first."""
    own = LedgerEntry.objects.filter(organization=request.access.organization)
    if (kind := request.GET.get("kind")) in EntryKind.values:
        own = own.filter(kind=kind)
    ordered = own.order_by("-created_at", "-pk").iterator(chunk_size=CHUNK)
    return stream("ledger", LEDGER, map(entry_row, ordered))


def entry_row(entry: LedgerEntry) -> tuple[Any, ...]:
    return (
        entry.pk,
        entry.created_at.astimezone(UTC).isoformat(),
        entry.kind,
        entry.amount,
        entry.call_id or "",
        entry.note,
    )


@page
@needs_owner
@require_safe
def usage_csv(request: PageRequest) -> StreamingHttpResponse:
    """The range's use by day and agent. Each day is summed when its turn comes, so a
    long range begins at once."""
    filters = RangeFilters(request.GET, request.access.organization)
    return stream("usage", USAGE, usage_rows(filters))


def usage_rows(filters: RangeFilters) -> Iterator[tuple[Any, ...]]:
    days = filters.days
    for day, wanted in zip(days.all, filters.each_day(), strict=True):
        spent = analytics.spending(wanted).agents
        for agent, found in sorted(spent.items(), key=lambda pair: str(pair[0])):
            yield (
                day,
                agent,
                filters.names.get(agent, ""),
                found.calls,
                f"{found.seconds / 60:.2f}",
                found.llm,
                found.stt,
                found.tts,
                found.sip,
                found.total,
                found.unpriced,
            )
