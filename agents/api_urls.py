from django.urls import path

from agents import api

urlpatterns = [
    path("agents", api.agents),
    path("agents/<uuid:agent_id>", api.agent),
    path("widget/agents", api.widget_agents),
    path("widget/phone-numbers", api.widget_phone_numbers),
]
