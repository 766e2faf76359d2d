"""Matching what both sides have, opening breaks for what is left for more than a day, and ending those that clear."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from common import audit, states
from payouts.reconciliation.commands.fetch import post_fees
from payouts.reconciliation.models import Break
from payouts.reconciliation.queries import UNMATCHED, list_differences
from payouts.reconciliation.rules import Difference, is_break

logger = logging.getLogger(__name__)
State = Break.State

#: The advisory lock of matching: two that see the same rows unmatched would both open breaks for them.
LOCK = 7_305_003

_MATCH = f"""
{UNMATCHED}
, pair AS (
    SELECT p.ids AS transactions, l.ids AS lines FROM provider p
      JOIN ledger l
        ON l.reference = p.reference AND l.rail = p.rail AND l.currency = p.currency AND l.total = p.total
    UNION ALL
    -- What the books alone had, and a write-off undid.
    SELECT ARRAY[]::uuid[], l.ids FROM ledger l
     WHERE l.total = 0 AND 'BREAK_WRITTEN_OFF' = ANY(string_to_array(l.kinds, ', '))
       AND NOT EXISTS (
           SELECT 1 FROM provider p WHERE p.reference = l.reference AND p.rail = l.rail AND p.currency = l.currency
       )
), matched_line AS (
    INSERT INTO payouts_matchedline (line_id, matched_at) SELECT unnest(lines), %(now)s FROM pair
)
INSERT INTO payouts_matchedtransaction (transaction_id, matched_at) SELECT unnest(transactions), %(now)s FROM pair
"""  # noqa: S608 - two texts of our own


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """What one round of matching did; ``matched`` counts the provider's transactions."""

    matched: int
    opened: int
    ended: int


def match(*, now: datetime) -> MatchCounts:
    """Book fees, match every reference whose two sides have one sum, open a break for what is left for more than a day.

    A break whose other side has come ends by itself; one whose amount or explanation no longer holds is open again.
    """
    with transaction.atomic():
        lock_matching()
        post_fees(now=now)
        with connection.cursor() as cursor:
            cursor.execute(_MATCH, {"now": now})
            matched = cursor.rowcount
        left = {_key(row): row for row in list_differences()}
        live = {_key(row): row for row in Break.objects.live().select_for_update().order_by("id")}
        ended = _end((row for key, row in live.items() if key not in left), now)
        for key, row in live.items():
            if key in left:
                _refresh(row, left[key], now)
        opened = _open((row for key, row in left.items() if key not in live and is_break(row.since, now)), now)
    return MatchCounts(matched, opened, ended)


def _key(row: Break | Difference) -> tuple[str, str, str]:
    return row.rail, row.reference, row.currency


def lock_matching() -> None:
    """Let nobody else match or decide until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _open(differences: Iterable[Difference], now: datetime) -> int:
    rows = [
        Break(
            rail=found.rail,
            reference=found.reference,
            currency=found.currency,
            side=found.side,
            kind=_kind(found),
            amount_minor=found.amount_minor,
            since=found.since,
            opened_at=now,
        )
        for found in differences
    ]
    Break.objects.bulk_create(rows)
    for row in rows:
        audit.record(action="break.opened", target=row, by=None, now=now)
        logger.warning("payouts.reconciliation.break_opened", extra={"reference": row.reference, "side": row.side})
    return len(rows)


def _kind(found: Difference) -> str:
    return " / ".join(filter(None, (found.provider_kinds, found.ledger_kinds)))[:200]


def _end(rows: Iterable[Break], now: datetime) -> int:
    count = 0
    for row in rows:
        states.move(row, State.MATCHED, by=None, now=now, also={"ended_at": now})
        count += 1
    return count


def _refresh(row: Break, found: Difference, now: datetime) -> None:
    """Take over what the difference is now; a decision on another amount, or past its date, no longer holds."""
    changed = (row.side, row.amount_minor) != (found.side, found.amount_minor)
    overdue = row.state == State.EXPLAINED and row.clears_on is not None and row.clears_on < now.date()
    also = {"side": found.side, "kind": _kind(found), "amount_minor": found.amount_minor}
    if row.state != State.OPEN and (changed or overdue):
        code = "amount_changed" if changed else "not_cleared"
        states.move(row, State.OPEN, by=None, now=now, reason_code=code, also=also)
    elif changed:
        for name, value in also.items():
            setattr(row, name, value)
        row.version += 1
        row.save(update_fields=[*also, "version"])
