"""Proposing to reverse an entry (``finance.prepare``) and deciding it (``finance.approve``), two people for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, states
from common.errors import FieldProblem, FourEyesRequired, StaleVersion
from common.events import publish
from common.permissions import require_grant
from payouts.earnings.commands import reverse_earning
from payouts.events import DebtForgiven
from payouts.ledger.commands import reverse_entry
from payouts.ledger.errors import EntryAlreadyReversed, InsufficientBalance, UnknownEntry
from payouts.ledger.models import JournalEntry, LedgerAccount
from payouts.reversals.errors import (
    DebtAlreadyRecovered,
    InvalidReversal,
    NotReversible,
    ReversalAlreadyProposed,
    UnknownReversal,
)
from payouts.reversals.models import REVERSIBLE, Reversal

State = Reversal.State


def propose_reversal(*, entry_id: UUID, reason_code: str, reason_text: str, by: Any, now: datetime) -> Reversal:
    """Propose to take an entry back: an earning that is not owed, or a debt that is none. Nothing is booked yet.

    Raises:
        NotPermitted: ``by`` does not prepare.
        FourEyesRequired: it is their own money.
        InvalidReversal: no reason.
        UnknownEntry: there is no such entry.
        NotReversible: the entry follows from a payout, hold, cycle or top-up.
        EntryAlreadyReversed, ReversalAlreadyProposed
    """
    require_grant(by, "finance.prepare")
    _check_reason(reason_code, reason_text)
    entry = JournalEntry.objects.filter(id=entry_id).first()
    if entry is None:
        raise UnknownEntry
    if entry.kind not in REVERSIBLE or entry.reverses_id is not None:
        raise NotReversible
    if JournalEntry.objects.filter(reverses=entry).exists():
        raise EntryAlreadyReversed
    worker_id = _worker_of(entry)
    if worker_id == by.pk:
        raise FourEyesRequired("Nobody proposes anything about their own money.")
    try:
        with transaction.atomic():
            row = Reversal.objects.create(
                entry=entry,
                worker_id=worker_id,
                reason_code=reason_code.strip(),
                reason_text=reason_text.strip(),
                proposed_by=by,
                proposed_at=now,
            )
            audit.record(action="reversal.proposed", target=row, by=by.pk, now=now, reason_code=row.reason_code)
            return row
    except IntegrityError as error:
        if "reversal_once" in str(error):
            raise ReversalAlreadyProposed from error
        raise


def approve_reversal(*, reversal_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> Reversal:
    """Post the opposite entry, today; an earning is owed no more, or a debt.

    Raises:
        FourEyesRequired: ``by`` proposed it, whatever other role they hold, or it is their own money.
        NotPermitted: ``by`` does not approve.
        EarningInCycle: a pay cycle holds the earning.
        DebtAlreadyRecovered: payments took part of the debt.
        PeriodClosed: the books of today's month are closed.
        UnknownReversal, EarningAlreadyReversed, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(reversal_id, by, expected_version)
        states.move(row, State.APPROVED, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        _book(row, by, now)
        return row


def reject_reversal(
    *, reversal_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> Reversal:
    """Refuse a proposal, with a reason. Nothing is booked.

    Raises:
        InvalidReversal: no reason.
        FourEyesRequired, NotPermitted, UnknownReversal, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(reversal_id, by, expected_version)
        text = reason_text.strip()
        if not text:
            raise InvalidReversal.of("/reason_text", "Say why.")
        also = {"decided_by": by, "decided_at": now, "decision_text": text}
        states.move(row, State.REJECTED, by=by.pk, now=now, reason_text=text, also=also)
        return row


def withdraw_reversal(*, reversal_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> Reversal:
    """Take back one's own proposal.

    Raises:
        FourEyesRequired: somebody else proposed it.
        NotPermitted, UnknownReversal, StaleVersion, IllegalTransition
    """
    require_grant(by, "finance.prepare")
    with transaction.atomic():
        row = _lock(reversal_id, by, expected_version)
        if row.proposed_by_id != by.pk:
            raise FourEyesRequired("Only who proposed it takes it back; another person rejects it.")
        states.move(row, State.WITHDRAWN, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        return row


def _check_reason(reason_code: str, reason_text: str) -> None:
    wrong = (
        ("reason_code", not 0 < len(reason_code.strip()) <= 60, "Write a code of 1 to 60 characters."),
        ("reason_text", not 0 < len(reason_text.strip()) <= 300, "Say why, in 1 to 300 characters."),
    )
    problems = [FieldProblem(f"/{field}", "invalid", detail) for field, is_wrong, detail in wrong if is_wrong]
    if problems:
        raise InvalidReversal(problems[0].detail, problems)


def _worker_of(entry: JournalEntry) -> UUID:
    """Return whose money a reversible entry moves: its one line has the worker's account on one side."""
    line = entry.lines.get()
    accounts = LedgerAccount.objects.filter(id__in=[line.debit_id, line.credit_id], worker_id__isnull=False)
    return accounts.values_list("worker_id", flat=True).get()


def _lock_to_decide(reversal_id: UUID, by: Any, expected_version: int | None) -> Reversal:
    row = _lock(reversal_id, by, expected_version)
    if by.pk == row.proposed_by_id:
        raise FourEyesRequired("You proposed this; another person decides it.")
    require_grant(by, "finance.approve")
    if by.pk == row.worker_id:
        raise FourEyesRequired("This is your own money; another person decides it.")
    return row


def _lock(reversal_id: UUID, by: Any, expected_version: int | None) -> Reversal:
    scope = Reversal.objects.visible_to(by).select_for_update(of=("self",)).select_related("entry")
    row = scope.filter(id=reversal_id).first()
    if row is None:
        raise UnknownReversal
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
    return row


def _book(row: Reversal, by: Any, now: datetime) -> None:
    source = row.entry.source
    if row.entry.kind == "EARNING":
        reverse_earning(source_key=source, reason_code=row.reason_code, reason_text=row.reason_text, by=by.pk, now=now)
        return
    try:
        reverse_entry(
            entry_id=row.entry_id,
            idempotency_key=f"{source}:reversed",
            kind="CLAWBACK_REVERSED",
            source=source,
            by=by.pk,
            now=now,
        )
    except InsufficientBalance as error:
        raise DebtAlreadyRecovered from error
    money = row.amount
    forgiven = DebtForgiven(
        worker_id=row.worker_id,
        source_key=source,
        currency=money.currency,
        amount_minor=money.amount_minor,
        words=row.reason_text,
    )
    publish(forgiven, now=now)
