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


_WRONG_USAGE = """
SELECT 'usage:' || u.source_key, 'is charged and booked differently'
  FROM payouts_usageline u
  JOIN payouts_clientaccount c ON c.id = u.account_id
  JOIN payouts_earning e ON e.id = u.earning_id
  LEFT JOIN payouts_journalline l ON l.entry_id = u.entry_id
  LEFT JOIN payouts_ledgeraccount d ON d.id = CASE WHEN u.reverses_id IS NULL THEN l.debit_id ELSE l.credit_id END
 WHERE (e.tenant, e.source_key, c.currency) IS DISTINCT FROM (c.client_id::text, u.source_key, u.currency)
    OR u.reverses_id IS NULL AND (u.quantity <> e.quantity OR u.method = 'MARGIN'
       AND (u.currency <> e.currency
            OR abs(u.amount_minor - e.amount_minor * (10000 + u.margin_bps) / 10000.0) > 0.5))
    OR u.amount_minor <> 0 AND (l.amount_minor, l.currency, d.code)
       IS DISTINCT FROM (abs(u.amount_minor), u.currency, 'client:' || c.client_id || ':receivable:' || u.currency)
UNION ALL
SELECT 'journal_entry:' || j.id, 'charges a client and no usage explains it' FROM payouts_journalentry j
 WHERE j.kind IN ('CLIENT_USAGE', 'CLIENT_USAGE_REVERSED')
   AND NOT EXISTS (SELECT 1 FROM payouts_usageline u WHERE u.entry_id = j.id)
 ORDER BY 1
"""


def find_wrong_usage() -> Iterator[Finding]:
    """Yield each charge that is not what its work costs or not booked so, and each booking that no charge explains."""
    with connection.cursor() as cursor:
        cursor.execute(_WRONG_USAGE)
        for subject, words in cursor.fetchall():
            yield Finding(subject, words)
