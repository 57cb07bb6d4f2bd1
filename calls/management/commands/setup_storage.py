"""``manage.py setup_storage``: the bucket and its rules. Safe to repeat."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from calls import bucket, recordings


class Command(BaseCommand):
    help = "Make the bucket for recordings, with its retention and cross-origin rules."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = bucket.prepare(recordings.store())
        except (BotoCoreError, ClientError, OSError) as error:
            raise CommandError(f"The store cannot be used: {error}") from error
        for line in done:
            self.stdout.write(line)
