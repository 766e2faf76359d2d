"""What no model can declare: composite foreign keys, and the signed view of the lines that accountants read."""

from __future__ import annotations

from typing import Final

LINE_CURRENCY: Final = """
ALTER TABLE payouts_journalline
  ADD CONSTRAINT journal_line_debit_currency FOREIGN KEY (debit_id, currency)
      REFERENCES payouts_ledgeraccount (id, currency),
  ADD CONSTRAINT journal_line_credit_currency FOREIGN KEY (credit_id, currency)
      REFERENCES payouts_ledgeraccount (id, currency);
"""

NO_LINE_CURRENCY: Final = """
ALTER TABLE payouts_journalline
  DROP CONSTRAINT journal_line_debit_currency, DROP CONSTRAINT journal_line_credit_currency;
"""

#: An entry refers to its own last line, so that it commits with it or not at all; the lines' trigger sees to the others.
COMPLETE: Final = """
ALTER TABLE payouts_journalentry
  ADD CONSTRAINT journal_entry_complete FOREIGN KEY (id, line_count)
      REFERENCES payouts_journalline (entry_id, line_no) DEFERRABLE INITIALLY DEFERRED;
"""

NOT_COMPLETE: Final = "ALTER TABLE payouts_journalentry DROP CONSTRAINT journal_entry_complete;"

#: Debits are positive and credits negative, so that every entry sums to zero.
POSTINGS: Final = """
CREATE SCHEMA IF NOT EXISTS contract;
CREATE VIEW contract.postings AS
  SELECT e.id AS entry_id, a.code AS account, l.currency::text AS currency,
         s.sign * l.amount_minor AS amount_minor, e.created_at AS posted_at
  FROM payouts_journalline l
  JOIN payouts_journalentry e ON e.id = l.entry_id
  CROSS JOIN LATERAL (VALUES (1, l.debit_id), (-1, l.credit_id)) AS s(sign, account_id)
  JOIN payouts_ledgeraccount a ON a.id = s.account_id;
"""

NO_POSTINGS: Final = "DROP VIEW contract.postings;"

FORWARD: Final = LINE_CURRENCY + POSTINGS
BACKWARD: Final = NO_POSTINGS + NO_LINE_CURRENCY
