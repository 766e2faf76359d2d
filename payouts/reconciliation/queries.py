"""Reads of reconciliation: what is unmatched, breaks, and the last run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from payouts.rails.registry import BALANCE_KINDS
from payouts.reconciliation.errors import UnknownBreak
from payouts.reconciliation.models import Break, ReconciliationRun
from payouts.reconciliation.rules import AGES, Difference, age_of

_KINDS = ", ".join(f"('{kind}', '{rail}')" for rail, kind in BALANCE_KINDS.items())
#: The accounts of the books that are balances at the provider, each with its rail.
OURS = f"""
    SELECT a.id, k.rail FROM payouts_ledgeraccount a JOIN (VALUES {_KINDS}) AS k (kind, rail) ON k.kind = a.kind
"""  # noqa: S608 - names of our own
#: Lines on the provider's balances without a match, with their sign; transactions without a match.
UNMATCHED = f"""
WITH ours AS ({OURS}), line AS (
    SELECT l.id, l.entry_id, ours.rail, l.currency, l.amount_minor
      FROM payouts_journalline l JOIN ours ON ours.id = l.debit_id
     WHERE NOT EXISTS (SELECT 1 FROM payouts_matchedline m WHERE m.line_id = l.id)
    UNION ALL
    SELECT l.id, l.entry_id, ours.rail, l.currency, -l.amount_minor
      FROM payouts_journalline l JOIN ours ON ours.id = l.credit_id
     WHERE NOT EXISTS (SELECT 1 FROM payouts_matchedline m WHERE m.line_id = l.id)
), ledger AS (
    SELECT e.source AS reference, line.rail, line.currency, sum(line.amount_minor)::bigint AS total,
           string_agg(DISTINCT e.kind, ', ' ORDER BY e.kind) AS kinds, min(e.created_at) AS since,
           array_agg(line.id) AS ids
      FROM line JOIN payouts_journalentry e ON e.id = line.entry_id
     GROUP BY e.source, line.rail, line.currency
), provider AS (
    SELECT t.reference, t.rail, t.currency, sum(t.amount_minor)::bigint AS total,
           string_agg(DISTINCT t.kind, ', ' ORDER BY t.kind) AS kinds, min(t.created_at) AS since,
           array_agg(t.id) AS ids
      FROM payouts_providertransaction t
     WHERE NOT EXISTS (SELECT 1 FROM payouts_matchedtransaction m WHERE m.transaction_id = t.id)
     GROUP BY t.reference, t.rail, t.currency
)
"""  # noqa: S608 - a text of our own
_DIFFERENCES = f"""
{UNMATCHED}
SELECT coalesce(p.reference, l.reference), coalesce(p.currency, l.currency), coalesce(p.total, 0),
       coalesce(l.total, 0), coalesce(p.kinds, ''), coalesce(l.kinds, ''), least(p.since, l.since),
       coalesce(p.rail, l.rail)
  FROM provider p FULL JOIN ledger l
    ON l.reference = p.reference AND l.rail = p.rail AND l.currency = p.currency
 WHERE %(reference)s::text IS NULL OR coalesce(p.reference, l.reference) = %(reference)s
 ORDER BY 7, 1, 2, 8
"""  # noqa: S608 - two texts of our own


def list_differences(reference: str | None = None) -> list[Difference]:
    """Return what is unmatched, the oldest first; under one reference where it is named."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES, {"reference": reference})
        return [Difference(*row) for row in cursor.fetchall()]


def get_break(user: Any, break_id: UUID) -> Break:
    """Return a break that ``user`` may see.

    Raises:
        UnknownBreak: it does not exist, or not for this person.
    """
    rows = Break.objects.visible_to(user).select_related("explained_by", "proposed_by", "approved_by")
    found = rows.filter(id=break_id).first()
    if found is None:
        raise UnknownBreak
    return found


def open_breaks(until: datetime) -> Sequence[Break]:
    """Return the breaks about what happened before ``until`` that nobody has explained, the oldest first."""
    rows = Break.objects.filter(since__lt=until, state__in=[Break.State.OPEN, Break.State.PROPOSED])
    return list(rows.order_by("since", "id"))


def find_last_run(rail: str = "connect") -> ReconciliationRun | None:
    """Return the last run of a rail that came to its end, if there is one."""
    return ReconciliationRun.objects.filter(rail=rail).order_by("-started_at", "-id").first()


def count_ages(now: datetime) -> list[tuple[str, int]]:
    """Return how many breaks that have not ended have reached each age, the youngest first."""
    found = Counter(age_of(since, now) for since in Break.objects.live().values_list("since", flat=True))
    return [(words, found[words]) for _, words in AGES]
