"""A receiver, and an endpoint that leads to it."""

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from doubles.receiver import Receiver
from orgs.models import Organization
from webhooks.models import CALL_EVENTS, Delivery, Endpoint
from webhooks.outbox import send_test


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A server of somebody else's, which the tests allow to be here."""
    settings.WEBHOOK_ALLOW_PRIVATE = [ipaddress.ip_network("127.0.0.1/32")]
    double = Receiver()
    yield double
    double.close()


@pytest.fixture
def endpoint(organization: Organization, receiver: Receiver) -> Endpoint:
    return Endpoint.objects.create(
        organization=organization, url=receiver.url, events=list(CALL_EVENTS)
    )


@pytest.fixture
def make_event(endpoint: Endpoint) -> Callable[..., Delivery]:
    """Records an event for the endpoint, which nobody has sent yet."""
    return lambda **changes: send_test(endpoint, **changes)


def header(received: Any, name: str) -> str:
    found: str = {k.lower(): v for k, v in received.headers.items()}[name.lower()]
    return found
