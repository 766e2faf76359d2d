"""What was withheld, from the books: one text for the pages, for the check and for the trigger."""

from __future__ import annotations

from typing import Final

from payouts.taxes.rules import BACKUP_CODES

_BACKUP: Final = ", ".join(f"'{code}'" for code in BACKUP_CODES)

#: Each withholding that stands, with its return, month and currency. What came back was undone by a reversing entry and is left out.
WITHHELD: Final = f"""
SELECT CASE WHEN c.withholding_code IN ({_BACKUP}) THEN '945' ELSE '1042' END AS form,
       date_trunc('month', e.effective_on)::date AS month, l.currency, l.amount_minor
  FROM payouts_cycleline c
  JOIN payouts_journalentry e ON e.idempotency_key = 'cycle_line:' || c.id || ':withheld'
  JOIN payouts_journalline l ON l.entry_id = e.id
 WHERE c.withheld_minor > 0 AND NOT EXISTS (SELECT 1 FROM payouts_journalentry u WHERE u.reverses_id = e.id)
"""  # noqa: S608 - constants alone

#: The advisory lock of approving: two that saw the same open amount would both pay it.
LOCK: Final = 7305010
WITHIN: Final = "tax_remittance_within_withheld"

WITHIN_WITHHELD: Final = f"""
    PERFORM pg_advisory_xact_lock({LOCK});
    IF (SELECT coalesce(sum(w.amount_minor), 0) FROM ({WITHHELD}) w
         WHERE (w.form, w.month, w.currency) = (NEW.form, NEW.month, NEW.currency))
       < (SELECT sum(r.amount_minor) FROM payouts_taxremittance r
           WHERE (r.form, r.month, r.currency, r.state) = (NEW.form, NEW.month, NEW.currency, 'APPROVED')) THEN
        RAISE EXCEPTION 'more is paid to the authority than was withheld'
            USING ERRCODE = 'check_violation', CONSTRAINT = '{WITHIN}';
    END IF;
    RETURN NULL;
"""  # noqa: S608 - constants alone
