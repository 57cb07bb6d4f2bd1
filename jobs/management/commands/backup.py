"""``manage.py backup FOLDER``: see docs/backup.md. May run while calls go on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from jobs import backup


class Command(BaseCommand):
    help = "Copy the database and the recordings to a folder."

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
                file = backup.dump_database(folder)
                self.stdout.write(f"Database: {file.stat().st_size:,} bytes.")
            # After the database: a recording more than it knows does no harm.
            if only != "database":
                found = backup.copy_recordings(folder)
                self.stdout.write(
                    f"Recordings: {found.copied:,} copied, "
                    f"{found.present:,} were there."
                )
        except (backup.BackupError, BotoCoreError, ClientError, OSError) as error:
            raise CommandError(f"The backup is not whole: {error}") from error
