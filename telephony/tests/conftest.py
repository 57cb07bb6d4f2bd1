"""Plivo's callbacks, sent straight to the views, with its signature."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from agents.models import Agent, PhoneNumber
from calls.models import Call
from doubles import plivo as double
from doubles.bot import BotDouble
from doubles.plivo import Plivo

UUID = "0f1e2d3c-call-of-plivos"


def post(path: str, token: str = double.AUTH_TOKEN, **fields: str) -> HttpResponse:
    """A signed callback to ``/api/plivo/…``."""
    body = {"CallUUID": UUID} | fields
    url = f"{settings.PUBLIC_URL}/api/plivo/{path}"
    return Client().post(  # type: ignore[return-value]
        f"/api/plivo/{path}",
        urlencode(body),
        content_type="application/x-www-form-urlencoded",
        headers=double.signed(url, body, token),
    )


@pytest.fixture
def dial(
    api: APIClient, agent: Agent, number: PhoneNumber, bot: BotDouble, plivo: Plivo
) -> Callable[[], Call]:
    """Starts an outbound call, which then rings for ever."""

    def dial() -> Call:
        response = api.post(
            "/api/calls/outbound",
            {
                "agentId": str(agent.pk),
                "phoneNumberId": str(number.pk),
                "destination": "+919812345678",
            },
        )
        assert response.status_code == 201, response.content
        return Call.objects.get(pk=response.json()["callId"])

    return dial
