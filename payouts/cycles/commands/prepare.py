"""Preparing a cycle: draft, submit, and the ways back. All need the grant ``finance.prepare``."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, states
from common.clock import require_aware
from common.currencies import get_currency
from common.errors import FourEyesRequired, InvalidInput, StaleVersion
from common.permissions import has_grant, require_grant
from payouts.cycles.errors import CycleChanged, CycleOverlaps, InvalidPeriod, NothingToPay, UnknownCycle
from payouts.cycles.models import CycleLine, CycleLineEarning, PayCycle
from payouts.cycles.queries import compute_digest, is_paid_by, second_approval_over
from payouts.cycles.rules import DAYS_TO_APPROVE, DAYS_TO_BANK, add_business_days

PREPARE = "finance.prepare"
State = PayCycle.State


def draft_cycle(
    *, starts_at: datetime, ends_at: datetime, currency: str, by: Any, now: datetime, kind: str = "REGULAR"
) -> PayCycle:
    """Open a cycle for ``currency`` over the half-open period; ``by`` is its maker.

    Raises:
        NotPermitted: ``by`` does not prepare.
        InvalidPeriod: the period is empty, says no offset, or has not ended.
        InvalidInput: an unknown currency or kind.
        CycleOverlaps: another cycle of the currency and kind covers part of it.
    """
    require_grant(by, PREPARE)
    _check_period(starts_at, ends_at, now)
    if kind not in PayCycle.Kind.values:
        raise InvalidInput.of("/kind", f"{kind!r} is no kind of cycle.")
    try:
        get_currency(currency)
    except ValueError as error:
        raise InvalidInput.of("/currency", f"{error}.") from error
    try:
        with transaction.atomic():
            cycle = PayCycle.objects.create(
                kind=kind,
                currency=currency,
                starts_at=starts_at,
                ends_at=ends_at,
                maker=by,
                expected_pay_on=add_business_days(ends_at.date(), DAYS_TO_APPROVE + DAYS_TO_BANK),
                created_at=now,
            )
            audit.record(action="paycycle.draft", target=cycle, by=by.id, now=now)
            return cycle
    except IntegrityError as error:
        if "pay_cycle_once_per_period" in str(error):
            raise CycleOverlaps from error
        raise


def submit(*, cycle_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> PayCycle:
    """Ask another person to approve. Only who calculated the lines may submit them.

    Raises:
        FourEyesRequired: somebody else calculated it, or it pays its own maker.
        NothingToPay: no line pays anything.
        CycleChanged: an earning was taken back since; calculate again.
        NotPermitted, UnknownCycle, StaleVersion, IllegalTransition
    """
    require_grant(by, PREPARE)
    with transaction.atomic():
        cycle = lock_cycle(cycle_id, by=by, expected_version=expected_version)
        if cycle.maker_id != by.id:
            raise FourEyesRequired("Only the person who calculated the cycle submits it.")
        included = cycle.lines.filter(state=CycleLine.State.INCLUDED)
        if is_paid_by(cycle, by):
            raise FourEyesRequired("Nobody prepares a cycle that pays them.")
        if cycle.state == State.CALCULATED and not included.exists():
            raise NothingToPay
        if cycle.state == State.CALCULATED and compute_digest(cycle) != cycle.lines_hash:
            raise CycleChanged
        limit = second_approval_over(cycle.currency).amount_minor
        also = {"submitted_at": now, "second_approval_over_minor": limit}
        states.move(cycle, State.SUBMITTED, by=by.id, now=now, also=also)
        return cycle


def send_back(
    *, cycle_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> PayCycle:
    """Return a submitted cycle to its maker with a reason; the approver does, or the maker who thinks again.

    Raises:
        InvalidInput: no reason.
        NotPermitted, UnknownCycle, StaleVersion, IllegalTransition
    """
    if not has_grant(by, PREPARE):
        require_grant(by, "finance.approve")
    with transaction.atomic():
        cycle = lock_cycle(cycle_id, by=by, expected_version=expected_version)
        if not reason_text.strip():
            raise InvalidInput.of("/reason_text", "Say why, so that it can be mended.")
        if cycle.state != State.SUBMITTED:
            raise states.IllegalTransition(f"A cycle that is {cycle.state} cannot be sent back.")
        states.move(
            cycle,
            State.CALCULATED,
            by=by.id,
            now=now,
            reason_code="SENT_BACK",
            reason_text=reason_text.strip(),
            also={"submitted_at": None, "first_checker": None, "first_approved_at": None, "first_hash": ""},
        )
        return cycle


def cancel(
    *, cycle_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> PayCycle:
    """Give up a cycle before it is carried out; its earnings are free for the next one.

    Raises:
        InvalidInput: no reason.
        NotPermitted, UnknownCycle, StaleVersion, IllegalTransition
    """
    require_grant(by, PREPARE)
    with transaction.atomic():
        cycle = lock_cycle(cycle_id, by=by, expected_version=expected_version)
        if not reason_text.strip():
            raise InvalidInput.of("/reason_text", "Say why.")
        states.move(cycle, State.CANCELLED, by=by.id, now=now, reason_code="CANCELLED", reason_text=reason_text.strip())
        CycleLineEarning.objects.filter(line__cycle=cycle, released_at__isnull=True).update(released_at=now)
        return cycle


def lock_cycle(cycle_id: UUID, *, by: Any, expected_version: int | None = None) -> PayCycle:
    """Return the cycle locked, if ``by`` (None = the system) may see it and it has the expected version.

    Raises:
        UnknownCycle, StaleVersion
    """
    scope = PayCycle.objects.all() if by is None else PayCycle.objects.visible_to(by)
    cycle = scope.select_for_update(of=("self",)).filter(id=cycle_id).first()
    if cycle is None:
        raise UnknownCycle
    if expected_version is not None and cycle.version != expected_version:
        raise StaleVersion(f"The current version is {cycle.version}; you sent {expected_version}.")
    return cycle


def _check_period(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    try:
        require_aware(starts_at)
        require_aware(ends_at)
    except ValueError as error:
        raise InvalidPeriod(f"{error}.") from error
    if starts_at >= ends_at:
        raise InvalidPeriod("The period ends before it starts.")
    if ends_at > now:
        raise InvalidPeriod("The period has not ended; what it owes may still grow.")
