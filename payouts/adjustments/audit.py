"""Adjustments against the books: each approved one is booked as it says, and nothing is booked that was not approved."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from common.verification import Finding

_UNLIKE_BOOKS = """
SELECT 'adjustment:' || a.id FROM payouts_adjustment a
 WHERE (a.state = 'APPROVED') <> CASE a.kind
   WHEN 'CLAWBACK' THEN EXISTS (
     SELECT 1 FROM payouts_journalentry j
       JOIN payouts_journalline l ON l.entry_id = j.id
       JOIN payouts_ledgeraccount d ON d.id = l.debit_id
      WHERE j.idempotency_key = 'adjustment:' || a.id AND j.kind = 'CLAWBACK' AND j.line_count = 1
        AND d.kind = 'EXPERT_RECEIVABLE' AND d.worker_id = a.worker_id
        AND l.currency = a.currency AND l.amount_minor = a.amount_minor)
   ELSE EXISTS (
     SELECT 1 FROM payouts_earning e
      WHERE e.source_key = 'adjustment:' || a.id AND e.worker_id = a.worker_id AND e.currency = a.currency
        AND e.amount_minor = a.amount_minor AND e.approved_by_id = a.decided_by_id) END
UNION ALL
SELECT 'earning:' || e.source_key FROM payouts_earning e
 WHERE e.source_key LIKE 'adjustment:%%'
   AND NOT EXISTS (SELECT 1 FROM payouts_adjustment a WHERE 'adjustment:' || a.id = e.source_key)
UNION ALL
SELECT 'journal_entry:' || j.id FROM payouts_journalentry j
 WHERE j.kind = 'CLAWBACK'
   AND NOT EXISTS (SELECT 1 FROM payouts_adjustment a WHERE 'adjustment:' || a.id = j.source)
 ORDER BY 1
"""


def find_unbooked_adjustments() -> Iterator[Finding]:
    """Yield each adjustment whose booking is not what was approved, and each booking that no adjustment explains."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLIKE_BOOKS, [])
        for (what,) in cursor.fetchall():
            yield Finding(what, "the books and the approved adjustments do not say the same")
