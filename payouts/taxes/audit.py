"""Payments of tax against the books: each approved one is booked as it says, and nothing else left the tax account so."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from common.verification import Finding

_UNLIKE_BOOKS = """
SELECT 'tax_remittance:' || r.id FROM payouts_taxremittance r
 WHERE (r.state = 'APPROVED') <> EXISTS (
     SELECT 1 FROM payouts_journalentry j
       JOIN payouts_journalline l ON l.entry_id = j.id
       JOIN payouts_ledgeraccount d ON d.id = l.debit_id
       JOIN payouts_ledgeraccount c ON c.id = l.credit_id
      WHERE j.idempotency_key = 'tax_remittance:' || r.id AND j.kind = 'TAX_REMITTED' AND j.line_count = 1
        AND j.effective_on = r.paid_on AND d.kind = 'TAX_WITHHELD' AND c.kind = 'BANK'
        AND l.currency = r.currency AND l.amount_minor = r.amount_minor)
UNION ALL
SELECT 'journal_entry:' || j.id FROM payouts_journalentry j
 WHERE j.kind = 'TAX_REMITTED'
   AND NOT EXISTS (SELECT 1 FROM payouts_taxremittance r WHERE 'tax_remittance:' || r.id = j.source)
 ORDER BY 1
"""


def find_unbooked_remittances() -> Iterator[Finding]:
    """Yield each payment of tax whose booking is not what was approved, and each booking that no payment explains."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLIKE_BOOKS, [])
        for (what,) in cursor.fetchall():
            yield Finding(what, "the books and the approved payments of tax do not say the same")
