"""Statements computed again: each sums to its payout, each paid payout has one, and no number is missing."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from common.verification import Finding

_DIFFERENT = """
SELECT s.number, s.amount_minor, coalesce(sum(l.amount_minor), 0), p.amount_minor
  FROM payouts_statement s
  LEFT JOIN payouts_statementline l ON l.statement_id = s.id
  LEFT JOIN payouts_earning e ON e.id = l.earning_id
  LEFT JOIN payouts_payout p ON p.id = s.payout_id AND p.worker_id = s.worker_id AND p.currency = s.currency
 GROUP BY s.id, p.amount_minor
HAVING s.amount_minor <> coalesce(sum(l.amount_minor), 0) OR s.amount_minor IS DISTINCT FROM p.amount_minor
    OR s.line_count <> count(l.id)
    OR bool_or(l.kind = 'EARNING' AND (l.amount_minor, s.worker_id, s.currency)
               IS DISTINCT FROM (e.amount_minor, e.worker_id, e.currency))
 ORDER BY s.number
"""

_GAPS = """
SELECT g.number FROM generate_series(1, (SELECT max(number) FROM payouts_statement)) AS g(number)
  LEFT JOIN payouts_statement s ON s.number = g.number WHERE s.id IS NULL ORDER BY g.number
"""


def find_wrong_statements() -> Iterator[Finding]:
    """Yield each statement whose lines, earnings and payout do not say the same amount."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT)
        for number, says, lines, paid in cursor.fetchall():
            yield Finding(f"statement:{number}", f"says {says}, its lines sum to {lines}, the payout paid {paid}")


def find_missing_numbers() -> Iterator[Finding]:
    """Yield each statement number that was never issued, or is gone."""
    with connection.cursor() as cursor:
        cursor.execute(_GAPS)
        for (number,) in cursor.fetchall():
            yield Finding(f"statement:{number}", "is missing from the series")
