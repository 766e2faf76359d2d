"""Posting what is owed. Approving work and posting its earning are one transaction of the caller's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit
from common.copying import copy_rows
from common.events import publish
from common.identifiers import uuid7
from common.money import Money
from payouts.earnings.errors import (
    EarningAlreadyPosted,
    EarningAlreadyReversed,
    InvalidEarning,
    UnknownEarning,
)
from payouts.earnings.models import Earning, EarningReversal
from payouts.earnings.values import EarningInput, EarningView, amount_of
from payouts.events import EarningReversed
from payouts.ledger.commands import post_entries, reverse_entry
from payouts.ledger.errors import EntryAlreadyPosted
from payouts.ledger.queries import lock_payable
from payouts.ledger.rules import EntrySpec, LineSpec, expense, payable

#: What is owed without work is an expense of its own.
_EXPENSES: dict[str, str] = {Earning.Unit.BONUS: "bonus", Earning.Unit.ADJUSTMENT: "correction"}

#: Lower features know no cycles: the cycle feature registers here what forbids taking an earning back.
_reversal_guards: list[Callable[[Earning], None]] = []


def register_reversal_guard(guard: Callable[[Earning], None]) -> None:
    """Let ``guard(earning)`` raise where an earning may not be reversed. The payable balance is locked then."""
    _reversal_guards.append(guard)


def post_earning(
    *,
    worker_id: UUID,
    source_key: str,
    description: str,
    quantity: Decimal,
    unit: str,
    rate_minor: int,
    currency: str,
    rate_line_key: str,
    worked_from: datetime,
    worked_to: datetime,
    approved_by: UUID,
    tenant: str,
    project: str,
    now: datetime,
) -> EarningView:
    """Owe an expert ``quantity`` times ``rate_minor`` for ``source_key``, once and for good.

    Raises:
        EarningAlreadyPosted: the source was earned before.
        InvalidEarning: a figure, currency or text cannot be.
        PeriodClosed: the books of today's month are closed.
    """
    earning = EarningInput(
        worker_id=worker_id,
        source_key=source_key,
        description=description,
        quantity=quantity,
        unit=unit,
        rate_minor=rate_minor,
        currency=currency,
        rate_line_key=rate_line_key,
        worked_from=worked_from,
        worked_to=worked_to,
        approved_by=approved_by,
        tenant=tenant,
        project=project,
    )
    (view,) = post_earnings([earning], now=now)
    return view


def post_earnings(earnings: Sequence[EarningInput], *, now: datetime) -> list[EarningView]:
    """Post all ``earnings`` or none, set-based, and return them in the given order.

    Raises:
        EarningAlreadyPosted: a source was earned before, or is in ``earnings`` twice.
        InvalidEarning: it names the position and the field of each figure that cannot be.
        PeriodClosed: the books of today's month are closed.
    """
    amounts = [amount_of(position, earning) for position, earning in enumerate(earnings)]
    by_approver = _group_by_approver(earnings)
    try:
        with transaction.atomic():
            entries: dict[int, UUID] = {}
            for approver, positions in by_approver.items():
                owed = [position for position in positions if amounts[position]]
                specs = [_entry_of(earnings[position], amounts[position], now) for position in owed]
                entries.update(zip(owed, post_entries(specs, by=approver, now=now), strict=True))
            views = [
                EarningView(
                    id=uuid7(),
                    worker_id=earning.worker_id,
                    source_key=earning.source_key,
                    amount=amounts[position],
                    entry_id=entries.get(position),
                )
                for position, earning in enumerate(earnings)
            ]
            written_at = now.isoformat()
            rows = (
                _row_of(view.id, earning, view.amount, view.entry_id, written_at)
                for view, earning in zip(views, earnings, strict=True)
            )
            copy_rows("payouts_earning", _COLUMNS, rows)
    except EntryAlreadyPosted as error:
        raise EarningAlreadyPosted from error
    except IntegrityError as error:
        raise _refusal(error) from error
    return views


def reverse_earning(
    *,
    source_key: str,
    reason_code: str,
    reason_text: str,
    by: UUID | None,
    now: datetime,
) -> EarningView:
    """Owe an earning no more: its entry is reversed, with a reason in a code and in words.

    Raises:
        UnknownEarning: nothing was earned for the source.
        EarningAlreadyReversed: it was taken back before.
        EarningInCycle: a pay cycle holds it.
        InvalidEarning: the reason is missing.
    """
    if not reason_code.strip() or not reason_text.strip():
        raise InvalidEarning("Say why, in a code and in words.")
    with transaction.atomic():
        earning = Earning.objects.filter(source_key=source_key).first()
        if earning is None:
            raise UnknownEarning
        lock_payable([earning.worker_id], earning.currency)
        if EarningReversal.objects.filter(earning=earning).exists():
            raise EarningAlreadyReversed
        for guard in _reversal_guards:
            guard(earning)
        entry = earning.entry_id and reverse_entry(
            entry_id=earning.entry_id,
            idempotency_key=f"earning:{source_key}:reversed",
            kind="EARNING_REVERSED",
            source=source_key,
            by=by,
            now=now,
        )
        EarningReversal.objects.create(
            earning=earning,
            entry=entry or None,
            reason_code=reason_code,
            reason_text=reason_text,
            reversed_by_id=by,
            created_at=now,
        )
        audit.record(
            action="earning.reversed",
            target=earning,
            by=by,
            now=now,
            reason_code=reason_code,
            reason_text=reason_text,
        )
        taken_back = EarningReversed(
            earning_id=earning.id,
            worker_id=earning.worker_id,
            description=earning.description,
            currency=earning.currency,
            amount_minor=earning.amount_minor,
            words=reason_text,
        )
        publish(taken_back, now=now)
        return _view_of(earning)


def _group_by_approver(earnings: Sequence[EarningInput]) -> dict[UUID, list[int]]:
    groups: dict[UUID, list[int]] = {}
    for position, earning in enumerate(earnings):
        groups.setdefault(earning.approved_by, []).append(position)
    return groups


def _entry_of(earning: EarningInput, amount: Money, now: datetime) -> EntrySpec:
    line = LineSpec(
        expense(_EXPENSES.get(earning.unit, "work"), earning.currency),
        payable(earning.worker_id, earning.currency),
        amount,
    )
    return EntrySpec(
        f"earning:{earning.source_key}",
        "EARNING",
        now.date(),
        (line,),
        earning.source_key,
    )


_COLUMNS = (
    "id",
    "worker_id",
    "source_key",
    "description",
    "quantity",
    "unit",
    "rate_minor",
    "currency",
    "amount_minor",
    "rate_line_key",
    "worked_from",
    "worked_to",
    "approved_by_id",
    "tenant",
    "project",
    "entry_id",
    "created_at",
)


def _row_of(earning_id: UUID, earning: EarningInput, amount: Money, entry_id: UUID | None, written_at: str) -> Any:
    return (
        earning_id,
        earning.worker_id,
        earning.source_key,
        earning.description,
        earning.quantity,
        earning.unit,
        earning.rate_minor,
        earning.currency,
        amount.amount_minor,
        earning.rate_line_key,
        earning.worked_from,
        earning.worked_to,
        earning.approved_by,
        earning.tenant,
        earning.project,
        entry_id,
        written_at,
    )


def _refusal(error: IntegrityError) -> Exception:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    return EarningAlreadyPosted() if "source_key" in name else error


def _view_of(row: Earning) -> EarningView:
    return EarningView(
        id=row.id,
        worker_id=row.worker_id,
        source_key=row.source_key,
        amount=row.amount,
        entry_id=row.entry_id,
    )
