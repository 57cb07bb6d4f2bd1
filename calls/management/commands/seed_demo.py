"""``manage.py seed_demo``: an organization to look around in. Safe to repeat."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from calls.demo import account, seed


class Command(BaseCommand):
    help = "Make the demo organization with its people, agents and past calls."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--credentials",
            type=Path,
            required=True,
            help="File for log-in and API key, written when they are made.",
        )

    def handle(self, *args: Any, credentials: Path, **options: Any) -> None:
        if account.is_there():
            if not credentials.exists():
                raise CommandError(
                    "The demo organization is there, but its log-in is not in "
                    f"{credentials}. Take another DATA_DIR or an empty database."
                )
            self.stdout.write("The demo organization is there already.")
            return
        # Both or neither: a log-in that nobody was told would be of no use.
        with transaction.atomic():
            made = account.make()
            calls = seed.make_history(made)
            write_private(
                credentials,
                {
                    "username": account.USERNAME,
                    "password": made.password,
                    "apiKey": made.api_key,
                    "organizationId": str(made.organization.pk),
                    "agentId": str(made.agents[0].pk),
                },
            )
        self.stdout.write(f"The demo organization is made, with {calls} calls.")


def write_private(path: Path, content: dict[str, str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as file:
        json.dump(content, file, indent=2)
