"""The pages that operators see."""

from django.urls import path
from django.views.generic import RedirectView

from console.views import (
    agents,
    analytics,
    billing,
    billing_csv,
    call,
    calls,
    calls_csv,
    capacity,
    live,
    numbers,
    people,
    session,
    status,
)

app_name = "console"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console:calls"), name="home"),
    path("agents", agents.agents, name="agents"),
    path("agents/<uuid:agent_id>", agents.agent, name="agent"),
    path("agents/<uuid:agent_id>/talk", agents.talk, name="talk"),
    path("numbers", numbers.numbers, name="numbers"),
    path("numbers/<uuid:number_id>", numbers.change, name="change-number"),
    path("analytics", analytics.volume, name="analytics"),
    path("analytics/costs", analytics.costs, name="analytics-costs"),
    path("analytics/latency", analytics.latency, name="analytics-latency"),
    path("analytics/failures", analytics.failures, name="analytics-failures"),
    path("billing", billing.billing, name="billing"),
    path("billing/ledger.csv", billing_csv.ledger_csv, name="ledger-csv"),
    path("billing/usage.csv", billing_csv.usage_csv, name="usage-csv"),
    path("people", people.people, name="people"),
    path("people/add", people.add, name="add-person"),
    path("people/<int:member_id>/role", people.change_role, name="change-role"),
    path("people/<int:member_id>/remove", people.remove, name="remove-person"),
    path("organization", session.switch, name="switch"),
    path("live", live.live, name="live"),
    path("live/part", live.part, name="live-part"),
    path("live/<uuid:call_id>/end", live.end, name="live-end"),
    path("capacity", capacity.capacity, name="capacity"),
    path("capacity/gauges", capacity.gauge_part, name="capacity-gauges"),
    path("capacity/holders", capacity.holder_part, name="capacity-holders"),
    path("status", status.status, name="status"),
    path("status/part", status.part, name="status-part"),
    path("calls", calls.calls, name="calls"),
    path("calls.csv", calls_csv.calls_csv, name="calls-csv"),
    path("calls/columns", calls.choose_columns, name="call-columns"),
    path("calls/views", calls.save_view, name="save-view"),
    path("calls/views/<int:view_id>/delete", calls.delete_view, name="delete-view"),
    path("calls/<uuid:call_id>", call.transcript, name="call"),
    path("calls/<uuid:call_id>/lines", call.rest, name="call-lines"),
    path("calls/<uuid:call_id>/metrics", call.metrics, name="call-metrics"),
    path("calls/<uuid:call_id>/events", call.events, name="call-events"),
    path("calls/<uuid:call_id>/transcript.txt", call.as_text, name="call-text"),
    path("calls/<uuid:call_id>/call.json", call.as_json, name="call-json"),
    path("calls/<uuid:call_id>/end", call.end, name="call-end"),
]
