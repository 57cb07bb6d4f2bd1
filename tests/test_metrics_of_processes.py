"""What the processes of one api count is one figure, whichever of them answers."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from launcher.stack import Stack

pytestmark = pytest.mark.slow

CALLS = 6
NAMES = ("calls_started_total", "calls_ended_total")


def counted(stack: Stack) -> dict[str, float]:
    """Web calls that began, and those that completed. On a connection of its own, which
    any of the processes may take."""
    secret = {"x-internal-secret": stack.demo["internalSecret"]}
    text = httpx.get(f"{stack.demo['url']}/metrics", headers=secret, timeout=20).text
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in NAMES
        and sample.labels["channel"] == "web"
        and sample.labels.get("status", "completed") == "completed"
    }


def test_every_process_tells_what_all_of_them_counted(stack: Stack) -> None:
    before = counted(stack)
    key = {"x-api-key": stack.demo["apiKey"]}
    url = f"{stack.demo['url']}/api"

    for _ in range(CALLS):
        connect = f"{url}/agents/{stack.demo['agentId']}/connect"
        call = httpx.post(connect, headers=key, timeout=20).json()["callId"]
        httpx.post(f"{url}/calls/{call}/end", headers=key, timeout=20)

    told = [counted(stack) for _ in range(8)]
    assert told == [{name: before[name] + CALLS for name in NAMES}] * 8
