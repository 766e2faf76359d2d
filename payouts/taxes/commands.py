"""Recording that withheld tax was paid to the authority (``finance.prepare``) and confirming it (``finance.approve``)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from common import audit, states
from common.errors import Conflict, FieldProblem, FourEyesRequired, StaleVersion
from common.money import Money
from common.permissions import require_grant
from payouts.ledger.commands import post_entry
from payouts.ledger.rules import LineSpec, bank, tax_withheld
from payouts.taxes.errors import InvalidRemittance, RemittanceExceedsWithheld, UnknownRemittance
from payouts.taxes.models import TaxRemittance
from payouts.taxes.queries import find_due
from payouts.taxes.sql import LOCK

State = TaxRemittance.State
_LONGEST_REFERENCE = 100


def propose_remittance(
    *, form: str, month: date, money: Money, paid_on: date, reference: str, by: Any, now: datetime
) -> TaxRemittance:
    """Record a payment of tax withheld in a month (any of its days). Nothing is booked until another person approves it.

    Raises:
        NotPermitted: ``by`` does not prepare.
        InvalidRemittance: it names each field that cannot be.
        RemittanceExceedsWithheld: more than is open. Conflict: a payment with this reference is recorded.
    """
    require_grant(by, "finance.prepare")
    first, words = month.replace(day=1), reference.strip()
    wrong = (
        ("form", form not in TaxRemittance.Form.values, "There is no such return."),
        ("month", first > now.date(), "This month has not come."),
        ("money", money.amount_minor <= 0, "Must be more than zero."),
        ("paid_on", paid_on > now.date(), "This day has not come."),
        ("paid_on", paid_on < first, "It lies before the month in which the tax was withheld."),
        ("reference", not 0 < len(words) <= _LONGEST_REFERENCE, "Write 1 to 100 characters."),
    )
    problems = [FieldProblem(f"/{field}", "invalid", detail) for field, is_wrong, detail in wrong if is_wrong]
    if problems:
        raise InvalidRemittance(problems[0].detail, problems)
    with transaction.atomic():
        _take_lock()
        _require_open(form, first, money)
        if TaxRemittance.objects.filter(reference=words, state__in=[State.PROPOSED, State.APPROVED]).exists():
            raise Conflict("A payment with this reference is recorded.")
        row = TaxRemittance.objects.create(
            form=form,
            month=first,
            currency=money.currency,
            amount_minor=money.amount_minor,
            paid_on=paid_on,
            reference=words,
            proposed_by=by,
            proposed_at=now,
        )
        audit.record(action="taxremittance.proposed", target=row, by=by.pk, now=now, detail={"form": form})
        return row


def approve_remittance(
    *, remittance_id: UUID, by: Any, now: datetime, expected_version: int | None = None
) -> TaxRemittance:
    """Book a payment: out of what is withheld, out of the bank, on the day it was paid.

    Raises:
        FourEyesRequired: ``by`` proposed it, whatever other role they hold. NotPermitted: ``by`` does not approve.
        RemittanceExceedsWithheld: less is open by now. PeriodClosed: the books of the day of payment are closed.
        UnknownRemittance, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(remittance_id, by, expected_version)
        _take_lock()
        if states.can_move(row, State.APPROVED):
            _require_open(row.form, row.month, row.amount)
        states.move(row, State.APPROVED, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        post_entry(
            idempotency_key=row.source,
            kind="TAX_REMITTED",
            effective_on=row.paid_on,
            lines=[LineSpec(tax_withheld(row.currency), bank(row.currency), row.amount)],
            source=row.source,
            by=by.pk,
            now=now,
        )
        return row


def reject_remittance(
    *, remittance_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> TaxRemittance:
    """Refuse what was recorded, with a reason. Nothing is booked.

    Raises:
        InvalidRemittance: no reason.
        FourEyesRequired, NotPermitted, UnknownRemittance, StaleVersion, IllegalTransition
    """
    with transaction.atomic():
        row = _lock_to_decide(remittance_id, by, expected_version)
        words = reason_text.strip()
        if not words:
            raise InvalidRemittance.of("/reason_text", "Say why.")
        also = {"decided_by": by, "decided_at": now, "decision_text": words}
        states.move(row, State.REJECTED, by=by.pk, now=now, reason_text=words, also=also)
        return row


def withdraw_remittance(
    *, remittance_id: UUID, by: Any, now: datetime, expected_version: int | None = None
) -> TaxRemittance:
    """Take back what one recorded oneself.

    Raises:
        FourEyesRequired: somebody else recorded it.
        NotPermitted, UnknownRemittance, StaleVersion, IllegalTransition
    """
    require_grant(by, "finance.prepare")
    with transaction.atomic():
        row = _lock(remittance_id, by, expected_version)
        if row.proposed_by_id != by.pk:
            raise FourEyesRequired("Only who recorded it takes it back; another person rejects it.")
        states.move(row, State.WITHDRAWN, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        return row


def _require_open(form: str, month: date, money: Money) -> None:
    left = find_due(form, month, money.currency).left
    if left < money:
        detail = f"{left.format()} of what was withheld in {month:%Y-%m} is not paid yet."
        raise RemittanceExceedsWithheld(detail, [FieldProblem("/money", "too_much", detail)])


def _take_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _lock_to_decide(remittance_id: UUID, by: Any, expected_version: int | None) -> TaxRemittance:
    row = _lock(remittance_id, by, expected_version)
    if by.pk == row.proposed_by_id:
        raise FourEyesRequired("You recorded this; another person decides it.")
    require_grant(by, "finance.approve")
    return row


def _lock(remittance_id: UUID, by: Any, expected_version: int | None) -> TaxRemittance:
    row = TaxRemittance.objects.visible_to(by).select_for_update(of=("self",)).filter(id=remittance_id).first()
    if row is None:
        raise UnknownRemittance
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
    return row
