"""Preparing a cycle: draft, calculate, submit, and the ways back. All need the grant ``finance.prepare``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, states
from common.clock import require_aware
from common.currencies import get_currency
from common.errors import FourEyesRequired, InvalidInput, StaleVersion
from common.identifiers import uuid7
from common.money import Money
from common.permissions import has_grant, require_grant
from payouts.cycles.errors import CycleChanged, CycleOverlaps, InvalidPeriod, NothingToPay, UnknownCycle
from payouts.cycles.models import CycleLine, CycleLineEarning, PayCycle
from payouts.cycles.queries import compute_digest, is_paid_by, open_earnings, outstanding_residues
from payouts.cycles.rules import DAYS_TO_APPROVE, DAYS_TO_BANK, add_business_days, payable_part
from payouts.earnings.models import Earning
from payouts.ledger.queries import get_balances, lock_payable
from payouts.ledger.rules import payable
from payouts.payees.queries import Payability, payability

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


def calculate(*, cycle_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> PayCycle:
    """Gather what is owed and not yet in a cycle into lines, again if it was calculated before; ``by`` becomes maker.

    Every expert with open earnings gets one line; who cannot be paid now is carried over with the reason.

    Raises:
        NotPermitted, UnknownCycle, StaleVersion, IllegalTransition
    """
    require_grant(by, PREPARE)
    with transaction.atomic():
        cycle = lock_cycle(cycle_id, by=by, expected_version=expected_version)
        if cycle.state == State.CALCULATED:
            cycle.state = State.DRAFT
        if not states.can_move(cycle, State.CALCULATED) or cycle.state == State.SUBMITTED:
            raise states.IllegalTransition(f"A cycle that is {cycle.state} cannot be calculated.")
        cycle.lines.all().delete()
        earnings = _lock_open_earnings(cycle)
        lines, members = _build_lines(cycle, earnings, now)
        CycleLine.objects.bulk_create(lines, batch_size=5000)
        CycleLineEarning.objects.bulk_create(members, batch_size=5000)
        digest = compute_digest(cycle)
        states.move(cycle, State.CALCULATED, by=by.id, now=now, also={"maker": by, "lines_hash": digest})
        return cycle


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
        states.move(cycle, State.SUBMITTED, by=by.id, now=now, also={"submitted_at": now})
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
            also={"submitted_at": None},
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


def _lock_open_earnings(cycle: PayCycle) -> dict[UUID, list[Earning]]:
    """Return the open earnings by worker, with each worker's payable balance locked so that none is taken back now."""
    workers = set(open_earnings(cycle.currency, cycle.ends_at).values_list("worker_id", flat=True))
    lock_payable(workers, cycle.currency)
    grouped: dict[UUID, list[Earning]] = {}
    # A second look under the lock: what was reversed or taken while waiting is gone now.
    for earning in open_earnings(cycle.currency, cycle.ends_at).filter(worker_id__in=workers).order_by("id"):
        grouped.setdefault(earning.worker_id, []).append(earning)
    return grouped


def _build_lines(
    cycle: PayCycle, earnings: Mapping[UUID, Sequence[Earning]], now: datetime
) -> tuple[list[CycleLine], list[CycleLineEarning]]:
    ready = payability(earnings.keys(), cycle.currency, now=now)
    residues = outstanding_residues(earnings.keys(), cycle.currency)
    balances = get_balances(payable(worker_id, cycle.currency) for worker_id in earnings)
    lines: list[CycleLine] = []
    members: list[CycleLineEarning] = []
    for worker_id in sorted(earnings):
        held = balances[payable(worker_id, cycle.currency)]
        line = _build_line(cycle, worker_id, earnings[worker_id], residues.get(worker_id, 0), ready[worker_id], held)
        lines.append(line)
        if line.state == CycleLine.State.INCLUDED:
            members.extend(CycleLineEarning(line=line, earning=earning) for earning in earnings[worker_id])
    return lines, members


def _build_line(
    cycle: PayCycle,
    worker_id: UUID,
    earnings: Sequence[Earning],
    brought_minor: int,
    ready: Payability,
    balance: Money,
) -> CycleLine:
    earned = sum(earning.amount_minor for earning in earnings)
    amount, residue = payable_part(Money(earned + brought_minor, cycle.currency))
    line = CycleLine(
        id=uuid7(),
        cycle=cycle,
        worker_id=worker_id,
        currency=cycle.currency,
        earned_minor=earned,
        brought_minor=brought_minor,
        amount_minor=amount.amount_minor,
        residue_minor=residue.amount_minor,
        earnings_count=len(earnings),
    )
    code, words = _reason_not_to_pay(amount, ready, balance)
    if code:
        line.state, line.reason_code, line.reason_text = CycleLine.State.CARRIED_OVER, code, words
    return line


def _reason_not_to_pay(amount: Money, ready: Payability, balance: Money) -> tuple[str, str]:
    if not ready.is_ready:
        return ready.reason_code, ready.words
    if not amount:
        return "BELOW_UNIT", "Less than one whole unit of the currency; it waits for the next cycle."
    if balance < amount:
        return "MONEY_HELD", "Part of the money is on hold; the amount waits until that is cleared."
    return "", ""
