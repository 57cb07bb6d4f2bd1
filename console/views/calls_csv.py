"""The calls that a list shows as CSV: all of them, streamed as they are read."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from calls.models import Call
from console.call_filters import CallFilters
from console.pages import PageRequest, page

CHUNK = 2000
HEADER = (
    "id", "startedAt", "endedAt", "status", "failureReason", "endReason", "agent",
    "channel", "direction", "from", "to", "durationSeconds", "turns", "promptTokens",
    "completionTokens", "avgLatencyMs", "costTotalInr", "billingStatus", "unpriced",
    "recorded",
)  # fmt: skip


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


@page
@require_safe
def calls_csv(request: PageRequest) -> StreamingHttpResponse:
    filters = CallFilters(request.GET, request.access.organization)
    calls = filters.apply(Call.objects.of(request.access.organization)).for_list()
    ordered = calls.order_by("-started_at", "-pk").iterator(chunk_size=CHUNK)
    name = f"calls-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        lines(map(row_of, ordered)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(HEADER)
    for row in rows:
        yield writer.writerow([harmless(value) for value in row])


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; a number keeps its sign."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        is_number = value[1:].isdigit()
        return value if is_number else f"'{value}"
    return value


def row_of(call: Call) -> tuple[Any, ...]:
    return (
        call.pk,
        call.started_at.astimezone(UTC).isoformat(),
        call.ended_at.astimezone(UTC).isoformat() if call.ended_at else "",
        call.status,
        call.failure_reason,
        call.end_reason,
        call.agent.name,
        call.channel,
        call.direction,
        call.from_number,
        call.to_number,
        call.duration_secs,
        call.turns,
        call.prompt_tokens,
        call.completion_tokens,
        round(call.avg_latency * 1000) if call.avg_latency is not None else "",
        call.cost_total,
        call.billing_status,
        call.is_unpriced,
        bool(call.recording_key),
    )
