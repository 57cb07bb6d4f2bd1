"""Row 6: completing a call by HTTP, with its costs and the ledger, beside the same by
plain ORM and nested serializers, and beside a view that does nothing."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from benchmarks.harness import ROUNDS, Case, compare_finely, table
from benchmarks.servers import project

if TYPE_CHECKING:
    from agents.models import Agent
    from calls.models import Call

# Requests of each in a round.
TIMES = 25
# 2.4 times as fast.
GOAL = 0.416
OWN, PLAIN, CONSTANT = "/api/calls/{}/complete", "/plain/{}", "/constant/{}"
PRICES = (
    ("llm", "openai", "gpt-4.1-mini", "input_token", "0.40", 1_000_000),
    ("llm", "openai", "gpt-4.1-mini", "output_token", "1.60", 1_000_000),
    ("stt", "deepgram", "nova-3", "second", "0.0060", 60),
    ("tts", "deepgram", "aura-2", "character", "0.030", 1_000),
)
LINES = 16


def report() -> bytes:
    """What a bot says of a call of eight turns, about 6 kB."""
    from benchmarks.data import events
    from calls.examples import REPORT

    text = "One sentence of about the length that people say."
    roles = ("assistant", "user")
    lines = [
        {"role": roles[nth % 2], "text": text, "at": nth * 5.5, "until": nth * 5.5 + 3}
        for nth in range(LINES)
    ]
    metrics = REPORT["metrics"] | json.loads(events())
    return json.dumps(REPORT | {"transcript": lines, "metrics": metrics}).encode()


def make_agent() -> "Agent":
    """An agent whose engines have prices, of an organization with credits."""
    from agents.models import Agent
    from billing.models import Account, Rate
    from orgs.models import Organization

    for kind, provider, model, unit, price, per in PRICES:
        Rate.objects.get_or_create(
            kind=kind, provider=provider, model=model, unit=unit, per=per,
            valid_from=date(2026, 1, 1),
            defaults={"price": Decimal(price), "fx": 100, "margin": 0},
        )  # fmt: skip
    organization = Organization.objects.create(name="Benchmark")
    Account.objects.create(organization=organization, balance=1_000_000)
    return Agent.objects.create(
        organization=organization, name="Agent", prompt="Be brief.",
        llm_provider="openai", llm_model="gpt-4.1-mini", stt_provider="deepgram",
        stt_model="nova-3", tts_provider="deepgram", tts_model="aura-2",
    )  # fmt: skip


def active_calls(agent: "Agent", count: int) -> Iterator["Call"]:
    """Calls that were begun, with a slot each."""
    from calls.channels import Channel
    from calls.lifecycle import CallRequest, draft_call
    from calls.models import Call
    from calls.slots import gate, slot_of

    wanted = CallRequest(agent=agent, channel=Channel.WEB)
    calls = Call.objects.bulk_create(draft_call(wanted) for _ in range(count))
    for call in calls:
        gate.slots.acquire(slot_of(call), 10 * count, 10 * count)
    return iter(calls)


def poster(route: str, calls: Iterator["Call"]) -> Callable[[], None]:
    """Reports the next of the calls on a route."""
    from django.conf import settings
    from django.test import Client

    client = Client(headers={"x-internal-secret": settings.INTERNAL_API_SECRET})
    raw = report()

    def post() -> None:
        url = route.format(next(calls).pk)
        answer = client.post(url, raw, content_type="application/json")
        assert answer.status_code == 200, answer.content

    return post


def kept(agent: "Agent") -> set[Any]:
    """What the calls of an agent came to, without what is each call's own."""
    from calls.models import Call

    columns = (
        *("status", "end_reason", "turns", "prompt_tokens", "llm_engine"),
        *("cost_llm", "cost_stt", "cost_tts", "cost_total", "billing_status"),
    )
    return set(Call.objects.filter(agent=agent).values_list(*columns))


def main(rounds: int = ROUNDS, times: int = TIMES) -> bool:
    from django.test import override_settings

    from billing.models import LedgerEntry

    agents = {route: make_agent() for route in (PLAIN, OWN, CONSTANT)}
    count = (rounds + 1) * times
    posts = {
        route: poster(route, active_calls(agent, count))
        for route, agent in agents.items()
    }
    with override_settings(
        ROOT_URLCONF="benchmarks.plain_completion",
        API_REQUESTS_PER_MINUTE_PER_ADDRESS=0,
        ALLOWED_HOSTS=["testserver"],
    ):
        ratios = compare_finely(
            Case("plain ORM", posts[PLAIN]),
            [
                (Case("a completion", posts[OWN]), GOAL),
                (Case("a view that does nothing", posts[CONSTANT]), None),
            ],
            rounds,
            times,
        )
    assert kept(agents[OWN]) == kept(agents[PLAIN])
    assert LedgerEntry.objects.count() >= 2 * count
    title = "6. Completion of a call: HTTP, lifecycle, costs, ledger"
    print(table(title, "the same by plain ORM, nested serializers", ratios))
    return all(ratio.is_met for ratio in ratios)


if __name__ == "__main__":
    with project():
        logging.disable(logging.WARNING)
        met = main(*(int(argument) for argument in sys.argv[1:]))
    sys.exit(not met)
