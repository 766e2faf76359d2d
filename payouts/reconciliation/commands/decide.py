"""What people decide about breaks: an explanation in words, or a write-off that one proposes and another approves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import states
from common.errors import FieldProblem, FourEyesRequired, StaleVersion
from common.money import Money
from common.permissions import has_grant, require_grant
from payouts.ledger.commands import post_entry
from payouts.ledger.rules import LineSpec
from payouts.rails.registry import balance_account
from payouts.reconciliation.commands.match import lock_matching
from payouts.reconciliation.errors import BreakHasChanged, InvalidBreakDecision, UnknownBreak
from payouts.reconciliation.models import Break
from payouts.reconciliation.queries import list_differences
from payouts.reconciliation.rules import WRITE_OFF_ACCOUNTS

State = Break.State


def explain_break(
    *,
    break_id: UUID,
    explanation_text: str,
    clears_on: date | None,
    by: Any,
    now: datetime,
    expected_version: int | None = None,
) -> Break:
    """Say in words why the two sides differ; from then on it counts as explained, until ``clears_on`` where that is given.

    Raises:
        NotPermitted: ``by`` neither prepares nor approves.
        InvalidBreakDecision: no words, or a day that has passed.
        UnknownBreak, StaleVersion, IllegalTransition
    """
    _require_finance(by)
    with transaction.atomic():
        row = _lock(by, break_id, expected_version)
        problems = [
            FieldProblem(f"/{field}", "invalid", detail)
            for field, is_wrong, detail in (
                ("explanation_text", not 0 < len(explanation_text.strip()) <= 2000, "Write 1 to 2000 characters."),
                ("clears_on", clears_on is not None and clears_on < now.date(), "Must be today or later."),
            )
            if is_wrong
        ]
        if problems:
            raise InvalidBreakDecision(problems[0].detail, problems)
        also = {
            "explanation_text": explanation_text.strip(),
            "explained_by": by,
            "explained_at": now,
            "clears_on": clears_on,
        }
        states.move(row, State.EXPLAINED, by=by.pk, now=now, reason_text=also["explanation_text"], also=also)
        return row


def propose_write_off(
    *, break_id: UUID, write_off: str, proposal_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> Break:
    """Propose to book the difference to one of ``Break.WriteOff``; another person approves.

    Raises:
        NotPermitted: ``by`` does not prepare.
        InvalidBreakDecision: no such account, no words, or nothing to book: both sides come to one sum.
        UnknownBreak, StaleVersion, IllegalTransition
    """
    require_grant(by, "finance.prepare")
    with transaction.atomic():
        row = _lock(by, break_id, expected_version)
        if write_off not in WRITE_OFF_ACCOUNTS:
            raise InvalidBreakDecision.of("/write_off", f"Must be one of {', '.join(WRITE_OFF_ACCOUNTS)}.")
        if not 0 < len(proposal_text.strip()) <= 2000:
            raise InvalidBreakDecision.of("/proposal_text", "Write 1 to 2000 characters.")
        if row.amount_minor == 0:
            raise InvalidBreakDecision.of("/write_off", "There is no amount to book: explain it instead.")
        also = {
            "write_off": write_off,
            "proposal_text": proposal_text.strip(),
            "proposed_by": by,
            "proposed_at": now,
        }
        states.move(row, State.PROPOSED, by=by.pk, now=now, reason_text=proposal_text.strip(), also=also)
        return row


def approve_write_off(*, break_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> Break:
    """Book what another person proposed; the next run matches the entry with what it was for.

    Raises:
        FourEyesRequired: ``by`` proposed it, whatever other role they hold.
        NotPermitted: ``by`` does not approve.
        BreakHasChanged: the difference is another one now; nothing was booked.
        UnknownBreak, StaleVersion, IllegalTransition, PeriodClosed
    """
    with transaction.atomic():
        lock_matching()
        row = _lock_proposed(by, break_id, expected_version)
        found = list_differences(row.reference)
        same = [one.amount_minor for one in found if (one.rail, one.currency) == (row.rail, row.currency)]
        if same != [row.amount_minor]:
            raise BreakHasChanged
        entry = post_entry(
            idempotency_key=f"break:{row.id}",
            kind="BREAK_WRITTEN_OFF",
            effective_on=now.date(),
            lines=[_line(row)],
            source=row.reference,
            by=by.pk,
            now=now,
        )
        also = {"approved_by": by, "entry": entry, "ended_at": now}
        states.move(row, State.WRITTEN_OFF, by=by.pk, now=now, also=also)
        return row


def refuse_write_off(
    *, break_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> Break:
    """Refuse what another person proposed; the break is open again.

    Raises:
        FourEyesRequired, NotPermitted, UnknownBreak, StaleVersion, IllegalTransition: see ``approve_write_off``.
        InvalidBreakDecision: no reason.
    """
    with transaction.atomic():
        row = _lock_proposed(by, break_id, expected_version)
        if not reason_text.strip():
            raise InvalidBreakDecision.of("/reason_text", "Say why.")
        states.move(row, State.OPEN, by=by.pk, now=now, reason_text=reason_text.strip())
        return row


def _line(row: Break) -> LineSpec:
    balance, other = balance_account(row.rail, row.currency), WRITE_OFF_ACCOUNTS[row.write_off](row.currency)
    money = Money(abs(row.amount_minor), row.currency)
    return LineSpec(balance, other, money) if row.amount_minor > 0 else LineSpec(other, balance, money)


def _require_finance(by: Any) -> None:
    if not has_grant(by, "finance.prepare"):
        require_grant(by, "finance.approve")


def _lock_proposed(by: Any, break_id: UUID, expected_version: int | None) -> Break:
    row = _lock(by, break_id, expected_version)
    if row.state == State.PROPOSED and row.proposed_by_id == by.pk:
        raise FourEyesRequired("You proposed this; another person decides it.")
    require_grant(by, "finance.approve")
    if row.state != State.PROPOSED:
        raise states.IllegalTransition("Nothing is proposed for this break.")
    return row


def _lock(by: Any, break_id: UUID, expected_version: int | None) -> Break:
    row = Break.objects.visible_to(by).select_for_update(of=("self",)).filter(id=break_id).first()
    if row is None:
        raise UnknownBreak
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
    return row
