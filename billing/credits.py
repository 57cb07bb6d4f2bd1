"""An organization's credits: checked before a call, charged once after it."""

import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from billing.models import Account, EntryKind, LedgerEntry
from common.errors import OperationError

# One statement, so that entries of two transactions cannot both read the old balance.
ADD = """
    INSERT INTO billing_account (organization_id, balance) VALUES (%s, %s)
    ON CONFLICT (organization_id)
    DO UPDATE SET balance = billing_account.balance + excluded.balance
    RETURNING balance
"""

# A part of the statement that settles a call: it charges what is over 0. The balance
# after it is ``account``'s; where that did not cover it, the debt is on the ledger all
# the same.
CHARGE = f"""
account AS (
    INSERT INTO billing_account (organization_id, balance)
    SELECT %(organization_id)s, -%(charge)s WHERE %(charge)s > 0
    ON CONFLICT (organization_id)
    DO UPDATE SET balance = billing_account.balance + excluded.balance
    RETURNING balance
), entry AS (
    INSERT INTO billing_ledgerentry
        (id, organization_id, kind, amount, call_id, note, created_at)
    SELECT gen_random_uuid(), %(organization_id)s, '{EntryKind.CHARGE.value}',
        -%(charge)s, %(call_id)s, '', %(charged_at)s
    WHERE %(charge)s > 0
)
"""


class InsufficientCredits(OperationError):
    status = 402
    code = "insufficient_credits"
    message = "Insufficient credits"


def balance(organization_id: uuid.UUID) -> Decimal:
    """What the organization has left, INR."""
    found = Account.objects.filter(pk=organization_id).values_list("balance", flat=True)
    return found.first() or Decimal("0.00")


def require_minimum(
    organization_id: uuid.UUID, *, reserved: Decimal = Decimal(0)
) -> None:
    """Raise ``InsufficientCredits`` under ``MIN_BALANCE_INR``; ``reserved`` is what
    was used already and is not on the ledger yet."""
    left = balance(organization_id) - reserved
    if left < settings.MIN_BALANCE_INR:
        raise InsufficientCredits(
            balance=f"{left:.2f}", minimum=f"{settings.MIN_BALANCE_INR:.2f}"
        )


@transaction.atomic
def add_entry(
    organization_id: uuid.UUID,
    *,
    kind: EntryKind,
    amount: Decimal,
    note: str = "",
    **columns: Any,
) -> Decimal:
    """Append to the ledger and answer the new balance.

    ``columns`` are further ones of the entry: ``call_id``, ``created_by``,
    ``created_at``. Raises ``IntegrityError`` where the call has such an entry already.
    """
    columns.setdefault("created_at", timezone.now())
    LedgerEntry.objects.create(
        organization_id=organization_id, kind=kind, amount=amount, note=note, **columns
    )
    with connection.cursor() as cursor:
        cursor.execute(ADD, [organization_id, amount])
        after: Decimal = cursor.fetchone()[0]
    return after
