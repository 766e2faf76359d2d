"""Finding what a reference stands for, and its way in both directions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from common.errors import NotFound
from payouts.cycles.models import CycleLine
from payouts.earnings.models import Earning
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import find_entries
from payouts.statements.models import Statement
from payouts.traces.steps import earning_steps, entry_step, line_steps, other_entries, payout_steps, proposal_steps
from payouts.traces.values import Trace, TracedEarning
from payouts.traces.viewers import Viewer
from payouts.transfers.models import Payout

_PROVIDER_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_STATEMENT = re.compile(r"ST-(\d{1,12})")


def trace(user: Any, reference: str) -> Trace:
    """Return the way of whatever ``reference`` names: the id of an earning, payout, journal entry or statement, a
    statement's number (``ST-000001``), or the provider's id of a transfer or bank payout.

    Raises:
        NotFound: nothing has that reference, or not for this person.
    """
    viewer = Viewer(user)
    for find in _finders(reference):
        found = find(viewer, reference)
        if found is not None:
            return found
    raise NotFound(f"Nothing has the reference {reference[:80]!r}.")


type _Find = Callable[[Viewer, str], Trace | None]


def _finders(reference: str) -> Sequence[_Find]:
    if _STATEMENT.fullmatch(reference):
        return (_trace_statement_number,)
    try:
        UUID(reference)
    except ValueError:
        return (_trace_transfer,) if _PROVIDER_ID.fullmatch(reference) else ()
    return (_trace_earning, _trace_payout, _trace_entry, _trace_statement)


def _trace_earning(viewer: Viewer, reference: str, kind: str = "EARNING", shown: str = "") -> Trace | None:
    rows = Earning.objects.visible_to(viewer.user).select_related("reversal", "worker")
    earning = rows.filter(id=reference).first()
    if earning is None:
        return None
    return Trace(
        kind=kind,
        reference=shown or str(earning.id),
        worker_id=earning.worker_id,
        amount=earning.amount,
        earnings=[_traced(earning)],
        parts=[],
        steps=earning_steps(earning, viewer),
    )


def _trace_payout(viewer: Viewer, reference: str, kind: str = "PAYOUT", shown: str = "") -> Trace | None:
    payout = Payout.objects.visible_to(viewer.user).filter(id=reference).first()
    if payout is None:
        return None
    line = CycleLine.objects.select_related("cycle").filter(payout_id=payout.id).first()
    members = line.earnings.select_related("earning").order_by("earning__worked_from", "earning_id") if line else []
    return Trace(
        kind=kind,
        reference=shown or str(payout.id),
        worker_id=payout.worker_id,
        amount=payout.money,
        earnings=[_traced(member.earning) for member in members],
        # Bonuses are among the earnings already.
        parts=line.parts[1 if line.bonus_minor else 0 :] if line else [],
        steps=line_steps(line, viewer) if line else payout_steps(payout, viewer),
    )


def _trace_transfer(viewer: Viewer, reference: str) -> Trace | None:
    rows = Payout.objects.visible_to(viewer.user).filter(~Q(provider_ref=""))
    attempted = Q(attempts__provider_id=reference) & ~Q(attempts__provider_id="")
    payout = rows.filter(Q(provider_ref=reference) | Q(bank_ref=reference) | attempted).first()
    return _trace_payout(viewer, str(payout.id), "TRANSFER", reference) if payout else None


def _trace_statement(viewer: Viewer, reference: str) -> Trace | None:
    return _of_statement(viewer, Statement.objects.visible_to(viewer.user).filter(id=reference).first())


def _trace_statement_number(viewer: Viewer, reference: str) -> Trace | None:
    number = int(reference.removeprefix("ST-"))
    return _of_statement(viewer, Statement.objects.visible_to(viewer.user).filter(number=number).first())


def _of_statement(viewer: Viewer, statement: Statement | None) -> Trace | None:
    return _trace_payout(viewer, str(statement.payout_id), "STATEMENT", statement.reference) if statement else None


def _trace_entry(viewer: Viewer, reference: str) -> Trace | None:
    entry = JournalEntry.objects.filter(id=reference).first()
    if entry is None:
        return None
    earning = Earning.objects.filter(Q(entry_id=entry.id) | Q(reversal__entry_id=entry.id)).first()
    if earning is not None:
        return _trace_earning(viewer, str(earning.id), "ENTRY", reference)
    payout_id = _payout_of(entry)
    if payout_id is not None:
        return _trace_payout(viewer, str(payout_id), "ENTRY", reference)
    return _trace_books(viewer, entry) if viewer.is_staff else None


def _payout_of(entry: JournalEntry) -> UUID | None:
    kind, _, key = entry.source.partition(":")
    try:
        row_id = UUID(key)
    except ValueError:
        return None
    if kind == "payout":
        return row_id
    lines = CycleLine.objects.filter(id=row_id).values_list("payout_id", flat=True)
    return lines.first() if kind == "cycle_line" else None


def _trace_books(viewer: Viewer, entry: JournalEntry) -> Trace:
    """Return an entry that no earning or payout made, such as a top-up, with its kin."""
    ids = other_entries(entry)
    entries = find_entries().filter(id__in=ids).order_by("id")
    return Trace(
        kind="ENTRY",
        reference=str(entry.id),
        worker_id=None,
        amount=None,
        earnings=[],
        parts=[],
        steps=[*(entry_step(row, viewer) for row in entries), *proposal_steps(ids, viewer)],
    )


def _traced(earning: Earning) -> TracedEarning:
    return TracedEarning(
        id=earning.id,
        source_key=earning.source_key,
        description=earning.description,
        worked_to=earning.worked_to,
        amount=earning.amount,
    )
