"""When an earning's money will be where, in days and in words: read from its cycle, or planned from the calendar.

A plan is what the settings' calendar says if nothing changes: cycles are opened by people, and the bank takes its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Max, Min, Sum

from common.money import Money
from payouts.cycles.conversions import PayIn, plan_currencies
from payouts.cycles.models import CycleLine, EarningState, PayCycle
from payouts.cycles.rules import (
    DAYS_TO_BANK,
    Due,
    Terms,
    add_business_days,
    is_below,
    plan_payment,
    planned_end_after,
    split_line,
)
from payouts.earnings.models import Earning
from payouts.fx.models import Conversion
from payouts.holds.models import Hold
from payouts.holds.queries import find_active
from payouts.ledger.queries import get_balances
from payouts.ledger.rules import payable, receivable
from payouts.payees.queries import Payability, payability
from payouts.transfers.models import Payout

#: What the expert can do about it themselves.
PAYOUT_METHOD = "PAYOUT_METHOD"
HOLD = "HOLD"

_CAME_BACK = ("FAILED", "RETURNED", "REVERSED", "CANCELLED")
_OPEN_CYCLES = ("DRAFT", "CALCULATED")
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """When money is payable and at the bank; days are counted in UTC, None is what nobody can say yet.

    ``words`` say to the expert what happens and what it waits for. ``step`` is PAYOUT_METHOD or HOLD where they can do
    something; ``hold_id`` is the hold then. ``arrives`` is what the payout that carries it is at the bank, once that is
    known: the whole of it, perhaps in another currency.
    """

    payable_on: date | None = None
    cycle_first_day: date | None = None
    cycle_last_day: date | None = None
    at_bank_on: date | None = None
    words: str
    step: str = ""
    hold_id: UUID | None = None
    arrives: Money | None = None


@dataclass(frozen=True, slots=True)
class _Calendar:
    """One currency's plan: ``stands_until`` is the end of the last cycle whose lines stand, ``open_end`` that of one being prepared."""

    weeks: int
    stands_until: datetime | None
    open_start: datetime | None
    open_end: datetime | None


@dataclass(frozen=True, slots=True)
class _Prospect:
    """What stands between one worker and their next payment in a currency; ``free_at`` is when a hold has ended."""

    blocked: Expectation | None
    free_at: datetime | None
    why: str
    hold_id: UUID | None
    calendar: _Calendar
    pay_in: PayIn


def expect_payment(earnings: Sequence[Earning], *, now: datetime) -> dict[UUID, Expectation]:
    """Return by id what each earning, loaded with its ``standing``, can expect; a fixed number of queries a currency."""
    cycles = PayCycle.objects.in_bulk({row.standing.cycle_id for row in earnings if row.standing.cycle_id})
    payouts = Payout.objects.in_bulk({row.standing.payout_id for row in earnings if row.standing.payout_id})
    conversions = _conversions_of(cycles)
    waiting = [row for row in earnings if row.standing.state == EarningState.State.APPROVED]
    prospects: dict[tuple[UUID, str], _Prospect] = {}
    for currency in sorted({row.currency for row in waiting}):
        workers = {row.worker_id for row in waiting if row.currency == currency}
        found = _find_prospects(workers, currency, now)
        prospects |= {(worker_id, currency): prospect for worker_id, prospect in found.items()}
    return {
        row.id: _plan(prospects[row.worker_id, row.currency], row.created_at, now)
        if row.standing.state == EarningState.State.APPROVED
        else _follow(row, cycles, payouts, conversions, now)
        for row in earnings
    }


def expect_payouts(payouts: Sequence[Payout], *, now: datetime) -> dict[UUID, Expectation]:
    """Return by id what each payout can expect; one outside any cycle has no day until the bank has it."""
    cycles = PayCycle.objects.in_bulk({row.cycle_id for row in payouts if row.cycle_id})
    rows = Conversion.objects.select_related("from_rate", "to_rate", "line")
    converted = {row.line.payout_id: row for row in rows.filter(line__payout_id__in=[row.id for row in payouts])}
    return {
        row.id: _on_its_way(row, _there(cycles.get(row.cycle_id) if row.cycle_id else None), converted.get(row.id), now)
        for row in payouts
    }


def expect_next(worker_id: UUID, currency: str, *, now: datetime) -> Expectation:
    """Return what somebody can expect of work that is approved now."""
    return _plan(_find_prospects([worker_id], currency, now)[worker_id], now, now)


def _conversions_of(cycles: Iterable[UUID]) -> dict[tuple[UUID, UUID], Conversion]:
    """Return by cycle and worker what is converted in these cycles."""
    rows = Conversion.objects.select_related("from_rate", "to_rate", "line").filter(line__cycle_id__in=list(cycles))
    return {(row.line.cycle_id, row.line.worker_id): row for row in rows} if cycles else {}


