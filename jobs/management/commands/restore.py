"""``manage.py restore FOLDER``: see docs/backup.md. Into an empty database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from jobs import backup


class Command(BaseCommand):
    help = "Bring the database and the recordings back from a backup."
    # Nothing is there yet that could be checked.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--only",
            choices=["database", "recordings"],
            help="Leave the other one out.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder, only = options["folder"], options["only"]
        try:
            if only != "recordings":
                backup.restore_database(folder)
                self.stdout.write("Database: restored.")
            if only != "database":
                found = backup.restore_recordings(folder)
                self.stdout.write(
                    f"Recordings: {found.copied:,} put back, "
                    f"{found.present:,} were there."
                )
        except (backup.BackupError, BotoCoreError, ClientError, OSError) as error:
            raise CommandError(f"The restore is not whole: {error}") from error
