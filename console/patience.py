"""How long a page's questions to the database may take."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

# A filter that finds little may have to look at very many calls.
PATIENCE_MS = 5000


class TookTooLong(Exception):
    """The database was stopped; the page asks for something narrower."""


@contextmanager
def patience() -> Iterator[None]:
    """Statements within are stopped after ``PATIENCE_MS``. Raises ``TookTooLong``."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, true)",
                    [str(PATIENCE_MS)],
                )
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TookTooLong from error
        raise
