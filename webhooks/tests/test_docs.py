"""The example by which receivers verify is run as it stands in the documents."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doubles.receiver import Receiver
from webhooks.models import Delivery, Endpoint
from webhooks.sending import send_due

PAGE = Path(__file__).parent.parent.parent / "docs" / "webhooks.md"


@pytest.fixture
def is_genuine() -> Callable[..., bool]:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found.group(1), names)
    function: Callable[..., bool] = names["is_genuine"]
    return function


def test_what_we_send_is_genuine_and_nothing_else(
    is_genuine: Callable[..., bool],
    make_event: Callable[..., Delivery],
    endpoint: Endpoint,
    receiver: Receiver,
) -> None:
    make_event()
    send_due(endpoint.pk)
    (got,) = receiver.received

    assert is_genuine(endpoint.secret, got.headers, got.body)
    assert not is_genuine("another", got.headers, got.body)
    assert not is_genuine(endpoint.secret, got.headers, got.body + b" ")
    later = got.headers | {"X-OsmTalk-Timestamp": "1"}
    assert not is_genuine(endpoint.secret, later, got.body)
