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


_WRONG_INVOICES = """
SELECT 'invoice:' || coalesce(i.number::text, i.id::text), 'its lines, charges and total differ'
  FROM payouts_invoice i
 WHERE (SELECT (i.line_count::bigint, i.total_minor::numeric)) IS DISTINCT FROM (
         SELECT (count(*), sum(amount_minor)) FROM payouts_invoiceline WHERE invoice_id = i.id)
    OR EXISTS (SELECT 1 FROM payouts_invoiceline l
                 LEFT JOIN payouts_invoicedusage x ON x.line_id = l.id
                 LEFT JOIN payouts_usageline u ON u.id = x.usage_id AND u.account_id = i.account_id
                WHERE l.invoice_id = i.id GROUP BY l.id
               HAVING sum(u.amount_minor) IS DISTINCT FROM l.amount_minor)
UNION ALL
SELECT 'invoice:' || i.number, 'a credit note and its charges or settlements do not agree'
  FROM payouts_invoice i
  LEFT JOIN payouts_creditnote c ON c.invoice_id = i.id AND c.state = 'APPROVED'
 WHERE i.state = 'APPROVED' AND (
       EXISTS (SELECT 1 FROM payouts_invoicedusage x JOIN payouts_invoiceline l ON l.id = x.line_id
                WHERE l.invoice_id = i.id AND (x.released_at IS NULL) <> (c.id IS NULL))
    OR c.id IS NOT NULL
       AND 0 <> (SELECT coalesce(sum(amount_minor), 0) FROM payouts_invoicesettlement WHERE invoice_id = i.id))
UNION ALL
SELECT 'invoice_settlement:' || s.id, 'is not booked as it says'
  FROM payouts_invoicesettlement s
  JOIN payouts_invoice i ON i.id = s.invoice_id
  JOIN payouts_clientaccount c ON c.id = i.account_id
 WHERE NOT EXISTS (
       SELECT 1 FROM payouts_journalline l
         JOIN payouts_ledgeraccount d ON d.id = CASE WHEN s.amount_minor > 0 THEN l.debit_id ELSE l.credit_id END
         JOIN payouts_ledgeraccount k ON k.id = CASE WHEN s.amount_minor > 0 THEN l.credit_id ELSE l.debit_id END
        WHERE l.entry_id = s.entry_id AND l.amount_minor = abs(s.amount_minor)
          AND d.code = 'client:' || c.client_id || ':prepaid:' || i.currency
          AND k.code = 'client:' || c.client_id || ':receivable:' || i.currency)
UNION ALL
SELECT 'journal_entry:' || j.id, 'settles an invoice and no settlement explains it' FROM payouts_journalentry j
 WHERE j.kind = 'CLIENT_SETTLEMENT'
   AND NOT EXISTS (SELECT 1 FROM payouts_invoicesettlement s WHERE s.entry_id = j.id)
 ORDER BY 1
"""

#: Also the last numbers, which the counter still knows when their documents are gone.
_GAPS = """
WITH issued(series, number) AS (
  SELECT 'INVOICE', number FROM payouts_invoice WHERE number IS NOT NULL
  UNION ALL SELECT 'CREDIT_NOTE', number FROM payouts_creditnote WHERE number IS NOT NULL
), last(series, number) AS (
  SELECT series, max(number) FROM (
    SELECT series, number FROM issued UNION ALL SELECT series, last_number FROM payouts_documentcounter) a GROUP BY series
)
SELECT l.series, g.number FROM last l CROSS JOIN LATERAL generate_series(1, l.number) AS g(number)
 WHERE NOT EXISTS (SELECT 1 FROM issued i WHERE i.series = l.series AND i.number = g.number)
 ORDER BY 1, 2
"""


def find_wrong_invoices() -> Iterator[Finding]:
    """Yield each invoice that is not its charges, or is paid otherwise than the books say."""
    with connection.cursor() as cursor:
        cursor.execute(_WRONG_INVOICES)
        for subject, words in cursor.fetchall():
            yield Finding(subject, words)


def find_missing_numbers() -> Iterator[Finding]:
    """Yield each number of an invoice or credit note that was never issued, or is gone."""
    with connection.cursor() as cursor:
        cursor.execute(_GAPS)
        for series, number in cursor.fetchall():
            yield Finding(f"{series.lower()}:{number}", "is missing from the series")