def _follow(
    earning: Earning,
    cycles: Mapping[UUID, PayCycle],
    payouts: Mapping[UUID, Payout],
    conversions: Mapping[tuple[UUID, UUID], Conversion],
    now: datetime,
) -> Expectation:
    """Return what is known of an earning that a cycle holds, or that is owed no more."""
    standing: EarningState = earning.standing
    cycle = cycles.get(standing.cycle_id) if standing.cycle_id else None
    if cycle is None:
        return Expectation(words="It was taken back and is not paid.")
    payout = payouts.get(standing.payout_id) if standing.payout_id else None
    converted = conversions.get((cycle.id, earning.worker_id))
    there = _there(cycle)
    return _on_its_way(payout, there, converted, now) if payout else _in_cycle(cycle, there, converted, now)


def _there(cycle: PayCycle | None) -> Expectation:
    """Return the days of a cycle, without words yet."""
    if cycle is None:
        return Expectation(words="")
    return Expectation(
        payable_on=cycle.ends_at.astimezone(UTC).date(),
        cycle_first_day=cycle.first_day,
        cycle_last_day=cycle.last_day,
        at_bank_on=cycle.expected_pay_on,
        words="",
    )


def _in_cycle(cycle: PayCycle, there: Expectation, converted: Conversion | None, now: datetime) -> Expectation:
    approved = cycle.approved_at is not None
    soonest = add_business_days(now.date(), DAYS_TO_BANK) if approved else plan_payment(cycle.ends_at, now.date())[1]
    at_bank = max(cycle.expected_pay_on, soonest)
    state = "approved" if approved else "waiting for a second person's approval"
    return replace(
        there,
        at_bank_on=at_bank,
        words=f"In the cycle of {_period(cycle.first_day, cycle.last_day)}, {state}. {_expected(at_bank)}"
        + _paid_out_as(converted),
        arrives=converted.paid if converted else None,
    )


def _paid_out_as(converted: Conversion | None) -> str:
    """Say what a line becomes in another currency, at the rate that stands since its calculation."""
    return f" All that this cycle pays you becomes {converted.paid}, at {converted.words}." if converted else ""


def _on_its_way(payout: Payout, there: Expectation, converted: Conversion | None, now: datetime) -> Expectation:
    if payout.state in _CAME_BACK or payout.state == Payout.State.HELD:
        return _stopped(payout, there)
    there = replace(there, arrives=payout.arrives or payout.money)
    words = _paid_out_as(converted)
    if payout.arrives and payout.arrives != payout.money:
        words += f" At the bank it arrives as {payout.arrives}."
    if payout.state == Payout.State.PAID and payout.paid_at:
        day = payout.paid_at.astimezone(UTC).date()
        return replace(there, at_bank_on=day, words=f"At your bank since {_day(day)}.{words}")
    if there.at_bank_on is None:
        return replace(there, words=f"Being sent.{words}")
    if there.at_bank_on < now.date():
        late = f"Sent, and expected on {_day(there.at_bank_on)}; a bank can take five working days."
        return replace(there, words=late + words)
    return replace(there, words=f"Being sent. {_expected(there.at_bank_on)}{words}")


def _stopped(payout: Payout, there: Expectation) -> Expectation:
    words = f"It did not arrive. {payout.failure_text} The next cycle takes it."
    if payout.state == Payout.State.HELD:
        words = f"Not sent for now. {payout.failure_text}"
    return replace(there, at_bank_on=None, step=PAYOUT_METHOD, words=words)


def _plan(prospect: _Prospect, approved_at: datetime, now: datetime) -> Expectation:
    """Return which cycle takes what was approved at an instant, when it is payable and when at the bank."""
    if prospect.blocked is not None:
        return prospect.blocked
    calendar = prospect.calendar
    is_open = calendar.open_end is not None and calendar.open_end > approved_at
    if calendar.open_start and calendar.open_end and is_open and prospect.free_at is None:
        starts_at, ends_at = calendar.open_start, calendar.open_end
    else:
        bounds = [approved_at, calendar.stands_until, prospect.free_at and prospect.free_at - _INSTANT]
        ends_at = planned_end_after(max(bound for bound in bounds if bound), calendar.weeks)
        starts_at = ends_at - timedelta(weeks=calendar.weeks)
    payable_on, at_bank = plan_payment(ends_at, now.date())
    is_converted = prospect.pay_in.price is not None or prospect.pay_in.words
    first, last = starts_at.astimezone(UTC).date(), (ends_at - _INSTANT).astimezone(UTC).date()
    return Expectation(
        payable_on=payable_on,
        cycle_first_day=first,
        cycle_last_day=last,
        at_bank_on=at_bank,
        words=f"{prospect.why}Joins the cycle of {_period(first, last)}. {_expected(at_bank)}"
        + (f" It is paid out in {prospect.pay_in.currency}, at the rate of its calculation." if is_converted else ""),
        step=HOLD if prospect.hold_id else "",
        hold_id=prospect.hold_id,
    )


