from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from common.postgres.base import ANSWER_SECS


class CallsConfig(AppConfig):
    name = "calls"

    def ready(self) -> None:
        pre_migrate.connect(take_time, sender=self)
        post_migrate.connect(hurry_again, sender=self)


def take_time(using: str, **_: Any) -> None:
    """Let a migration go through a table of millions of calls, which takes longer than
    a request may."""
    connection: Any = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    connection.connection.patience_secs = None


def hurry_again(using: str, **_: Any) -> None:
    """Back to the limits of requests."""
    connection: Any = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
    connection.connection.patience_secs = ANSWER_SECS
