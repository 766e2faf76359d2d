"""An invoice or credit note as one value, from which PDF, CSV and JSON are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from common.errors import NotFound
from common.money import Money
from payouts.clients.models import CreditNote, Invoice


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line as printed; without a rate it is charged as cost plus margin."""

    number: int
    project: str
    unit: str
    quantity: Decimal
    rate: Money | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Document:
    """A document ready to print; ``lines`` sum to ``total``. A credit note has every amount with the other sign.

    ``invoice_reference`` is the invoice that it is, or takes back. What is paid of it is not said: that changes.
    """

    kind: str
    reference: str
    invoice_reference: str
    reason_text: str
    issued_at: datetime
    issued_on: date
    due_on: date | None
    until: date
    billed_by: str
    billed_to: str
    address: str
    total: Money
    lines: Sequence[DocumentLine]


def document_of(invoice: Invoice, note: CreditNote | None = None) -> Document:
    """Return an issued invoice, or the credit note that takes it back, in one look.

    Raises:
        NotFound: it is not issued: a draft is no document.
    """
    proposal = note or invoice
    if proposal.issued_on is None or proposal.decided_at is None:
        raise NotFound
    sign = -1 if note else 1
    return Document(
        kind="Credit note" if note else "Invoice",
        reference=proposal.reference,
        invoice_reference=invoice.reference,
        reason_text=note.reason_text if note else "",
        issued_at=proposal.decided_at,
        issued_on=proposal.issued_on,
        due_on=None if note else invoice.due_on,
        until=invoice.until,
        billed_by=settings.LEGAL_ENTITY,
        billed_to=invoice.account.billing_name,
        address=invoice.account.billing_address,
        total=Money(sign * invoice.total_minor, invoice.currency),
        lines=list_lines(invoice, sign),
    )


def get_credit_note(user: Any, credit_note_id: UUID) -> CreditNote:
    """Return an issued credit note for an invoice that ``user`` may see.

    Raises:
        NotFound: it does not exist, is not issued, or not for this person.
    """
    issued = CreditNote.objects.filter(state=CreditNote.State.APPROVED).select_related("invoice__account")
    found = issued.filter(id=credit_note_id, invoice__in=Invoice.objects.visible_to(user)).first()
    if found is None:
        raise NotFound
    return found


def list_lines(invoice: Invoice, sign: int = 1) -> list[DocumentLine]:
    """Return the lines of an invoice, each amount and quantity times ``sign``."""
    return [
        DocumentLine(
            number=line.line_no,
            project=line.project,
            unit=line.unit,
            quantity=(sign * line.quantity).normalize(),
            rate=None if line.rate_minor is None else Money(line.rate_minor, invoice.currency),
            amount=Money(sign * line.amount_minor, invoice.currency),
        )
        for line in invoice.lines.order_by("line_no")
    ]
