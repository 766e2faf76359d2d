"""Calculating a cycle, set-based: one look at what is owed, one line an expert, one statement that joins the earnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from common import states
from common.identifiers import uuid7
from common.money import Money
from common.permissions import require_grant
from payouts.cycles.commands.prepare import PREPARE, lock_cycle
from payouts.cycles.conversions import PayIn, is_too_large, make_conversion, plan_currencies
from payouts.cycles.models import CycleLine, PayCycle
from payouts.cycles.queries import compute_digest, outstanding, planned_recoveries, sum_open_earnings
from payouts.cycles.rules import Due, Split, Terms, carry_over, is_below, split_line
from payouts.fx.models import Conversion
from payouts.fx.rules import Converted
from payouts.holds.models import Hold
from payouts.holds.queries import find_active
from payouts.ledger.queries import get_balances, lock_payable
from payouts.ledger.rules import held, payable, receivable
from payouts.payees.queries import Payability, payability

State = PayCycle.State
_BATCH = 5000

_JOIN_EARNINGS = """
INSERT INTO payouts_cyclelineearning (line_id, earning_id)
SELECT l.id, e.id
  FROM payouts_cycleline l
  JOIN payouts_earning e ON e.worker_id = l.worker_id AND e.currency = l.currency
 WHERE l.cycle_id = %s AND l.state = 'INCLUDED' AND e.created_at < %s AND e.amount_minor > 0
   AND NOT EXISTS (SELECT 1 FROM payouts_earningreversal r WHERE r.earning_id = e.id)
   AND NOT EXISTS (SELECT 1 FROM payouts_cyclelineearning x WHERE x.earning_id = e.id AND x.released_at IS NULL)
"""


def calculate(*, cycle_id: UUID, by: Any, now: datetime, expected_version: int | None = None) -> PayCycle:
    """Gather what is owed and not yet in a cycle into lines, again if it was calculated before; ``by`` becomes maker.

    Every expert with something open gets one line that explains itself (see ``CycleLine``): what is on hold comes off,
    a debt is recovered by at most its share, and who cannot be paid now, or less than their route's minimum, is carried
    over with the reason.

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
        built = _build_lines(cycle, _lock_workers(cycle), now)
        CycleLine.objects.bulk_create([line for line, _ in built], batch_size=_BATCH)
        Conversion.objects.bulk_create([row for _, row in built if row], batch_size=_BATCH)
        with connection.cursor() as cursor:
            cursor.execute(_JOIN_EARNINGS, [cycle.id, cycle.ends_at])
        digest = compute_digest(cycle)
        states.move(cycle, State.CALCULATED, by=by.id, now=now, also={"maker": by, "lines_hash": digest})
        return cycle


@dataclass(frozen=True, slots=True)
class _Money:
    """What the books say of everybody in the cycle, in minor units, their payable balances being locked."""

    brought: Mapping[UUID, int]
    payable: Mapping[str, Money]
    held: Mapping[str, Money]
    owed: Mapping[str, Money]
    planned: Mapping[UUID, int]
    holds: Mapping[UUID, Hold]


def _lock_workers(cycle: PayCycle) -> list[UUID]:
    """Return who has something open, with each payable balance locked so that none is taken back or held now."""
    workers = set(sum_open_earnings(cycle)) | set(outstanding(cycle.currency))
    lock_payable(workers, cycle.currency)
    return sorted(workers)


