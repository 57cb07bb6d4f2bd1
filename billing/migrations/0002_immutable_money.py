"""The database itself keeps ledger entries and used rates from being changed."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION billing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is not to be changed: add a new row', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER ledger_is_append_only
    BEFORE UPDATE OR DELETE ON billing_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION billing_refuse_change();

CREATE TRIGGER used_rates_stay
    BEFORE UPDATE OR DELETE ON billing_rate
    FOR EACH ROW WHEN (OLD.used_at IS NOT NULL)
    EXECUTE FUNCTION billing_refuse_change();
"""

BACKWARD = """
DROP TRIGGER used_rates_stay ON billing_rate;
DROP TRIGGER ledger_is_append_only ON billing_ledgerentry;
DROP FUNCTION billing_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("billing", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
