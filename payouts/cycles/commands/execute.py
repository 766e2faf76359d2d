"""Carrying out an approved cycle: funds first, then reserve every payout in one transaction, then let the rails work.

Nothing calls outside inside a transaction. A cycle that waits for funds stays FUNDING and ``tick`` takes it up again;
reserving and EXECUTING are one commit, so that a crash leaves either nothing or payouts that the sweeper finds.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from common import audit, states
from common.errors import DomainError
from common.events import publish
from common.faults import crash_point, declare
from common.money import Money
from common.permissions import require_grant
from payouts.cycles.commands import keep
from payouts.cycles.commands.news import tell_of_lines
from payouts.cycles.commands.prepare import PREPARE, lock_cycle
from payouts.cycles.errors import AnotherCycleRuns, CycleChanged
from payouts.cycles.models import CycleLine, CycleLineEarning, LineDestination, PayCycle
from payouts.cycles.queries import compute_digest, totals_by_rail
from payouts.cycles.rules import DAYS_TO_BANK, add_business_days
from payouts.events import PaymentHeld
from payouts.holds.models import Hold
from payouts.holds.queries import find_active
from payouts.ledger.queries import get_balances, lock_payable
from payouts.ledger.rules import payable
from payouts.payees.models import Payee
from payouts.payees.queries import Payability, payability
from payouts.transfers.commands import (
    PayoutOrder,
    check_funds,
    require_all_known,
    reserve_payouts,
    take_over_found,
    top_up,
)
from payouts.transfers.models import ENDED_STATES, LIVE_STATES, Payout

declare(
    "payouts.cycle.after_funding",
    "payouts.cycle.before_reserve",
    "payouts.cycle.before_reserve_commit",
    "payouts.cycle.after_reserve",
    "payouts.cycle.before_complete_commit",
    "payouts.cycle.after_complete",
)

logger = logging.getLogger(__name__)

State = PayCycle.State
_BATCH = 500


def execute(*, cycle_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> PayCycle:
    """Carry out an approved cycle, or go on with one that waits for funds. Calls outside: never in a transaction.

    The cycle comes back EXECUTING, or FUNDING while a top-up is under way.

    Raises:
        NotPermitted: ``by`` does not prepare.
        CycleChanged: the lines are not those that were approved.
        AnotherCycleRuns: a cycle of the currency is being paid.
        ReconcileFirst: the database was restored, or the provider has transfers that it does not know.
        UnknownCycle, StaleVersion, IllegalTransition
    """
    require_grant(by, PREPARE)
    if PayCycle.objects.filter(id=cycle_id, state__in=[State.APPROVED, State.FUNDING]).exists():
        require_all_known()
    cycle = _begin_funding(cycle_id, by=by, now=now, expected_version=expected_version)
    crash_point("payouts.cycle.after_funding")
    return _fund_and_reserve(cycle, by=by.id, now=now)


def tick(*, now: datetime) -> list[UUID]:
    """Take up every cycle that waits for funds and complete those whose payouts have all ended; return their ids."""
    waiting = PayCycle.objects.filter(state=State.FUNDING).order_by("approved_at", "id")
    reserved = [cycle.id for cycle in waiting if _take_up(cycle, now)]
    open_payouts = Payout.objects.filter(cycle_id=OuterRef("id")).exclude(state__in=ENDED_STATES)
    ended = PayCycle.objects.filter(~Exists(open_payouts), state=State.EXECUTING).order_by("id")
    ids = ended.values_list("id", flat=True)
    return reserved + [cycle_id for cycle_id in ids if complete_if_done(cycle_id=cycle_id, now=now)]


def recover(*, now: datetime) -> tuple[int, int]:
    """Take over the transfers of a restored database that only the provider knows; return how many, and how many are left.

    With none left, paying is possible again: a cycle that is then paid takes over its payouts that were found.

    Raises:
        ListNotReadable: the provider gave no usable answer.
    """
    taken, left = take_over_found(
        is_cycle=lambda cycle_id: PayCycle.objects.filter(id=cycle_id).exists(),
        convert=lambda cycle_id, worker_id, money: _convert_found(cycle_id, worker_id, money, now),
        now=now,
    )
    return taken, len(left)


def _convert_found(cycle_id: UUID, worker_id: UUID, money: Money, now: datetime) -> None:
    """Convert what a found payout of a cycle paid, so that there is something to reserve in its currency."""
    lines = CycleLine.objects.filter(cycle_id=cycle_id, worker_id=worker_id, state=CycleLine.State.INCLUDED)
    keep.post_conversions([line for line in lines if line.pays == money], by=None, now=now)


def _take_up(cycle: PayCycle, now: datetime) -> bool:
    try:
        require_all_known()
        return _fund_and_reserve(cycle, by=None, now=now).state == State.EXECUTING
    except DomainError:
        # One cycle that cannot go on yet must not keep the others waiting; the next round tries it again.
        logger.exception("payouts.cycle.not_taken_up", extra={"cycle_id": str(cycle.id)})
        return False


def complete_if_done(*, cycle_id: UUID, now: datetime) -> bool:
    """Complete an executing cycle once each of its payouts has ended, and say whether it did."""
    with transaction.atomic():
        cycle = lock_cycle(cycle_id, by=None)
        payouts = Payout.objects.filter(cycle_id=cycle_id)
        if cycle.state != State.EXECUTING or payouts.exclude(state__in=ENDED_STATES).exists():
            return False
        whole = not payouts.exclude(state="PAID").exists()
        clean = whole and not cycle.lines.exclude(state=CycleLine.State.INCLUDED).exists()
        to = State.COMPLETED if clean else State.COMPLETED_WITH_EXCEPTIONS
        states.move(cycle, to, by=None, now=now, also={"completed_at": now})
        crash_point("payouts.cycle.before_complete_commit")
    crash_point("payouts.cycle.after_complete")
    return True


def release_payout(*, payout_id: UUID, now: datetime) -> None:
    """Free the earnings of a payout whose money is payable again, so that the next cycle takes them.

    What the line recovered is owed again, and what it held back is free: the next line that pays takes both anew.
    """
    with transaction.atomic():
        line = CycleLine.objects.select_for_update().filter(payout_id=payout_id, released_at__isnull=True).first()
        if line is None:
            return
        line.released_at = now
        line.save(update_fields=["released_at"])
        keep.give_back(line, now=now)
        CycleLineEarning.objects.filter(line=line, released_at__isnull=True).update(released_at=now)


def _begin_funding(cycle_id: UUID, *, by: Any, now: datetime, expected_version: int | None) -> PayCycle:
    try:
        with transaction.atomic():
            cycle = lock_cycle(cycle_id, by=by, expected_version=expected_version)
            if cycle.state == State.FUNDING:
                return cycle
            if states.can_move(cycle, State.FUNDING):
                _require_approved_lines(cycle)
            states.move(cycle, State.FUNDING, by=by.id, now=now)
            return cycle
    except IntegrityError as error:
        if "pay_cycle_one_executing" in str(error):
            raise AnotherCycleRuns from error
        raise


def _require_approved_lines(cycle: PayCycle) -> None:
    if not cycle.approved_hash or compute_digest(cycle) != cycle.approved_hash:
        raise CycleChanged


def _fund_and_reserve(cycle: PayCycle, *, by: UUID | None, now: datetime) -> PayCycle:
    if not _has_funds(cycle, by=by, now=now):
        cycle.refresh_from_db()
        return cycle
    crash_point("payouts.cycle.before_reserve")
    cycle = _reserve(cycle.id, by=by, now=now)
    crash_point("payouts.cycle.after_reserve")
    return cycle


def _has_funds(cycle: PayCycle, *, by: UUID | None, now: datetime) -> bool:
    """Say whether the balances of all rails cover what the cycle pays over them, asking for top-ups where they do not."""
    found = Counter[tuple[str, str]]()
    for payout in _find_payouts(cycle.id).values():
        found[payout.rail, payout.currency] += payout.amount_minor
    # Every rail is asked before any is judged, so that all top-ups are on their way at once.
    covered = [
        _has_funds_on(rail, Money(max(0, total.amount_minor - found[rail, currency]), currency), cycle, by, now)
        for (rail, currency), total in totals_by_rail(cycle).items()
    ]
    return all(covered)


def _has_funds_on(rail: str, total: Money, cycle: PayCycle, by: UUID | None, now: datetime) -> bool:
    missing = check_funds(money=total, rail=rail, now=now).missing
    if not missing:
        return True
    # One top-up for a source is under way at a time: each currency that a cycle is converted into has its own.
    converted = "" if total.currency == cycle.currency else f":{total.currency}"
    top_up(money=missing, rail=rail, source=f"pay_cycle:{cycle.id}:{rail}{converted}", by=by, now=now)
    return not check_funds(money=total, rail=rail, now=now).missing


def _reserve(cycle_id: UUID, *, by: UUID | None, now: datetime) -> PayCycle:
    with transaction.atomic():
        cycle = lock_cycle(cycle_id, by=None)
        if cycle.state != State.FUNDING:
            return cycle
        _require_approved_lines(cycle)
        included = cycle.lines.filter(state=CycleLine.State.INCLUDED).select_related("conversion")
        lines = list(included.order_by("worker_id"))
        workers = [line.worker_id for line in lines]
        lock_payable(workers, cycle.currency)
        elsewhere = _lock_payees(lines)
        arrives_in = {line.worker_id: line.pays.currency for line in lines}
        ready = {
            worker_id: state
            for code in sorted(set(arrives_in.values()))
            for worker_id, state in payability([w for w in workers if arrives_in[w] == code], code, now=now).items()
        }
        holds = find_active(workers, cycle.currency)
        balances = get_balances(payable(worker_id, cycle.currency) for worker_id in workers)
        live = Payout.objects.filter(worker_id__in=workers, state__in=LIVE_STATES)
        under_way = {w for w, code in live.values_list("worker_id", "currency") if arrives_in[w] == code}
        paid = _join_found(cycle.id, lines)
        for line in [line for line in lines if line.payout_id is None]:
            code, words = _reason_to_hold(line, ready, balances, under_way, holds.get(line.worker_id))
            if not code and line.id in elsewhere:
                code, words = "DESTINATION_CHANGED", "The bank account was changed after the payment was approved."
            if code:
                _hold_back(line, code, words, now)
            else:
                paid.append(line)
        keep.post_withholdings(paid, by=by, now=now)
        keep.post_recoveries(paid, by=by, now=now)
        keep.post_holdbacks(paid, by=by, now=now)
        keep.post_conversions(paid, by=by, now=now)
        tell_of_lines(cycle, paid, now=now)
        new = [line for line in paid if line.payout_id is None]
        orders = [PayoutOrder(worker_id=line.worker_id, money=line.pays) for line in new]
        payouts = reserve_payouts(cycle_id=cycle.id, lines=orders, by=by, now=now)
        for line in new:
            line.payout_id = payouts[line.worker_id]
        CycleLine.objects.bulk_update(paid, ["payout_id"], batch_size=_BATCH)
        expected = add_business_days(now.date(), DAYS_TO_BANK)
        also = {"executed_at": now, "expected_pay_on": expected}
        states.move(cycle, State.EXECUTING, by=by, now=now, also=also)
        crash_point("payouts.cycle.before_reserve_commit")
        return cycle


def _lock_payees(lines: Sequence[CycleLine]) -> set[UUID]:
    """Lock whom the lines pay, so that no account changes until the reservation stands; return the lines that go elsewhere.

    Elsewhere is any account but the one that was approved; a line without one was approved for none.
    """
    locked = Payee.objects.select_for_update(no_key=True).filter(worker_id__in=[line.worker_id for line in lines])
    payees = {payee.worker_id: (payee.account_id, payee.bank_fingerprint) for payee in locked.order_by("worker_id")}
    approved = {
        row.line_id: (row.account_id, row.bank_fingerprint)
        for row in LineDestination.objects.filter(line_id__in=[line.id for line in lines])
    }
    return {line.id for line in lines if payees.get(line.worker_id) != approved.get(line.id)}


def _join_found(cycle_id: UUID, lines: Sequence[CycleLine]) -> list[CycleLine]:
    """Give lines the payouts of their amount that were found, and return these lines: their money is on its way."""
    found = _find_payouts(cycle_id)
    joined = []
    for line in lines:
        payout = found.get(line.worker_id)
        if payout is not None and payout.money == line.pays:
            line.payout_id = payout.id
            joined.append(line)
    return joined


def _find_payouts(cycle_id: UUID) -> dict[UUID, Payout]:
    """Return the payouts of a cycle not yet reserved that were found at the provider after a restore, by worker."""
    rows = Payout.objects.filter(cycle_id=cycle_id, state__in=[*LIVE_STATES, Payout.State.PAID])
    return {payout.worker_id: payout for payout in rows}


def _reason_to_hold(
    line: CycleLine,
    ready: Mapping[UUID, Payability],
    balances: Mapping[str, Money],
    under_way: Set[UUID],
    hold: Hold | None,
) -> tuple[str, str]:
    state = ready[line.worker_id]
    if not state.is_ready:
        return state.reason_code, state.words
    if hold is not None and hold.is_on_all:
        return "ON_HOLD", hold.words
    if line.worker_id in under_way:
        return "PAYOUT_UNDER_WAY", "An earlier payout has not ended yet; the amount waits for the next cycle."
    if balances[payable(line.worker_id, line.currency)].amount_minor < line.leaves_payable_minor:
        return "MONEY_HELD", "Part of the money was put on hold after the approval."
    return "", ""


def _hold_back(line: CycleLine, code: str, words: str, now: datetime) -> None:
    """Leave out a line that can no longer be paid since its approval; its earnings are free for the next cycle."""
    line.state, line.reason_code, line.reason_text = CycleLine.State.HELD, code, words
    line.released_at = now
    line.save(update_fields=["state", "reason_code", "reason_text", "released_at"])
    CycleLineEarning.objects.filter(line=line).update(released_at=now)
    audit.record(action="cycleline.held", target=line, by=None, now=now, reason_code=code, reason_text=words)
    news = PaymentHeld(
        worker_id=line.worker_id,
        source_key=line.source,
        currency=line.currency,
        amount_minor=line.amount_minor,
        reason_code=code,
        words=words,
    )
    publish(news, now=now)