def _build_lines(cycle: PayCycle, workers: list[UUID], now: datetime) -> list[tuple[CycleLine, Conversion | None]]:
    # A second look under the lock: what was reversed or taken while waiting is gone now.
    earned = sum_open_earnings(cycle)
    currency = cycle.currency
    books = _Money(
        outstanding(currency),
        get_balances(payable(worker_id, currency) for worker_id in workers),
        get_balances(held(worker_id, currency) for worker_id in workers),
        get_balances(receivable(worker_id, currency) for worker_id in workers),
        planned_recoveries(currency),
        find_active(workers, currency),
    )
    ways = plan_currencies(workers, currency, now=now)
    ready = {
        worker_id: state
        for code in sorted({way.currency for way in ways.values()})
        for worker_id, state in payability([w for w in workers if ways[w].currency == code], code, now=now).items()
    }
    terms = Terms(settings.PAYOUT_HOLDBACK_BPS, settings.PAYOUT_RECOVERY_BPS)
    return [
        _build_line(cycle, worker_id, earned.get(worker_id, (0, 0, 0)), books, ready[worker_id], ways[worker_id], terms)
        for worker_id in workers
        if worker_id in earned or books.brought.get(worker_id, 0) > 0
    ]


def _build_line(
    cycle: PayCycle,
    worker_id: UUID,
    sums: tuple[int, int, int],
    books: _Money,
    ready: Payability,
    pay_in: PayIn,
    terms: Terms,
) -> tuple[CycleLine, Conversion | None]:
    earned, bonus, count = sums
    due = _due(worker_id, cycle.currency, earned + bonus, books)
    tax = ready.withholding
    split = split_line(due, replace(terms, withholding_bps=tax.bps), pay_in.multiple)
    split, converted = pay_in.convert(split, cycle.currency)
    balance = books.payable[payable(worker_id, cycle.currency)]
    code, words = _reason_not_to_pay(split, ready, balance, books.holds.get(worker_id), pay_in, converted)
    if code:
        split, converted = carry_over(due), None
    line = CycleLine(
        id=uuid7(),
        cycle=cycle,
        worker_id=worker_id,
        currency=cycle.currency,
        state=CycleLine.State.CARRIED_OVER if code else CycleLine.State.INCLUDED,
        earned_minor=earned,
        bonus_minor=bonus,
        brought_minor=due.brought_minor,
        held_minor=split.held_minor,
        holdback_minor=split.holdback_minor,
        recovered_minor=split.recovered_minor,
        withheld_minor=split.withheld_minor,
        withholding_bps=tax.bps,
        withholding_code=tax.code,
        amount_minor=split.amount_minor,
        carried_minor=split.carried_minor,
        earnings_count=count,
        holdback_bps=terms.holdback_bps,
        recovery_bps=terms.recovery_bps,
        reason_code=code,
        reason_text=words,
    )
    return line, make_conversion(line, pay_in, converted) if converted else None


def _due(worker_id: UUID, currency: str, gross_minor: int, books: _Money) -> Due:
    owed = books.owed[receivable(worker_id, currency)].amount_minor - books.planned.get(worker_id, 0)
    on_hold = books.held[held(worker_id, currency)].amount_minor
    return Due(gross_minor, books.brought.get(worker_id, 0), on_hold, max(0, owed))


def _reason_not_to_pay(
    split: Split,
    ready: Payability,
    balance: Money,
    hold: Hold | None,
    pay_in: PayIn,
    converted: Converted | None,
) -> tuple[str, str]:
    if not ready.is_ready:
        return ready.reason_code, ready.words
    if hold is not None and (hold.is_on_all or not split.amount_minor):
        return "ON_HOLD", hold.words
    if pay_in.words:
        return "NO_EXCHANGE_RATE", pay_in.words
    if is_too_large(converted):
        return "TOO_LARGE", f"More in {pay_in.currency} than one payment can be; write to us."
    arrives_minor = converted.paid_minor if converted else split.amount_minor
    if not arrives_minor:
        return "BELOW_UNIT", "Less than one whole unit of the currency; it waits for the next cycle."
    if is_below(arrives_minor, ready.minimum):
        least = ready.minimum
        return "BELOW_MINIMUM", f"Below {least}, the least that can be paid this way; it waits for the next cycle."
    if balance.amount_minor < split.leaves_payable_minor:
        return "MONEY_HELD", "Part of the money is bound elsewhere; the amount waits until that has ended."
    return "", ""