def _find_prospects(workers: Iterable[UUID], currency: str, now: datetime) -> dict[UUID, _Prospect]:
    wanted = sorted(set(workers))
    ways = plan_currencies(wanted, currency, now=now)
    ready = {
        worker_id: state
        for code in sorted({way.currency for way in ways.values()})
        for worker_id, state in payability([w for w in wanted if ways[w].currency == code], code, now=now).items()
    }
    holds = find_active(wanted, currency)
    waiting = _waiting_minor(wanted, currency)
    owed = get_balances(receivable(worker_id, currency) for worker_id in wanted)
    calendar = _calendar_of(currency)
    return {
        worker_id: _prospect(
            ready[worker_id],
            holds.get(worker_id),
            Money(waiting[worker_id], currency),
            owed[receivable(worker_id, currency)],
            calendar,
            ways[worker_id],
        )
        for worker_id in wanted
    }


def _waiting_minor(workers: Sequence[UUID], currency: str) -> dict[UUID, int]:
    """Return what is payable to each worker and in no line that is still to be carried out, in minor units."""
    balances = get_balances(payable(worker_id, currency) for worker_id in workers)
    lines = CycleLine.objects.filter(
        worker_id__in=workers,
        currency=currency,
        state=CycleLine.State.INCLUDED,
        payout_id__isnull=True,
        released_at__isnull=True,
    ).exclude(cycle__state=PayCycle.State.CANCELLED)
    leaves = F("amount_minor") + F("recovered_minor") + F("holdback_minor") + F("withheld_minor")
    planned = dict(lines.values_list("worker_id").annotate(total=Sum(leaves)).order_by("worker_id"))
    return {
        worker_id: balances[payable(worker_id, currency)].amount_minor - int(planned.get(worker_id, 0))
        for worker_id in workers
    }


def _calendar_of(currency: str) -> _Calendar:
    cycles = PayCycle.objects.filter(currency=currency).exclude(state=PayCycle.State.CANCELLED)
    stands = cycles.exclude(state__in=_OPEN_CYCLES).aggregate(until=Max("ends_at"))["until"]
    opened = cycles.filter(state__in=_OPEN_CYCLES).aggregate(start=Min("starts_at"), end=Max("ends_at"))
    weeks = settings.PAYOUT_CYCLE_WEEKS
    return _Calendar(weeks.get(currency, weeks["*"]), stands, opened["start"], opened["end"])


def _prospect(
    ready: Payability, hold: Hold | None, waiting: Money, owed: Money, calendar: _Calendar, pay_in: PayIn
) -> _Prospect:
    def wait(why: str, *, until: datetime | None = None, hold_id: UUID | None = None) -> _Prospect:
        return _Prospect(None, until, why, hold_id, calendar, pay_in)

    if not ready.is_ready and ready.hold_until is None:
        words = f"{ready.words} The first cycle after that takes it."
        return replace(wait(""), blocked=Expectation(words=words, step=PAYOUT_METHOD))
    if not ready.is_ready:
        return wait(f"{ready.words} ", until=ready.hold_until)
    if hold is not None and (hold.is_on_all or waiting.amount_minor <= 0):
        return wait(f"{hold.words} ", until=hold.ends_at, hold_id=hold.id)
    due = Due(waiting.amount_minor, 0, 0, owed.amount_minor)
    terms = Terms(settings.PAYOUT_HOLDBACK_BPS, settings.PAYOUT_RECOVERY_BPS, ready.withholding.bps)
    split, converted = pay_in.convert(split_line(due, terms, pay_in.multiple), waiting.currency)
    there = Money(converted.paid_minor, pay_in.currency) if converted else Money(split.amount_minor, waiting.currency)
    # Without a rate today nobody can say what it will be worth; there is one when the cycle is calculated.
    if waiting and not pay_in.words and (not there or is_below(there.amount_minor, ready.minimum)):
        least = f" of the {ready.minimum} that can be paid at least" if ready.minimum else ""
        words = f"{there}{least}: it is carried over to the first cycle in which there is enough."
        return replace(wait(""), blocked=Expectation(words=words))
    why = f"{hold.held} of your pay is on hold. " if hold else ""
    why += "A share is taken for what you owe. " if split.recovered_minor else ""
    return wait(why, hold_id=hold.id if hold else None)


def _period(first: date, last: date) -> str:
    return f"{first:%d %b} to {_day(last)}"


def _expected(at_bank: date) -> str:
    return f"Expected at your bank on {_day(at_bank)}."


def _day(day: date) -> str:
    return f"{day:%d %b %Y}"
