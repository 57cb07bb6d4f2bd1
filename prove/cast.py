"""Makes the organizations of a proof, and prints what the proof needs to know of them.
``python -m prove.cast NUMBER``, with the environment of the api."""

import json
import sys
from decimal import Decimal

import django


def main(number: int) -> None:
    from agents.models import Agent
    from billing import credits
    from billing.models import EntryKind
    from orgs.models import Organization, create_api_key

    cast = []
    for each in range(number):
        organization = Organization.objects.create(name=f"Organization {each}")
        credits.add_entry(
            organization.pk,
            kind=EntryKind.TOP_UP,
            amount=Decimal(1_000_000),
            note="For the proof",
        )
        agent = Agent.objects.create(
            organization=organization, name="Agent", prompt="Be brief."
        )
        _, key = create_api_key(organization, name="Proof", scopes=["voice", "read"])
        cast.append(
            {"organization": str(organization.pk), "agent": str(agent.pk), "key": key}
        )
    print(json.dumps(cast))


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
