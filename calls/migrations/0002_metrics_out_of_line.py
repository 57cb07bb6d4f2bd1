"""Keeps the long JSON of calls out of the rows that lists read."""

from typing import ClassVar

from django.db import migrations

# PostgreSQL moves values out of a row only above this size; by default that is 2 kB,
# which compressed metrics stay under, so that lists would read them.
FORWARD = "ALTER TABLE calls SET (toast_tuple_target = 128)"
BACKWARD = "ALTER TABLE calls RESET (toast_tuple_target)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("calls", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
