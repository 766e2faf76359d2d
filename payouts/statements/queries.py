"""Reads of statements: the document as one value, from which PDF, CSV and JSON are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from common.errors import NotFound
from common.money import Money
from payouts.cycles.models import PayCycle
from payouts.earnings.models import Earning
from payouts.fx.queries import find_conversion
from payouts.payees.models import Payee
from payouts.statements.models import Statement, StatementLine

#: Whoever reviews work is not named to its author: a name invites bargaining. Hours are approved by a known manager.
_UNNAMED_UNITS = (Earning.Unit.TASK, Earning.Unit.ACCEPTED_TASK)

_WORDS = {
    StatementLine.Kind.BROUGHT_FORWARD: "Brought forward from earlier statements",
    StatementLine.Kind.CARRIED_FORWARD: "Less than a whole unit, paid with the next statement",
    StatementLine.Kind.HELD: "On hold, paid when the hold ends",
    StatementLine.Kind.HELD_BACK: "Held back until its date, paid then",
    StatementLine.Kind.WITHHELD: "Tax withheld",
    StatementLine.Kind.RECOVERED: "Taken for what you owe",
}


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line as printed. Figures of an earning are None for what is brought or carried forward.

    ``approved_by`` is the id of who approved the work and ``approver`` the name to print.
    """

    number: int
    kind: str
    description: str
    amount: Money
    source_key: str = ""
    rate_line_key: str = ""
    project: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    rate: Money | None = None
    worked_from: datetime | None = None
    worked_to: datetime | None = None
    approved_by: str = ""
    approver: str = ""
    earning_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A statement ready to print; ``lines`` sum to ``total``.

    ``payer`` is the legal entity and ``approvers`` who approved the pay cycle, in that order: two people above the limit,
    none for a payout outside any cycle. ``arrives`` is what was paid for the total, and ``exchange`` the rate, its source and
    time where that is another currency. ``corrects`` is the reference of the
    statement that this one takes back and ``corrected_by`` of the one that takes this back; empty where there is none.
    """

    id: UUID
    reference: str
    issued_at: datetime
    payer: str
    payee: str
    payout_id: UUID
    approvers: Sequence[str]
    corrects: str
    corrected_by: str
    total: Money
    lines: Sequence[DocumentLine]
    arrives: Money
    exchange: str = ""


def get_statement(user: Any, statement_id: UUID) -> Statement:
    """Return a statement that ``user`` may see.

    Raises:
        NotFound: it does not exist, or not for this person.
    """
    rows = Statement.objects.visible_to(user).select_related("worker", "corrects", "correction")
    statement = rows.filter(id=statement_id).first()
    if statement is None:
        raise NotFound
    return statement


def document_of(statement: Statement) -> Document:
    """Return the whole statement in one look."""
    lines = statement.lines.select_related("earning", "earning__approved_by").order_by("line_no")
    correction = find_correction(statement)
    payee = Payee.objects.filter(worker_id=statement.worker_id).first()
    converted = find_conversion(payout_id=statement.payout_id)
    paid = converted.paid if converted else statement.amount
    return Document(
        id=statement.id,
        reference=statement.reference,
        issued_at=statement.issued_at,
        payer=settings.LEGAL_ENTITY,
        payee=payee.legal_name if payee else statement.worker.get_full_name(),
        payout_id=statement.payout_id,
        approvers=_approvers(statement.cycle_id),
        corrects=statement.corrects.reference if statement.corrects else "",
        corrected_by=correction.reference if correction else "",
        total=statement.amount,
        lines=[_document_line(line, statement.currency) for line in lines],
        arrives=-paid if converted and statement.corrects else paid,
        exchange=converted.words if converted else "",
    )


def find_correction(statement: Statement) -> Statement | None:
    """Return the statement that takes this one back, None while it stands."""
    return getattr(statement, "correction", None)


def _approvers(cycle_id: UUID | None) -> list[str]:
    if cycle_id is None:
        return []
    cycle = PayCycle.objects.select_related("first_checker", "checker").get(id=cycle_id)
    checkers = (cycle.first_checker, cycle.checker)
    return [checker.get_full_name() for checker in checkers if checker]


def _document_line(line: StatementLine, currency: str) -> DocumentLine:
    amount = Money(line.amount_minor, currency)
    earning = line.earning
    if earning is None:
        return DocumentLine(line.line_no, line.kind, _WORDS[StatementLine.Kind(line.kind)], amount)
    return DocumentLine(
        number=line.line_no,
        kind=line.kind,
        description=earning.description,
        amount=amount,
        source_key=earning.source_key,
        rate_line_key=earning.rate_line_key,
        project=earning.project,
        unit=earning.unit,
        quantity=earning.quantity.normalize(),
        rate=earning.rate,
        worked_from=earning.worked_from,
        worked_to=earning.worked_to,
        approved_by=str(earning.approved_by_id),
        approver="a reviewer" if earning.unit in _UNNAMED_UNITS else earning.approved_by.get_full_name(),
        earning_id=earning.id,
    )
