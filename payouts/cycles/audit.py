"""Cycles computed again: digests, two people, lines against earnings, payouts against lines, and what is in flight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from common.verification import Finding
from payouts.cycles.models import PayCycle
from payouts.cycles.queries import compute_digest

_LINES_UNLIKE_EARNINGS = """
SELECT l.id, l.earned_minor + l.bonus_minor, l.earnings_count, coalesce(sum(e.amount_minor), 0), count(e.id)
  FROM payouts_cycleline l
  LEFT JOIN payouts_cyclelineearning x ON x.line_id = l.id
  LEFT JOIN payouts_earning e ON e.id = x.earning_id AND e.worker_id = l.worker_id AND e.currency = l.currency
 WHERE l.state <> 'CARRIED_OVER'
 GROUP BY l.id
HAVING l.earned_minor + l.bonus_minor <> coalesce(sum(e.amount_minor), 0) OR l.earnings_count <> count(e.id)
 ORDER BY l.id
"""

_PAYOUTS_UNLIKE_LINES = """
SELECT p.id FROM payouts_payout p
  LEFT JOIN payouts_paycycle c ON c.id = p.cycle_id
  LEFT JOIN payouts_cycleline l ON l.payout_id = p.id
  LEFT JOIN payouts_conversion v ON v.line_id = l.id
 WHERE p.cycle_id IS NOT NULL
   -- One found at the provider after a restore waits for its cycle to be paid.
   AND (l.id IS NULL AND c.executed_at IS NOT NULL OR l.cycle_id <> p.cycle_id OR l.worker_id <> p.worker_id
        OR coalesce(v.to_currency, l.currency) <> p.currency OR coalesce(v.paid_minor, l.amount_minor) <> p.amount_minor)
UNION
SELECT l.payout_id FROM payouts_cycleline l
  LEFT JOIN payouts_payout p ON p.id = l.payout_id
 WHERE l.payout_id IS NOT NULL AND p.id IS NULL
"""

_INFLIGHT_UNLIKE_PAYOUTS = """
SELECT coalesce(a.code, 'expert:' || p.worker_id || ':inflight:' || p.currency), coalesce(b.balance_minor, 0),
       coalesce(p.total, 0)
  FROM (SELECT worker_id, currency, sum(amount_minor) AS total FROM payouts_payout
         WHERE state IN ('RESERVED', 'HELD', 'SUBMITTING', 'UNKNOWN') GROUP BY worker_id, currency) AS p
  FULL JOIN (payouts_ledgeraccount a JOIN payouts_ledgerbalance b
             ON b.account_id = a.id AND a.kind = 'EXPERT_INFLIGHT')
    ON a.worker_id = p.worker_id AND a.currency = p.currency
 WHERE coalesce(b.balance_minor, 0) <> coalesce(p.total, 0)
 ORDER BY 1
"""

_TWICE_REVERSED = """
SELECT x.earning_id FROM payouts_cyclelineearning x
  JOIN payouts_earningreversal r ON r.earning_id = x.earning_id
 WHERE x.released_at IS NULL ORDER BY x.earning_id
"""


def find_changed_cycles() -> Iterator[Finding]:
    """Yield each cycle whose lines are not those of its digest, or that ran without a second person's approval."""
    open_states = (PayCycle.State.DRAFT, PayCycle.State.CANCELLED)
    for cycle in PayCycle.objects.exclude(state__in=open_states).order_by("id"):
        if compute_digest(cycle) != cycle.lines_hash:
            yield Finding(f"pay_cycle:{cycle.id}", "its lines do not give its lines_hash")
        approved = cycle.state not in (PayCycle.State.CALCULATED, PayCycle.State.SUBMITTED)
        if approved and (cycle.approved_hash != cycle.lines_hash or cycle.checker_id in (None, cycle.maker_id)):
            yield Finding(f"pay_cycle:{cycle.id}", "ran without the approval of these lines by a second person")
        if cycle.first_checker_id and cycle.first_hash != cycle.lines_hash:
            yield Finding(f"pay_cycle:{cycle.id}", "its first approval is of other lines")


def find_unearned_lines() -> Iterator[Finding]:
    """Yield each line that is not the sum of its earnings, and each earning that is both reversed and in a cycle."""
    for line_id, earned, count, summed, counted in _rows(_LINES_UNLIKE_EARNINGS):
        yield Finding(f"cycle_line:{line_id}", f"says {earned} of {count} earnings; {counted} sum to {summed}")
    for (earning_id,) in _rows(_TWICE_REVERSED):
        yield Finding(f"earning:{earning_id}", "is reversed and in a cycle")


def find_unlined_payouts() -> Iterator[Finding]:
    """Yield each payout of a cycle that no line ordered with the same worker and amount, and the other way round."""
    for (payout_id,) in _rows(_PAYOUTS_UNLIKE_LINES):
        yield Finding(f"payout:{payout_id}", "is not what its cycle's line says")


def find_inflight_without_payouts() -> Iterator[Finding]:
    """Yield each expert whose money in flight is not that of their payouts that are reserved and not yet settled."""
    for code, balance, reserved in _rows(_INFLIGHT_UNLIKE_PAYOUTS):
        yield Finding(f"ledger_account:{code}", f"holds {balance}, the unsettled payouts reserve {reserved}")


def _rows(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
