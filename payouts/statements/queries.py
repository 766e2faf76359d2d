"""Reads of statements: the document as one value, from which PDF, CSV and JSON are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.errors import NotFound
from common.money import Money
from payouts.statements.models import Statement, StatementLine

_WORDS = {
    StatementLine.Kind.BROUGHT_FORWARD: "Brought forward from earlier statements",
    StatementLine.Kind.CARRIED_FORWARD: "Less than a whole unit, paid with the next statement",
    StatementLine.Kind.HELD: "On hold, paid when the hold ends",
    StatementLine.Kind.HELD_BACK: "Held back until its date, paid then",
    StatementLine.Kind.RECOVERED: "Taken for what you owe",
}


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line as printed. Figures of an earning are None for what is brought or carried forward."""

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


@dataclass(frozen=True, slots=True)
class Document:
    """A statement ready to print; ``lines`` sum to ``total``."""

    id: UUID
    reference: str
    issued_at: datetime
    payee: str
    payout_id: UUID
    total: Money
    lines: Sequence[DocumentLine]


def get_statement(user: Any, statement_id: UUID) -> Statement:
    """Return a statement that ``user`` may see.

    Raises:
        NotFound: it does not exist, or not for this person.
    """
    statement = Statement.objects.visible_to(user).select_related("worker").filter(id=statement_id).first()
    if statement is None:
        raise NotFound
    return statement


def document_of(statement: Statement) -> Document:
    """Return the whole statement in one look."""
    lines = statement.lines.select_related("earning", "earning__approved_by").order_by("line_no")
    return Document(
        id=statement.id,
        reference=statement.reference,
        issued_at=statement.issued_at,
        payee=statement.worker.get_full_name(),
        payout_id=statement.payout_id,
        total=statement.amount,
        lines=[_document_line(line, statement.currency) for line in lines],
    )


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
    )
