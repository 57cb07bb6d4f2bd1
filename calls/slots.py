"""The one gate in use, and the table of calls as the ledger behind it."""

from collections.abc import Iterable

from django.db import connection

from calls.models import Call
from capacity.breaker import Breaker
from capacity.connection import Link, client
from capacity.gate import Gate
from capacity.names import Slot
from capacity.sets import SlotSets

# Seconds for which a Redis that failed is left alone.
REDIS_REST_SECS = 5

# One pass over the partial index of calls that hold a slot.
USAGE = """
    SELECT count(*), count(*) FILTER (WHERE organization_id = %(org)s)
    FROM calls WHERE holds_slot
"""
# Few rows are quicker to read than many.
HOLDERS = """
    SELECT organization_id::text, count(*), string_agg(id::text, ' ')
    FROM calls WHERE holds_slot GROUP BY organization_id
"""
HELD = "SELECT id::text FROM calls WHERE holds_slot"
# Above this, reading all that are held is quicker than asking for each.
FEW = 1000


class CallLedger:
    """Answers the gate from the rows of active voice calls."""

    usage, holders = USAGE, HOLDERS

    def ended(self, calls: Iterable[str]) -> set[str]:
        asked = set(calls)
        if not asked:
            return asked
        with connection.cursor() as cursor:
            if len(asked) > FEW:
                cursor.execute(HELD)
            else:
                cursor.execute(f"{HELD} AND id = ANY(%s::uuid[])", [sorted(asked)])
            return asked.difference(call for (call,) in cursor.fetchall())


def slot_of(call: Call) -> Slot:
    return Slot(str(call.pk), str(call.organization_id))


gate = Gate(SlotSets(Link(client)), CallLedger(), Breaker(REDIS_REST_SECS))
