"""Proposing an adjustment (``finance.prepare``) and deciding it (``finance.approve``), two people for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from common import audit, states
from common.erasure import is_erased
from common.errors import FieldProblem, FourEyesRequired, StaleVersion
from common.money import Money
from common.permissions import require_grant
from payouts.adjustments.commands.booking import book
from payouts.adjustments.errors import DecidedWithItsFile, InvalidAdjustment, UnknownAdjustment
from payouts.adjustments.models import Adjustment
from payouts.earnings.models import Earning
from payouts.payees.queries import find_payee

Kind = Adjustment.Kind
State = Adjustment.State


def propose_adjustment(
    *, kind: str, worker_id: UUID, money: Money, reason_code: str, reason_text: str, by: Any, now: datetime
) -> Adjustment:
    """Propose to owe an expert more (BONUS, CORRECTION), or to have them owe it (CLAWBACK). Nothing is booked yet.

    Raises:
        NotPermitted: ``by`` does not prepare.
        FourEyesRequired: it is for ``by``.
        InvalidAdjustment: it names each field that cannot be. Who never earned and set up no payout method gets none.
    """
    require_grant(by, "finance.prepare")
    if worker_id == by.pk:
        raise FourEyesRequired("Nobody proposes an adjustment for themselves.")
    wrong = (
        ("kind", kind not in Kind.values, f"{kind!r} is no kind of adjustment."),
        ("money", money.amount_minor <= 0, "Must be more than zero."),
        ("reason_code", not 0 < len(reason_code.strip()) <= 60, "Write a code of 1 to 60 characters."),
        ("reason_text", not 0 < len(reason_text.strip()) <= 300, "Say why, in 1 to 300 characters."),
        ("worker", not _is_expert(worker_id), "Nobody who works here has this id."),
    )
    problems = [FieldProblem(f"/{field}", "invalid", detail) for field, is_wrong, detail in wrong if is_wrong]
    if problems:
        raise InvalidAdjustment(problems[0].detail, problems)
    with transaction.atomic():
        row = Adjustment.objects.create(
            kind=kind,
            worker_id=worker_id,
            currency=money.currency,
            amount_minor=money.amount_minor,
            reason_code=reason_code.strip(),
            reason_text=reason_text.strip(),
            proposed_by=by,
            proposed_at=now,
        )
        audit.record(action="adjustment.proposed", target=row, by=by.pk, now=now, reason_code=row.reason_code)
        return row


def _is_expert(worker_id: UUID) -> bool:
    if not get_user_model().objects.filter(pk=worker_id).exists() or is_erased(worker_id):
        return False
    return find_payee(worker_id) is not None or Earning.objects.filter(worker_id=worker_id).exists()


def approve_adjustment(
    *, adjustment_id: UUID, by: Any, now: datetime, expected_version: int | None = None
) -> Adjustment:
    """Book a proposal: as an earning that the next cycle pays, or as a debt that later cycles recover.

    Raises:
        FourEyesRequired: ``by`` proposed it, whatever other role they hold, or it is for them.
        NotPermitted: ``by`` does not approve.
        PeriodClosed: the books of today's month are closed.
        UnknownAdjustment, DecidedWithItsFile, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(adjustment_id, by, expected_version)
        states.move(row, State.APPROVED, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        book([row], by=by, now=now)
        return row


def reject_adjustment(
    *, adjustment_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> Adjustment:
    """Refuse a proposal, with a reason. Nothing is booked.

    Raises:
        InvalidAdjustment: no reason.
        FourEyesRequired, NotPermitted, UnknownAdjustment, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(adjustment_id, by, expected_version)
        if not reason_text.strip():
            raise InvalidAdjustment.of("/reason_text", "Say why.")
        also = {"decided_by": by, "decided_at": now, "decision_text": reason_text.strip()}
        states.move(row, State.REJECTED, by=by.pk, now=now, reason_text=reason_text.strip(), also=also)
        return row


def withdraw_adjustment(
    *, adjustment_id: UUID, by: Any, now: datetime, expected_version: int | None = None
) -> Adjustment:
    """Take back one's own proposal.

    Raises:
        FourEyesRequired: somebody else proposed it.
        NotPermitted, UnknownAdjustment, StaleVersion, IllegalTransition
    """
    require_grant(by, "finance.prepare")
    with transaction.atomic():
        row = _lock(adjustment_id, by, expected_version)
        if row.proposed_by_id != by.pk:
            raise FourEyesRequired("Only who proposed it takes it back; another person rejects it.")
        states.move(row, State.WITHDRAWN, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        return row


def _lock_to_decide(adjustment_id: UUID, by: Any, expected_version: int | None) -> Adjustment:
    row = _lock(adjustment_id, by, expected_version)
    if by.pk == row.proposed_by_id:
        raise FourEyesRequired("You proposed this; another person decides it.")
    require_grant(by, "finance.approve")
    if by.pk == row.worker_id:
        raise FourEyesRequired("This is your own money; another person decides it.")
    return row


def _lock(adjustment_id: UUID, by: Any, expected_version: int | None) -> Adjustment:
    scope = Adjustment.objects.visible_to(by).select_for_update(of=("self",))
    row = scope.filter(id=adjustment_id).first()
    if row is None:
        raise UnknownAdjustment
    if row.imported_id is not None:
        raise DecidedWithItsFile
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
    return row
