"""The calls that a list shows as CSV: all of them, streamed as they are read."""

from datetime import UTC
from typing import Any

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from calls.models import Call
from console.call_filters import CallFilters
from console.csv_stream import stream
from console.pages import PageRequest, page

CHUNK = 2000
HEADER = (
    "id", "startedAt", "endedAt", "status", "failureReason", "endReason", "agent",
    "channel", "direction", "from", "to", "durationSeconds", "turns", "promptTokens",
    "completionTokens", "avgLatencyMs", "costTotalInr", "billingStatus", "unpriced",
    "recorded",
)  # fmt: skip


@page
@require_safe
def calls_csv(request: PageRequest) -> StreamingHttpResponse:
    filters = CallFilters(request.GET, request.access.organization)
    calls = filters.apply(Call.objects.of(request.access.organization)).for_list()
    ordered = calls.order_by("-started_at", "-pk").iterator(chunk_size=CHUNK)
    return stream("calls", HEADER, map(row_of, ordered))


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
