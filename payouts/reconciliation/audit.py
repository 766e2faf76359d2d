"""Matches computed again: what was matched under a reference has one sum on both sides."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from common.verification import Finding

_UNEVEN = """
WITH ours AS (
    SELECT id FROM payouts_ledgeraccount WHERE kind = 'STRIPE_BALANCE'
), ledger AS (
    SELECT e.source AS reference, l.currency,
           sum(CASE WHEN l.debit_id IN (SELECT id FROM ours) THEN l.amount_minor ELSE -l.amount_minor END) AS total
      FROM payouts_matchedline m JOIN payouts_journalline l ON l.id = m.line_id
      JOIN payouts_journalentry e ON e.id = l.entry_id GROUP BY 1, 2
), provider AS (
    SELECT t.reference, t.currency, sum(t.amount_minor) AS total
      FROM payouts_matchedtransaction m JOIN payouts_providertransaction t ON t.id = m.transaction_id GROUP BY 1, 2
)
SELECT coalesce(p.reference, l.reference), coalesce(p.currency, l.currency), coalesce(p.total, 0)::bigint,
       coalesce(l.total, 0)::bigint
  FROM provider p FULL JOIN ledger l ON l.reference = p.reference AND l.currency = p.currency
 WHERE coalesce(p.total, 0) <> coalesce(l.total, 0) ORDER BY 1, 2
"""


def find_uneven_matches() -> Iterator[Finding]:
    """Yield each reference whose matched transactions and lines do not come to one sum."""
    with connection.cursor() as cursor:
        cursor.execute(_UNEVEN)
        for reference, currency, provider, ledger in cursor.fetchall():
            yield Finding(reference, f"matched {provider} {currency} at the provider with {ledger} in the books")
