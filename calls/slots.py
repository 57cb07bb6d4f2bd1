"""The one gate in use, and the table of calls as the ledger behind it."""

from collections.abc import Iterable

from django.db import connection

from calls.models import Call
from capacity.breaker import Breaker
from capacity.gate import Gate
from capacity.sets import Slot, SlotSets
from common.redis import client

# Seconds for which a Redis that failed is left alone.
REDIS_REST_SECS = 5

# One pass over the partial index of calls that hold a slot.
USAGE = """
    SELECT count(*), count(*) FILTER (WHERE organization_id = %s)
    FROM calls WHERE holds_slot
"""


class CallLedger:
    """Answers the gate from the rows of active voice calls."""

    def usage(self, org: str) -> tuple[int, int]:
        with connection.cursor() as cursor:
            cursor.execute(USAGE, [org])
            all_, own = cursor.fetchone()
        return all_, own

    def holders(self) -> Iterable[Slot]:
        rows = Call.objects.holding_slots().values_list("pk", "organization_id")
        return (Slot(str(call), str(org)) for call, org in rows.iterator())

    def ended(self, calls: Iterable[str]) -> set[str]:
        asked = set(calls)
        held = Call.objects.holding_slots().filter(pk__in=asked)
        return asked - {str(pk) for pk in held.values_list("pk", flat=True)}


def slot_of(call: Call) -> Slot:
    return Slot(str(call.pk), str(call.organization_id))


gate = Gate(SlotSets(client), CallLedger(), Breaker(REDIS_REST_SECS))
