"""Earnings against the books: each is exactly one entry, and each entry of an earning has its earning."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from common.verification import Finding

_UNLIKE_ENTRIES = """
SELECT e.source_key, e.amount_minor, e.currency FROM payouts_earning e
 WHERE e.amount_minor > 0 AND NOT EXISTS (
   SELECT 1 FROM payouts_journalentry j
     JOIN payouts_journalline l ON l.entry_id = j.id
     JOIN payouts_ledgeraccount c ON c.id = l.credit_id
    WHERE j.id = e.entry_id AND j.kind = 'EARNING' AND j.source = e.source_key AND j.line_count = 1
      AND l.amount_minor = e.amount_minor AND l.currency = e.currency
      AND c.kind = 'EXPERT_PAYABLE' AND c.worker_id = e.worker_id)
 ORDER BY e.id
"""

_ENTRIES_ALONE = """
SELECT j.id FROM payouts_journalentry j
  LEFT JOIN payouts_earning e ON e.entry_id = j.id
  LEFT JOIN payouts_earningreversal r ON r.entry_id = j.id
 WHERE (j.kind = 'EARNING' AND e.id IS NULL) OR (j.kind = 'EARNING_REVERSED' AND r.id IS NULL)
 ORDER BY j.id
"""

_UNLIKE_REVERSALS = """
SELECT e.source_key FROM payouts_earningreversal r
  JOIN payouts_earning e ON e.id = r.earning_id
  LEFT JOIN payouts_journalentry j ON j.id = r.entry_id
 WHERE j.reverses_id IS DISTINCT FROM e.entry_id
 ORDER BY e.id
"""


def find_unposted_earnings() -> Iterator[Finding]:
    """Yield each earning whose entry does not say the same worker, source and amount."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLIKE_ENTRIES)
        for source_key, amount_minor, currency in cursor.fetchall():
            yield Finding(f"earning:{source_key}", f"no entry owes {amount_minor} {currency} for it")


def find_unearned_entries() -> Iterator[Finding]:
    """Yield each entry of an earning, or of a reversal, that none accounts for."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES_ALONE)
        for (entry_id,) in cursor.fetchall():
            yield Finding(f"journal_entry:{entry_id}", "has no earning")
        cursor.execute(_UNLIKE_REVERSALS)
        for (source_key,) in cursor.fetchall():
            yield Finding(f"earning:{source_key}", "its reversal does not reverse its entry")
