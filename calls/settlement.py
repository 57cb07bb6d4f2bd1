"""A call that has ended is settled: its use is priced, and all that comes of it is
written by one statement, which holds as a whole or not at all.

Most of the time that a completion takes is the way to the database and back, so that
one statement is worth several times as many queries of the ORM.
"""

import json
import uuid
from decimal import Decimal
from typing import Any

from django.db import connection

from billing import credits, rates
from calls import charges, costs
from calls.channels import BillingStatus
from calls.failures import is_free
from calls.metrics import COLUMNS
from calls.models import Call, CostLine
from common.errors import NotFound
from webhooks import outbox

# With what an answer shows besides, so that it needs no query of its own.
LOCK = """
SELECT calls.*, agents_agent.name AS agent_name
FROM calls JOIN agents_agent ON agents_agent.id = agent_id
WHERE calls.id = %s
FOR UPDATE OF calls
"""

# All that an end and its report may change; what a call was started with stays.
CALL_FIELDS: list[Any] = [
    Call._meta.get_field(name)
    for name in (
        "status",
        "end_reason",
        "failure_reason",
        "ended_at",
        "duration_secs",
        "reported_at",
        "metrics",
        "transcript",
        "stt_seconds",
        *(f"{kind}_engine" for kind in (costs.LLM, costs.STT, costs.TTS)),
        *COLUMNS.values(),
        *charges.WRITTEN,
        "recording_key",
    )
]
LINE_FIELDS: list[Any] = [
    field
    for field in CostLine._meta.concrete_fields
    if field.name not in ("id", "call")
]

NAMES = ", ".join(field.column for field in LINE_FIELDS)
VALUES = ", ".join(f"{field.column} = %({field.column})s" for field in CALL_FIELDS)

# The balance is known when it is locked, and decides whether it covered the charge.
WRITE = f"""
WITH {credits.CHARGE}, {rates.MARK_USED}, kept AS (
    INSERT INTO calls_costline (call_id, {NAMES})
    SELECT %(call_id)s, {NAMES}
    FROM jsonb_populate_recordset(NULL::calls_costline, %(lines)s)
)
UPDATE calls SET {VALUES},
    billing_status = CASE WHEN (SELECT balance FROM account) < 0
        THEN '{BillingStatus.FAILED.value}' ELSE %(billing_status)s END
WHERE id = %(call_id)s
RETURNING billing_status, {outbox.IS_HEARD}
"""


def lock(call_id: uuid.UUID) -> Call:
    """The call, which is nobody else's until the transaction ends. Raises
    ``NotFound``."""
    found = list(Call.objects.raw(LOCK, [call_id]))
    if not found:
        raise NotFound("There is no call by that id.")
    return found[0]


def settle(call: Call, usage: costs.Usage) -> bool:
    """Save a call that has ended, and charge for its use; to be called once, by who has
    its row locked. Answers whether anybody listens to what happens to it.

    Raises ``IntegrityError`` for a call that was charged before.
    """
    if is_free(call.failure_reason):
        call.billing_status = BillingStatus.FREE
        return _write(call, costs.Costs(()))
    priced = charges.show_cost(call, usage)
    call.billing_status = _status(priced)
    return _write(call, priced)


def _status(priced: costs.Costs) -> BillingStatus:
    if priced.total:
        return BillingStatus.CHARGED
    # Unpriced use is not free: it waits for a rate.
    return BillingStatus.PENDING if priced.is_unpriced else BillingStatus.FREE


def _write(call: Call, priced: costs.Costs) -> bool:
    call.lines = [_line(call, line) for line in priced.lines]
    parameters = _columns(call, CALL_FIELDS) | {
        "call_id": call.pk,
        "organization_id": call.organization_id,
        "charge": priced.total,
        "charged_at": call.ended_at,
        "billing_status": call.billing_status,
        "used_rates": [line.rate_id for line in call.lines if line.rate_id],
        "lines": json.dumps(
            [_columns(line, LINE_FIELDS) for line in call.lines], default=str
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, parameters)
        call.billing_status, is_heard = cursor.fetchone()
    return bool(is_heard)


def _columns(row: Call | CostLine, fields: list[Any]) -> dict[str, Any]:
    return {
        field.column: field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in fields
    }


def _line(call: Call, line: costs.Line) -> CostLine:
    return CostLine(
        call=call,
        component=line.component,
        provider=line.engine.provider,
        model=line.engine.model,
        unit=line.unit,
        quantity=line.quantity,
        rate_id=line.price.rate_id if line.price else None,
        unit_price=line.price.unit_price if line.price else None,
        amount=line.amount.quantize(Decimal("1e-10")),
    )
