"""How a cycle's total differs from the last one's, and why; set-based, so that 20,000 lines are one look of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from common.money import Money
from payouts.cycles.models import PayCycle
from payouts.cycles.queries import CycleTotals, find_last_cycle, find_last_cycles, totals_of_each

#: Both cycles' lines by person; hours alone need the earnings: tasks are the rest of what was worked.
_PARTS: Final = """
WITH now_line AS (
  SELECT id, worker_id, amount_minor, earned_minor, bonus_minor FROM payouts_cycleline
   WHERE cycle_id = %(now)s AND state = 'INCLUDED'
), last_line AS (
  SELECT id, worker_id, amount_minor, earned_minor, bonus_minor FROM payouts_cycleline
   WHERE cycle_id = %(last)s AND state = 'INCLUDED'
), pair AS (
  SELECT n.id AS now_id, l.id AS last_id, n.amount_minor AS now_minor, l.amount_minor AS last_minor,
         n.earned_minor - l.earned_minor AS earned, n.bonus_minor - l.bonus_minor AS bonus
    FROM now_line n FULL JOIN last_line l ON l.worker_id = n.worker_id
), stayed AS (
  SELECT * FROM pair WHERE now_id IS NOT NULL AND last_id IS NOT NULL
), hours AS (
  SELECT coalesce(sum(s.sign * e.amount_minor), 0) AS total
    FROM (SELECT now_id AS line_id, 1 AS sign FROM stayed UNION ALL SELECT last_id, -1 FROM stayed) AS s
    JOIN payouts_cyclelineearning x ON x.line_id = s.line_id
    JOIN payouts_earning e ON e.id = x.earning_id AND e.unit = 'HOUR'
)
SELECT coalesce(sum(last_minor), 0), coalesce(sum(now_minor), 0),
       coalesce(sum(now_minor) FILTER (WHERE last_id IS NULL), 0),
       coalesce(-sum(last_minor) FILTER (WHERE now_id IS NULL), 0),
       (SELECT total FROM hours),
       (SELECT coalesce(sum(earned), 0) FROM stayed) - (SELECT total FROM hours),
       (SELECT coalesce(sum(bonus), 0) FROM stayed),
       (SELECT coalesce(sum(now_minor - last_minor - earned - bonus), 0) FROM stayed)
  FROM pair
"""
_CAUSES: Final = (
    "New people",
    "People without pay this time",
    "Hours",
    "Tasks",
    "Bonuses and corrections",
    "Brought, kept and carried",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Why a cycle's total is not the last one's; ``parts`` (words, amount) add up to ``difference``, or were not asked for."""

    last: Money
    difference: Money
    share: float | None
    parts: Sequence[tuple[str, Money]]


def difference_to_last(cycle: PayCycle) -> Difference | None:
    """Return how the total differs from the last cycle's, by new and absent people and by kind of earning; None if first.

    The parts add up to the difference exactly.
    """
    last = find_last_cycle(cycle)
    if last is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, {"now": cycle.id, "last": last.id})
        before, total, *parts = (int(figure) for figure in cursor.fetchone())
    shown = [(words, Money(minor, cycle.currency)) for words, minor in zip(_CAUSES, parts, strict=True) if minor]
    return _difference(Money(before, cycle.currency), Money(total, cycle.currency), shown)


def changes_of_totals(cycles: Sequence[PayCycle], totals: Mapping[UUID, CycleTotals]) -> dict[UUID, Difference]:
    """Return by id how the total of each cycle differs from the last one's, without parts; the first of a currency has none."""
    last_of = find_last_cycles(cycles)
    before = totals_of_each(last_of.values())
    return {
        cycle_id: _difference(before[last.id].total, totals[cycle_id].total, ()) for cycle_id, last in last_of.items()
    }


def _difference(last: Money, total: Money, parts: Sequence[tuple[str, Money]]) -> Difference:
    change = total.amount_minor - last.amount_minor
    return Difference(last, total - last, change / last.amount_minor if last else None, parts)
