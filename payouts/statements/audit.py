"""Statements computed again: each sums to its payout, each paid payout has one, and no number is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from common.verification import Finding

_DIFFERENT = """
SELECT s.number, s.amount_minor, coalesce(sum(l.amount_minor), 0), sign * coalesce(v.from_minor, p.amount_minor)
  FROM payouts_statement s
 CROSS JOIN LATERAL (SELECT CASE WHEN s.corrects_id IS NULL THEN 1 ELSE -1 END AS sign) g
  LEFT JOIN payouts_statementline l ON l.statement_id = s.id
  LEFT JOIN payouts_earning e ON e.id = l.earning_id
  LEFT JOIN payouts_cycleline c ON c.payout_id = s.payout_id
  LEFT JOIN payouts_conversion v ON v.line_id = c.id
  LEFT JOIN payouts_payout p ON p.id = s.payout_id AND p.worker_id = s.worker_id
   AND (p.currency, s.currency) = (coalesce(v.to_currency, s.currency), coalesce(v.from_currency, p.currency))
   AND p.amount_minor = coalesce(v.paid_minor, p.amount_minor)
 GROUP BY s.id, p.amount_minor, sign, v.from_minor, p.id
HAVING s.amount_minor <> coalesce(sum(l.amount_minor), 0) OR p.id IS NULL
    OR s.amount_minor IS DISTINCT FROM sign * coalesce(v.from_minor, p.amount_minor)
    OR s.line_count <> count(l.id)
    OR bool_or(l.kind = 'EARNING' AND (l.amount_minor, s.worker_id, s.currency)
               IS DISTINCT FROM (sign * e.amount_minor, e.worker_id, e.currency))
 ORDER BY s.number
"""

#: Also the last numbers, which the counter still knows when their statements are gone.
_GAPS = """
SELECT g.number
  FROM generate_series(1, greatest((SELECT max(number) FROM payouts_statement),
                                   (SELECT max(last_number) FROM payouts_statementcounter))) AS g(number)
  LEFT JOIN payouts_statement s ON s.number = g.number WHERE s.id IS NULL ORDER BY g.number
"""

_COUNTER_BEHIND = """
SELECT max(s.number), coalesce((SELECT max(last_number) FROM payouts_statementcounter), 0)
  FROM payouts_statement s
HAVING max(s.number) > coalesce((SELECT max(last_number) FROM payouts_statementcounter), 0)
"""

#: Who was paid by a cycle, by what is missing. News that is still to be delivered will bring the statement.
_WITHOUT_STATEMENT = """
SELECT p.id, CASE WHEN s.id IS NULL THEN 'was paid and has no statement'
                  ELSE 'came back and its statement stands' END
  FROM payouts_payout p
  LEFT JOIN payouts_statement s ON s.payout_id = p.id AND s.corrects_id IS NULL
  LEFT JOIN payouts_statement c ON c.corrects_id = s.id
 WHERE p.cycle_id IS NOT NULL AND p.paid_at IS NOT NULL
   AND (s.id IS NULL OR (p.state IN ('RETURNED', 'REVERSED') AND c.id IS NULL))
   AND NOT EXISTS (
     SELECT 1 FROM common_outboxevent o JOIN common_delivery d ON d.event_id = o.id
      WHERE o.name IN ('payouts.payout.paid', 'payouts.payout.returned') AND o.payload->>'payout_id' = p.id::text
        AND d.delivered_at IS NULL AND d.handler LIKE 'payouts.statements.%%')
 ORDER BY p.id
"""

_CORRECTED_IN_VAIN = """
SELECT c.number, p.state FROM payouts_statement c LEFT JOIN payouts_payout p ON p.id = c.payout_id
 WHERE c.corrects_id IS NOT NULL AND coalesce(p.state, '') NOT IN ('RETURNED', 'REVERSED') ORDER BY c.number
"""

_EARNING_TWICE = """
SELECT l.earning_id, string_agg(DISTINCT 'ST-' || lpad(s.number::text, 6, '0'), ', ')
  FROM payouts_statementline l JOIN payouts_statement s ON s.id = l.statement_id
 WHERE l.earning_id IS NOT NULL
 GROUP BY l.earning_id
HAVING sum(CASE WHEN s.corrects_id IS NULL THEN 1 ELSE -1 END) NOT IN (0, 1)
 ORDER BY l.earning_id
"""


def find_wrong_statements() -> Iterator[Finding]:
    """Yield each statement whose lines, earnings and payout do not say the same amount."""
    for number, says, lines, paid in _rows(_DIFFERENT):
        yield Finding(f"statement:{number}", f"says {says}, its lines sum to {lines}, the payout paid {paid}")


def find_missing_numbers() -> Iterator[Finding]:
    """Yield each statement number that was never issued, or is gone, and a counter that fell behind."""
    for (number,) in _rows(_GAPS):
        yield Finding(f"statement:{number}", "is missing from the series")
    for number, counted in _rows(_COUNTER_BEHIND):
        yield Finding(f"statement:{number}", f"was issued, though the counter is at {counted}")


def find_missing_statements() -> Iterator[Finding]:
    """Yield each paid payout without a statement, and each that came back or did not against its correction."""
    for payout_id, words in _rows(_WITHOUT_STATEMENT):
        yield Finding(f"payout:{payout_id}", words)
    for number, state in _rows(_CORRECTED_IN_VAIN):
        yield Finding(f"statement:{number}", f"takes back a payout that is {state}")


def find_earnings_stated_twice() -> Iterator[Finding]:
    """Yield each earning that stands on more than one live statement."""
    for earning_id, references in _rows(_EARNING_TWICE):
        yield Finding(f"earning:{earning_id}", f"stands on {references}")


def _rows(query: str) -> Sequence[Any]:
    with connection.cursor() as cursor:
        # An empty list of parameters, so that %% is one sign in every query.
        cursor.execute(query, [])
        rows: Sequence[Any] = cursor.fetchall()
        return rows
