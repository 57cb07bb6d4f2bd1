from django.urls import path

from calls import api, chat_api, recording_views, stats_api

urlpatterns = [
    path("agents/<uuid:agent_id>/connect", api.connect),
    path("agents/<uuid:agent_id>/stats", stats_api.agent_stats),
    path("agents/<uuid:agent_id>/chat", chat_api.chat),
    path("widget/agents/<uuid:agent_id>/connect", api.widget_connect),
    path("widget/agents/<uuid:agent_id>/chat", chat_api.widget_chat),
    path("widget/calls", api.widget_calls),
    path("widget/calls/outbound", api.widget_outbound),
    path("widget/calls/<uuid:call_id>", api.widget_call),
    path("widget/dashboard", stats_api.widget_dashboard),
    path("billing/usage", stats_api.usage),
    path("calls", api.calls),
    path("calls/outbound", api.outbound),
    path("calls/<uuid:call_id>", api.call_details),
    path("calls/<uuid:call_id>/end", api.end),
    path("calls/<uuid:call_id>/transfer", api.transfer_call),
    path("calls/<uuid:call_id>/complete", api.complete),
    path("calls/<uuid:call_id>/offer", api.offer),
    path("calls/<uuid:call_id>/upload-url", api.upload_url),
    path("bot/heartbeat", api.heartbeat),
    path("recordings/<str:token>", recording_views.recording),
]
