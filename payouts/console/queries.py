"""Reads that compose features: earnings with where they stand, sums by state, and the way from work to bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncWeek

from common import clock
from common.errors import NotFound
from common.money import Money
from payouts.cycles.expectations import Expectation, expect_next, expect_payment
from payouts.cycles.models import EarningState, PayCycle
from payouts.earnings.models import Earning, EarningReversal
from payouts.ledger.models import JournalEntry
from payouts.statements.models import Statement
from payouts.transfers.models import Payout


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningRow:
    """An earning with where it stands: ``state`` is one of EarningState.State; ``reason_text`` says why it waits.

    ``expected`` says when it will be payable and at the bank, as it stands now.
    """

    id: UUID
    worker_id: UUID
    source_key: str
    description: str
    quantity: Decimal
    unit: str
    rate: Money
    amount: Money
    rate_line_key: str
    tenant: str
    project: str
    worked_from: datetime
    worked_to: datetime
    approved_by: UUID
    posted_at: datetime
    state: str
    reason_code: str
    reason_text: str
    cycle_id: UUID | None
    payout_id: UUID | None
    expected: Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencySummary:
    """What one currency's earnings sum to, by state; reversed ones count to no total."""

    currency: str
    by_state: dict[str, Money]
    earned: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSum:
    """What was earned on one project, reversed earnings left out."""

    tenant: str
    project: str
    amount: Money
    earnings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSums:
    """One week from Monday ``starts_on`` in the reader's zone, with minor units by state."""

    starts_on: date
    by_state: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedEntry:
    """The entry in the books."""

    id: UUID
    kind: str
    effective_on: date
    posted_at: datetime
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedReversal:
    """Why an earning is owed no more."""

    reason_code: str
    reason_text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCycle:
    """The cycle that pays an earning; its days are counted in UTC, the last one included."""

    id: UUID
    state: str
    starts_at: datetime
    ends_at: datetime
    first_day: date
    last_day: date
    approved_at: datetime | None
    expected_pay_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedPayout:
    """The payout that carries an earning to the bank."""

    id: UUID
    state: str
    amount: Money
    rail: str
    rail_name: str
    transferred_at: datetime | None
    paid_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedStatement:
    """The statement that names an earning."""

    id: UUID
    reference: str
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningTrace:
    """The whole way of one earning; what has not happened yet is None."""

    earning: EarningRow
    entry: TracedEntry | None
    reversal: TracedReversal | None
    cycle: TracedCycle | None
    payout: TracedPayout | None
    statement: TracedStatement | None


def earning_rows(earnings: Sequence[Earning], *, now: datetime) -> list[EarningRow]:
    """Return earnings that were loaded with ``select_related("standing")`` as rows, in their order."""
    expected = expect_payment(earnings, now=now)
    return [_row_of(earning, expected[earning.id]) for earning in earnings]


def _row_of(earning: Earning, expected: Expectation) -> EarningRow:
    standing: EarningState = earning.standing
    return EarningRow(
        id=earning.id,
        worker_id=earning.worker_id,
        source_key=earning.source_key,
        description=earning.description,
        quantity=earning.quantity.normalize(),
        unit=earning.unit,
        rate=earning.rate,
        amount=earning.amount,
        rate_line_key=earning.rate_line_key,
        tenant=earning.tenant,
        project=earning.project,
        worked_from=earning.worked_from,
        worked_to=earning.worked_to,
        approved_by=earning.approved_by_id,
        posted_at=earning.created_at,
        state=standing.state,
        reason_code=standing.reason_code,
        reason_text=standing.reason_text,
        cycle_id=standing.cycle_id,
        payout_id=standing.payout_id,
        expected=expected,
    )


def find_earnings(user: Any) -> QuerySet[Earning]:
    """Return the earnings that ``user`` may see, each with its standing, newest first."""
    return Earning.objects.visible_to(user).select_related("standing").order_by("-id")


def list_earnings(*, worker_id: UUID, limit: int = 50, source_keys: Sequence[str] | None = None) -> list[EarningRow]:
    """Return an expert's newest earnings, or those of the given sources."""
    rows = Earning.objects.filter(worker_id=worker_id).select_related("standing").order_by("-id")
    if source_keys is not None:
        rows = rows.filter(source_key__in=list(source_keys))
    return earning_rows(list(rows[:limit]), now=clock.now())


def next_payment(*, worker_id: UUID, currency: str, now: datetime) -> Expectation:
    """Return when an expert can expect what is approved now to be payable and at the bank."""
    return expect_next(worker_id, currency, now=now)


def earnings_summary(*, worker_id: UUID) -> list[CurrencySummary]:
    """Return an expert's sums by currency and state."""
    return summarize(Earning.objects.filter(worker_id=worker_id))


