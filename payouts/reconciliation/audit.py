"""Matches computed again: what was matched under a reference has one sum on both sides."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from common.verification import Finding
from payouts.reconciliation.queries import OURS

_UNEVEN = f"""
WITH ours AS ({OURS}), ledger AS (
    SELECT e.source AS reference, ours.rail, l.currency,
           sum(CASE WHEN l.debit_id = ours.id THEN l.amount_minor ELSE -l.amount_minor END) AS total
      FROM payouts_matchedline m JOIN payouts_journalline l ON l.id = m.line_id
      JOIN ours ON ours.id IN (l.debit_id, l.credit_id)
      JOIN payouts_journalentry e ON e.id = l.entry_id GROUP BY 1, 2, 3
), provider AS (
    SELECT t.reference, t.rail, t.currency, sum(t.amount_minor) AS total
      FROM payouts_matchedtransaction m JOIN payouts_providertransaction t ON t.id = m.transaction_id GROUP BY 1, 2, 3
)
SELECT coalesce(p.reference, l.reference), coalesce(p.currency, l.currency), coalesce(p.total, 0)::bigint,
       coalesce(l.total, 0)::bigint
  FROM provider p FULL JOIN ledger l
    ON l.reference = p.reference AND l.rail = p.rail AND l.currency = p.currency
 WHERE coalesce(p.total, 0) <> coalesce(l.total, 0) ORDER BY 1, 2
"""  # noqa: S608 - a text of our own


def find_uneven_matches() -> Iterator[Finding]:
    """Yield each reference whose matched transactions and lines do not come to one sum."""
    with connection.cursor() as cursor:
        cursor.execute(_UNEVEN)
        for reference, currency, provider, ledger in cursor.fetchall():
            yield Finding(reference, f"matched {provider} {currency} at the provider with {ledger} in the books")
