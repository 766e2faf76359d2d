"""Whose pay differs from the last cycle: new, gone, and changed by more than a share. What an approver looks at first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection

from common.money import Money
from payouts.cycles.models import PayCycle
from payouts.cycles.queries import find_last_cycle

#: A change is told from this much on, where nobody says otherwise: percent of what the person was paid last time.
TELL_OVER_PERCENT: Final = 50
NEW: Final = "NEW"
GONE: Final = "GONE"
CHANGED: Final = "CHANGED"

# A person whose line pays nothing counts as gone: the last cycle paid them and this one does not.
_CHANGES = """
SELECT coalesce(n.worker_id, l.worker_id), l.amount_minor, n.amount_minor
  FROM (SELECT worker_id, amount_minor FROM payouts_cycleline WHERE cycle_id = %s AND state = 'INCLUDED') n
  FULL JOIN (SELECT worker_id, amount_minor FROM payouts_cycleline WHERE cycle_id = %s AND state = 'INCLUDED') l
    ON l.worker_id = n.worker_id
 WHERE n.worker_id IS NULL OR l.worker_id IS NULL
    OR abs(n.amount_minor - l.amount_minor)::numeric * 100 > l.amount_minor::numeric * %s
 ORDER BY abs(coalesce(n.amount_minor, 0) - coalesce(l.amount_minor, 0)) DESC, 1
"""


@dataclass(frozen=True, slots=True)
class PayChange:
    """One person's pay in the last cycle and in this one; ``share`` is the change by what was paid, None if nothing was."""

    worker_id: UUID
    worker_name: str
    kind: str
    before: Money
    now: Money
    difference: Money
    share: float | None


@dataclass(frozen=True, slots=True)
class PayChanges:
    """How many people's pay changed, by kind, and the largest of the changes."""

    last: PayCycle
    over_percent: int
    counts: Mapping[str, int]
    largest: Sequence[PayChange]


def find_changes(cycle: PayCycle, *, over_percent: int = TELL_OVER_PERCENT, limit: int = 20) -> PayChanges | None:
    """Return who is new, gone, or paid differently by more than ``over_percent``, largest first; None without a last."""
    last = find_last_cycle(cycle)
    if last is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [cycle.id, last.id, over_percent])
        rows = cursor.fetchall()
    counts = Counter(_kind(before, now) for _, before, now in rows)
    people = get_user_model().objects.in_bulk([worker_id for worker_id, _, _ in rows[:limit]])
    largest = [
        _change(worker_id, people[worker_id].get_full_name(), before, now, cycle.currency)
        for worker_id, before, now in rows[:limit]
    ]
    return PayChanges(last, over_percent, {kind: counts[kind] for kind in (NEW, GONE, CHANGED)}, largest)


def _kind(before: int | None, now: int | None) -> str:
    if before is None:
        return NEW
    return GONE if now is None else CHANGED


def _change(worker_id: UUID, name: str, before: int | None, now: int | None, currency: str) -> PayChange:
    was, becomes = before or 0, now or 0
    return PayChange(
        worker_id,
        name,
        _kind(before, now),
        Money(was, currency),
        Money(becomes, currency),
        Money(becomes - was, currency),
        (becomes - was) / was if was else None,
    )
