"""What an expert earns: sums by state and week, and the way of one earning from the work to the bank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from common.money import Money, hours_of
from marketplace.identity.models import User
from marketplace.portal.rules import sum_by_chart_state
from marketplace.projects.models import RateLine
from marketplace.timesheets.models import TimeDecision, TimeEntry, TimeEvent
from marketplace.work.models import Review, Submission
from payouts.facade import Expectation, earnings_summary, next_payment, weekly_earnings

WEEKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Work that is handed in and not decided: what it will earn at its frozen price if it is accepted in full."""

    amount: Money
    handed_in_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyEarnings:
    """One currency's sums and its last weeks; the series hold minor units, oldest week first.

    ``expected`` is what may be expected of work that is approved now.
    """

    currency: str
    pending: Money
    approved: Money
    in_cycle: Money
    paid: Money
    held: Money
    expected: Expectation
    weeks: Sequence[date]
    series: dict[str, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an earning comes from: handed-in work with its review, or a time entry with its decision."""

    submission: Submission | None = None
    review: Review | None = None
    entry: TimeEntry | None = None
    decision: TimeDecision | None = None
    event_count: int = 0
    rate_line: RateLine | None = None


def list_pending(user: User) -> list[Pending]:
    """Return what the expert has handed in and nobody has decided yet."""
    entries = TimeEntry.objects.filter(expert_user=user, state=TimeEntry.State.SUBMITTED, ends_at__isnull=False)
    rows = [
        Pending(amount=_price(entry.engagement.pay_line).times(hours_of(_seconds(entry))), handed_in_at=entry.starts_at)
        for entry in entries.select_related("engagement__pay_line")
        if entry.engagement.pay_line.unit == RateLine.Unit.HOUR
    ]
    submissions = Submission.objects.filter(claim__expert_user=user, state=Submission.State.SUBMITTED)
    return rows + [
        Pending(amount=_price(row.claim.pay_line), handed_in_at=row.submitted_at)
        for row in submissions.select_related("claim__pay_line")
        if row.claim.pay_line.unit != RateLine.Unit.HOUR
    ]


def _price(line: RateLine) -> Money:
    return Money(line.amount_minor, line.currency)


def _seconds(entry: TimeEntry) -> int:
    return int((entry.ends_at - entry.starts_at).total_seconds()) if entry.ends_at else 0


def list_currency_earnings(user: User, *, zone: tzinfo, now: datetime) -> list[CurrencyEarnings]:
    """Return the expert's earnings by currency: what is pending is added to what the books say."""
    pending: dict[str, list[Pending]] = defaultdict(list)
    for row in list_pending(user):
        pending[row.amount.currency].append(row)
    booked = {summary.currency: summary.by_state for summary in earnings_summary(worker_id=user.pk)}
    return [
        _currency_earnings(user, currency, booked.get(currency, {}), pending[currency], zone, now)
        for currency in sorted(set(booked) | set(pending))
    ]


def _currency_earnings(
    user: User, currency: str, booked: dict[str, Money], pending: list[Pending], zone: tzinfo, now: datetime
) -> CurrencyEarnings:
    zero = Money.zero(currency)
    weeks = weekly_earnings(worker_id=user.pk, currency=currency, weeks=WEEKS, zone=zone, now=now)
    sums = [sum_by_chart_state(week.by_state) for week in weeks]
    waiting = dict.fromkeys((week.starts_on for week in weeks), 0)
    for row in pending:
        day = row.handed_in_at.astimezone(zone).date()
        monday = day - timedelta(days=day.weekday())
        if monday in waiting:
            waiting[monday] += row.amount.amount_minor
    series = {state: [each[state] for each in sums] for state in ("paid", "in_cycle", "approved")}
    return CurrencyEarnings(
        currency=currency,
        pending=sum((row.amount for row in pending), start=zero),
        approved=booked.get("APPROVED", zero),
        in_cycle=booked.get("IN_CYCLE", zero),
        paid=booked.get("PAID", zero),
        held=booked.get("HELD", zero),
        expected=next_payment(worker_id=user.pk, currency=currency, now=now),
        weeks=[week.starts_on for week in weeks],
        series={**series, "pending": list(waiting.values())},
    )


def find_source(source_key: str, rate_line_key: str) -> Source:
    """Return the rows that an earning's keys name; who may see the earning may see them."""
    kind, _, rest = source_key.partition(":")
    row_id = _id_of(rest.split(":")[0])
    line_id = _id_of(rate_line_key)
    line = RateLine.objects.filter(id=line_id).select_related("opening__project").first() if line_id else None
    if kind == "submission" and row_id:
        return _submission_source(row_id, line)
    if kind == "time_entry" and row_id:
        return _entry_source(row_id, line)
    return Source(rate_line=line)


def _submission_source(row_id: UUID, line: RateLine | None) -> Source:
    row = Submission.objects.select_related("claim__task", "claim__project__organization").filter(id=row_id).first()
    review = Review.objects.filter(submission_id=row_id).order_by("-decided_at", "-id").first()
    return Source(submission=row, review=review, rate_line=line)


def _entry_source(row_id: UUID, line: RateLine | None) -> Source:
    entry = TimeEntry.objects.select_related("engagement__opening__project__organization").filter(id=row_id).first()
    decision = TimeDecision.objects.select_related("decided_by").filter(entry_id=row_id).order_by("-decided_at").first()
    return Source(entry=entry, decision=decision, event_count=_count_events(entry), rate_line=line)


def _count_events(entry: TimeEntry | None) -> int:
    if entry is None or entry.first_sequence is None or entry.ends_at is None:
        return 0
    rows = TimeEvent.objects.filter(expert_user_id=entry.expert_user_id, device=entry.device)
    return rows.filter(
        engagement_id=entry.engagement_id, sequence__gte=entry.first_sequence, client_at__lte=entry.ends_at
    ).count()


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
