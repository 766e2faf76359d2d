"""The verbs of a pay cycle for other apps: the same commands, answering with frozen views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.money import Money
from payouts.cycles import commands
from payouts.cycles.models import PayCycle
from payouts.cycles.queries import CycleTotals, totals_of, totals_of_each


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleView:
    """A pay cycle as other apps see it. ``exceptions`` counts the lines that are not paid, with their reasons."""

    id: UUID
    currency: str
    starts_at: datetime
    ends_at: datetime
    state: str
    payouts: int
    total: Money
    exceptions: int
    expected_pay_on: date


def prepare_cycle(*, starts_at: datetime, ends_at: datetime, currency: str, by: Any, now: datetime) -> CycleView:
    """Draft, calculate and submit a cycle in one go; see the three commands for what they refuse."""
    cycle = commands.draft_cycle(starts_at=starts_at, ends_at=ends_at, currency=currency, by=by, now=now)
    commands.calculate(cycle_id=cycle.id, by=by, now=now)
    return view_of(commands.submit(cycle_id=cycle.id, by=by, now=now))


def approve_cycle(*, cycle_id: UUID, by: Any, now: datetime) -> CycleView:
    """Approve exactly the submitted lines, as another person than who prepared them."""
    return view_of(commands.approve(cycle_id=cycle_id, by=by, now=now))


def pay_cycle(*, cycle_id: UUID, by: Any, now: datetime) -> CycleView:
    """Carry out an approved cycle; it calls the provider, so never within a transaction."""
    return view_of(commands.execute(cycle_id=cycle_id, by=by, now=now))


def cancel_cycle(*, cycle_id: UUID, reason_text: str, by: Any, now: datetime) -> CycleView:
    """Give up a cycle before it is carried out."""
    return view_of(commands.cancel(cycle_id=cycle_id, reason_text=reason_text, by=by, now=now))


def tick_cycles(*, now: datetime) -> list[UUID]:
    """Take up the cycles that wait for funds and complete those that have ended; returns their ids."""
    return commands.tick(now=now)


def find_cycle(*, currency: str, starts_at: datetime) -> CycleView | None:
    """Return the cycle of a currency that starts at an instant and is not cancelled, if there is one."""
    cycle = (
        PayCycle.objects.filter(currency=currency, starts_at=starts_at, kind=PayCycle.Kind.REGULAR)
        .exclude(state=PayCycle.State.CANCELLED)
        .first()
    )
    return view_of(cycle) if cycle else None


def list_cycles() -> list[CycleView]:
    """Return every cycle, oldest period first."""
    cycles = list(PayCycle.objects.order_by("starts_at", "currency", "id"))
    totals = totals_of_each(cycles)
    return [_view_of(cycle, totals[cycle.id]) for cycle in cycles]


def view_of(cycle: PayCycle) -> CycleView:
    """Return a cycle as other apps see it."""
    return _view_of(cycle, totals_of(cycle))


def _view_of(cycle: PayCycle, totals: CycleTotals) -> CycleView:
    return CycleView(
        id=cycle.id,
        currency=cycle.currency,
        starts_at=cycle.starts_at,
        ends_at=cycle.ends_at,
        state=cycle.state,
        payouts=totals.payouts,
        total=totals.total,
        exceptions=totals.exceptions,
        expected_pay_on=cycle.expected_pay_on,
    )
