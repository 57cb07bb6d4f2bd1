"""One function for each dependency. It raises when the dependency is bad."""

from django.db import connection

from common import redis as redis_client


class Unhealthy(Exception):
    """The reason in one or two words, fit for anybody to read."""


def api() -> None:
    """That this runs is the answer."""


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def redis() -> None:
    redis_client.client().ping()
