"""Making, changing and removing agents."""

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from agents.models import Agent
from orgs.models import Organization


def create_agent(organization: Organization, columns: dict[str, Any]) -> Agent:
    """Make an agent of the organization with these values."""
    return Agent.objects.create(organization=organization, **columns)


def change_agent(agent: Agent, columns: dict[str, Any]) -> Agent:
    """Give an agent new values. Calls that have begun keep what they began with."""
    for name, value in columns.items():
        setattr(agent, name, value)
    agent.save(update_fields=[*columns, "updated_at"])
    return agent


@transaction.atomic
def remove_agent(agent: Agent) -> bool:
    """Delete an agent; one with calls is archived, since they stay with it. Its phone
    numbers are free again. Answers whether it was deleted."""
    # A call that is starting with it waits here, or this waits for it.
    held = Agent.objects.select_for_update().get(pk=agent.pk)
    try:
        with transaction.atomic():
            held.delete()
    except ProtectedError:
        held.phone_numbers.update(agent=None)
        held.archived_at = timezone.now()
        held.save(update_fields=["archived_at", "updated_at"])
        return False
    return True
