"""Clients' money against the books: each approved transfer is booked as it says, and nothing is booked that was not."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from common.verification import Finding

_UNLIKE_BOOKS = """
SELECT 'client_movement:' || m.id FROM payouts_clientmovement m
  JOIN payouts_clientaccount c ON c.id = m.account_id
 WHERE m.currency <> c.currency OR (m.state = 'APPROVED') <> EXISTS (
   SELECT 1 FROM payouts_journalentry j
     JOIN payouts_journalline l ON l.entry_id = j.id
     JOIN payouts_ledgeraccount d ON d.id = l.debit_id
     JOIN payouts_ledgeraccount k ON k.id = l.credit_id
    WHERE j.idempotency_key = 'client_movement:' || m.id AND j.kind = 'CLIENT_' || m.kind AND j.line_count = 1
      AND l.currency = m.currency AND l.amount_minor = m.amount_minor
      AND (CASE m.kind WHEN 'DEPOSIT' THEN d.code ELSE k.code END, CASE m.kind WHEN 'DEPOSIT' THEN k.code ELSE d.code END)
          = ('bank:' || m.currency, 'client:' || c.client_id || ':prepaid:' || m.currency))
UNION ALL
SELECT 'journal_entry:' || j.id FROM payouts_journalentry j
 WHERE j.kind IN ('CLIENT_DEPOSIT', 'CLIENT_REFUND')
   AND NOT EXISTS (SELECT 1 FROM payouts_clientmovement m WHERE 'client_movement:' || m.id = j.source)
 ORDER BY 1
"""


def find_unbooked_movements() -> Iterator[Finding]:
    """Yield each transfer whose booking is not what was approved, and each booking that no transfer explains."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLIKE_BOOKS)
        for (what,) in cursor.fetchall():
            yield Finding(what, "the books and the approved transfers of clients do not say the same")
