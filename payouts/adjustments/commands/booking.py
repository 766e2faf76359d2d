"""Booking approved adjustments, one or many, and telling their experts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.events import publish_each
from payouts.adjustments.models import Adjustment
from payouts.earnings.commands import post_earnings
from payouts.earnings.models import Earning
from payouts.earnings.values import EarningInput
from payouts.events import AdjustmentBooked
from payouts.ledger.commands import post_entries
from payouts.ledger.rules import EntrySpec, LineSpec, expense, receivable

Kind = Adjustment.Kind
_UNITS = {Kind.BONUS: Earning.Unit.BONUS, Kind.CORRECTION: Earning.Unit.ADJUSTMENT}


def book(rows: Sequence[Adjustment], *, by: Any, now: datetime) -> None:
    """Owe experts the bonuses and corrections, let them owe the clawbacks, and publish each; set-based, all or none.

    Raises:
        PeriodClosed: the books of today's month are closed.
    """
    post_earnings([_earning_of(row, by.pk, now) for row in rows if row.kind != Kind.CLAWBACK], now=now)
    post_entries([_debt_of(row, now) for row in rows if row.kind == Kind.CLAWBACK], by=by.pk, now=now)
    publish_each([_news_of(row) for row in rows], now=now)


def _debt_of(row: Adjustment, now: datetime) -> EntrySpec:
    debt = LineSpec(receivable(row.worker_id, row.currency), expense("clawback", row.currency), row.amount)
    return EntrySpec(row.source, "CLAWBACK", now.date(), (debt,), row.source)


def _earning_of(row: Adjustment, approved_by: UUID, now: datetime) -> EarningInput:
    about = datetime.combine(row.worked_on, time(), tzinfo=UTC) if row.worked_on else row.proposed_at
    return EarningInput(
        worker_id=row.worker_id,
        source_key=row.source,
        description=row.reason_text,
        quantity=Decimal(1),
        unit=_UNITS[Kind(row.kind)],
        rate_minor=row.amount_minor,
        currency=row.currency,
        rate_line_key="",
        worked_from=about,
        worked_to=now,
        approved_by=approved_by,
        tenant="",
        project="",
    )


def _news_of(row: Adjustment) -> AdjustmentBooked:
    return AdjustmentBooked(
        adjustment_id=row.id,
        worker_id=row.worker_id,
        kind=row.kind,
        currency=row.currency,
        amount_minor=row.amount_minor,
        words=row.reason_text,
    )