def summarize(earnings: QuerySet[Earning]) -> list[CurrencySummary]:
    """Return the sums of ``earnings`` by currency and state, by currency code."""
    sums = (
        earnings.order_by("currency", "standing__state")
        .values_list("currency", "standing__state")
        .annotate(total=Sum("amount_minor"))
    )
    grouped: dict[str, dict[str, Money]] = {}
    for currency, state, total in sums:
        grouped.setdefault(currency, {})[state] = Money(int(total), currency)
    return [
        CurrencySummary(currency=currency, by_state=by_state, earned=_sum_earned(currency, by_state))
        for currency, by_state in grouped.items()
    ]


def _sum_earned(currency: str, by_state: dict[str, Money]) -> Money:
    counted = (money for state, money in by_state.items() if state != EarningState.State.REVERSED)
    return sum(counted, start=Money.zero(currency))


def sums_by_project(*, worker_id: UUID) -> list[ProjectSum]:
    """Return an expert's sums by project and currency, largest first."""
    sums = (
        Earning.objects.filter(worker_id=worker_id, reversal__isnull=True)
        .values_list("tenant", "project", "currency")
        .annotate(total=Sum("amount_minor"), earnings=Count("id"))
        .order_by("-total", "tenant", "project", "currency")
    )
    return [
        ProjectSum(tenant=tenant, project=project, amount=Money(int(total), currency), earnings=earnings)
        for tenant, project, currency, total, earnings in sums
    ]


def weekly_earnings(*, worker_id: UUID, currency: str, weeks: int, zone: tzinfo, now: datetime) -> list[WeekSums]:
    """Return the last ``weeks`` weeks, oldest first and none left out, by when the work was approved."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
    sums = (
        Earning.objects.filter(worker_id=worker_id, currency=currency, reversal__isnull=True)
        .annotate(week=TruncWeek("created_at", tzinfo=zone))
        .filter(week__date__gte=starts[0])
        .order_by("week", "standing__state")
        .values_list("week", "standing__state")
        .annotate(total=Sum("amount_minor"))
    )
    by_week: dict[date, dict[str, int]] = {start: {} for start in starts}
    for week, state, total in sums:
        by_week.setdefault(week.date(), {})[state] = int(total)
    return [WeekSums(starts_on=start, by_state=by_week[start]) for start in starts]


def trace_earning(user: Any, earning_id: UUID) -> EarningTrace:
    """Return the way of an earning that ``user`` may see: entry, cycle, payout, statement.

    Raises:
        NotFound: it does not exist, or not for this person.
    """
    earning = find_earnings(user).filter(id=earning_id).select_related("standing", "entry").first()
    if earning is None:
        raise NotFound
    (row,) = earning_rows([earning], now=clock.now())
    reversal = EarningReversal.objects.filter(earning_id=earning_id).first()
    cycle = PayCycle.objects.filter(id=row.cycle_id).first() if row.cycle_id else None
    payout = Payout.objects.filter(id=row.payout_id).first() if row.payout_id else None
    statements = Statement.objects.filter(corrects__isnull=True)
    statement = statements.filter(payout_id=row.payout_id).first() if row.payout_id else None
    return EarningTrace(
        earning=row,
        entry=_traced_entry(earning.entry) if earning.entry else None,
        reversal=_traced_reversal(reversal) if reversal else None,
        cycle=_traced_cycle(cycle) if cycle else None,
        payout=_traced_payout(payout) if payout else None,
        statement=_traced_statement(statement) if statement else None,
    )


def _traced_reversal(reversal: EarningReversal) -> TracedReversal:
    return TracedReversal(reason_code=reversal.reason_code, reason_text=reversal.reason_text, at=reversal.created_at)


def _traced_statement(statement: Statement) -> TracedStatement:
    return TracedStatement(id=statement.id, reference=statement.reference, issued_at=statement.issued_at)


def _traced_entry(entry: JournalEntry) -> TracedEntry:
    return TracedEntry(
        id=entry.id,
        kind=entry.kind,
        effective_on=entry.effective_on,
        posted_at=entry.created_at,
        sha256=entry.sha256,
    )


def _traced_cycle(cycle: PayCycle) -> TracedCycle:
    return TracedCycle(
        id=cycle.id,
        state=cycle.state,
        starts_at=cycle.starts_at,
        ends_at=cycle.ends_at,
        first_day=cycle.first_day,
        last_day=cycle.last_day,
        approved_at=cycle.approved_at,
        expected_pay_on=cycle.expected_pay_on,
    )


def _traced_payout(payout: Payout) -> TracedPayout:
    return TracedPayout(
        id=payout.id,
        state=payout.state,
        amount=payout.money,
        rail=payout.rail,
        rail_name=payout.rail_name,
        transferred_at=payout.transferred_at,
        paid_at=payout.paid_at,
    )
