"""The pages that the frame leads to, for those who may see them."""

from dataclasses import dataclass

from orgs.access import Access


@dataclass(frozen=True)
class Item:
    """``routes`` are the names of all pages that belong under it."""

    label: str
    url: str
    icon: str
    routes: tuple[str, ...]


def item(label: str, name: str, icon: str, *more: str) -> Item:
    return Item(label, f"console:{name}", icon, (name, *more))


CALLS = item("Calls", "calls", "phone", "call", "call-metrics", "call-events")
LIVE = item("Live", "live", "radio")
CAPACITY = item("Capacity", "capacity", "gauge")
STATUS = item("Status", "status", "activity")
NUMBERS = item("Numbers", "numbers", "hash")
AGENTS = item("Agents", "agents", "bot", "agent", "talk")
ANALYTICS = item(
    "Analytics",
    "analytics",
    "chart-column",
    "analytics-costs",
    "analytics-latency",
    "analytics-failures",
)
BILLING = item("Billing", "billing", "wallet")
PEOPLE = item("People", "people", "users")
WEBHOOKS = item("Webhooks", "webhooks", "external-link", "webhook")
KEYS = item("API keys", "keys", "key-round", "key")


def menu(access: Access) -> list[Item]:
    """What this person may open, in the order in which it is needed."""
    numbers = [NUMBERS] if access.may_manage else []
    programs = [WEBHOOKS, KEYS] if access.may_manage else []
    own = [BILLING, PEOPLE] if access.is_owner else []
    pages = [CALLS, LIVE, CAPACITY, ANALYTICS, AGENTS, *numbers]
    return [*pages, *programs, *own, STATUS]
