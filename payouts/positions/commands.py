"""Entering what treasury exchanged (``finance.prepare``) and deciding over it (``finance.approve``), two people for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from common import audit, states
from common.errors import FieldProblem, FourEyesRequired, StaleVersion
from common.money import Money
from common.permissions import require_grant
from payouts.ledger.commands import post_entry
from payouts.ledger.rules import LineSpec, bank, fx_clearing, fx_gain
from payouts.positions.errors import InvalidSettlement, PositionSmaller, UnknownSettlement
from payouts.positions.models import PositionSettlement
from payouts.positions.queries import clearing_balances

State = PositionSettlement.State
#: Whoever books an exchange waits here for whoever does, so that no position is closed twice.
_ONE_AT_A_TIME = 7_305_031


def propose_settlement(
    *, sold: Money, bought: Money, closed: Money, reference_text: str, by: Any, now: datetime
) -> PositionSettlement:
    """Enter an exchange that the bank made: ``sold`` for ``bought``, closing ``closed`` of the position in what was bought.

    Nothing is booked yet.

    Raises:
        NotPermitted: ``by`` does not prepare.
        InvalidSettlement: it names each field that cannot be.
    """
    require_grant(by, "finance.prepare")
    wrong = (
        ("sold", sold.amount_minor <= 0, "Must be more than zero."),
        ("bought", bought.amount_minor <= 0, "Must be more than zero."),
        ("bought", bought.currency == sold.currency, "Name two currencies."),
        ("closed", closed.amount_minor <= 0, "Must be more than zero."),
        ("closed", closed.currency != bought.currency, "It is counted in what was bought."),
        (
            "reference_text",
            not 0 < len(reference_text.strip()) <= 300,
            "Write the bank's reference, 1 to 300 characters.",
        ),
    )
    problems = [FieldProblem(f"/{field}", "invalid", detail) for field, is_wrong, detail in wrong if is_wrong]
    if problems:
        raise InvalidSettlement(problems[0].detail, problems)
    with transaction.atomic():
        row = PositionSettlement.objects.create(
            sold_currency=sold.currency,
            sold_minor=sold.amount_minor,
            bought_currency=bought.currency,
            bought_minor=bought.amount_minor,
            closed_minor=closed.amount_minor,
            reference_text=reference_text.strip(),
            proposed_by=by,
            proposed_at=now,
        )
        audit.record(action="positionsettlement.proposed", target=row, by=by.pk, now=now)
        return row


def approve_settlement(
    *, settlement_id: UUID, by: Any, now: datetime, expected_version: int | None = None
) -> PositionSettlement:
    """Book an exchange: out of one bank account, into the other, over clearing, with its gain or loss.

    Raises:
        FourEyesRequired: ``by`` entered it, whatever other role they hold.
        NotPermitted: ``by`` does not approve.
        PositionSmaller: there is not so much to sell, or to close.
        PeriodClosed: the books of today's month are closed.
        UnknownSettlement, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(settlement_id, by, expected_version)
        states.move(row, State.APPROVED, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        _refuse_more_than_open(row)
        post_entry(
            idempotency_key=row.source,
            kind="POSITION_SETTLED",
            effective_on=now.date(),
            lines=_movements(row),
            source=row.source,
            by=by.pk,
            now=now,
        )
        return row


def _refuse_more_than_open(row: PositionSettlement) -> None:
    open_minor = clearing_balances()
    to_sell, to_buy = -open_minor.get(row.sold_currency, 0), open_minor.get(row.bought_currency, 0)
    if row.sold_minor > to_sell:
        raise PositionSmaller(f"Only {Money(max(0, to_sell), row.sold_currency)} are to be sold.")
    if row.closed_minor > to_buy:
        raise PositionSmaller(f"Only {Money(max(0, to_buy), row.bought_currency)} are to be bought.")


def _movements(row: PositionSettlement) -> list[LineSpec]:
    sold, bought = row.sold_currency, row.bought_currency
    moved = [
        LineSpec(fx_clearing(sold), bank(sold), row.sold),
        LineSpec(bank(bought), fx_clearing(bought), row.bought),
    ]
    if row.gain.amount_minor > 0:
        moved.append(LineSpec(fx_clearing(bought), fx_gain(bought), row.gain))
    elif row.gain.amount_minor < 0:
        moved.append(LineSpec(fx_gain(bought), fx_clearing(bought), -row.gain))
    return moved


def reject_settlement(
    *, settlement_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> PositionSettlement:
    """Refuse an exchange, with a reason. Nothing is booked.

    Raises:
        InvalidSettlement: no reason.
        FourEyesRequired, NotPermitted, UnknownSettlement, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(settlement_id, by, expected_version)
        if not reason_text.strip():
            raise InvalidSettlement.of("/reason_text", "Say why.")
        also = {"decided_by": by, "decided_at": now, "decision_text": reason_text.strip()}
        states.move(row, State.REJECTED, by=by.pk, now=now, reason_text=reason_text.strip(), also=also)
        return row


def withdraw_settlement(
    *, settlement_id: UUID, by: Any, now: datetime, expected_version: int | None = None
) -> PositionSettlement:
    """Take back an exchange that one entered oneself.

    Raises:
        FourEyesRequired: somebody else entered it.
        NotPermitted, UnknownSettlement, StaleVersion, IllegalTransition
    """
    require_grant(by, "finance.prepare")
    with transaction.atomic():
        row = _lock(settlement_id, by, expected_version)
        if row.proposed_by_id != by.pk:
            raise FourEyesRequired("Only who entered it takes it back; another person rejects it.")
        states.move(row, State.WITHDRAWN, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        return row


def _lock_to_decide(settlement_id: UUID, by: Any, expected_version: int | None) -> PositionSettlement:
    row = _lock(settlement_id, by, expected_version)
    if by.pk == row.proposed_by_id:
        raise FourEyesRequired("You entered this; another person decides it.")
    require_grant(by, "finance.approve")
    return row


def _lock(settlement_id: UUID, by: Any, expected_version: int | None) -> PositionSettlement:
    scope = PositionSettlement.objects.visible_to(by).select_for_update(of=("self",))
    row = scope.filter(id=settlement_id).first()
    if row is None:
        raise UnknownSettlement
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
    return row
