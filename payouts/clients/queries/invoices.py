"""Reads of invoices: what is paid of each, what is open and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Exists, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce

from common.money import Money
from payouts.clients.errors import UnknownInvoice
from payouts.clients.models import ClientAccount, CreditNote, Invoice, InvoiceSettlement
from payouts.clients.rules import AGES, age_of

#: Where an invoice stands, in the order of its life.
STANDINGS = ("DRAFT", "DISCARDED", "ISSUED", "PARTLY_PAID", "PAID", "CREDITED")


@dataclass(frozen=True, slots=True)
class Standing:
    """An invoice with what was paid of it and the credit note that takes it back, if one was issued."""

    invoice: Invoice
    paid: Money
    credit_note: CreditNote | None

    @property
    def open(self) -> Money:
        """What is still to pay."""
        if self.credit_note is not None or self.invoice.state != Invoice.State.APPROVED:
            return Money.zero(self.invoice.currency)
        return self.invoice.total - self.paid

    @property
    def code(self) -> str:
        """Where it stands: one of ``STANDINGS``."""
        if self.invoice.state != Invoice.State.APPROVED:
            return "DRAFT" if self.invoice.state == Invoice.State.PROPOSED else "DISCARDED"
        if self.credit_note is not None:
            return "CREDITED"
        if not self.open:
            return "PAID"
        return "PARTLY_PAID" if self.paid else "ISSUED"


@dataclass(frozen=True, slots=True)
class Ageing:
    """What one account has open, in total and by how many days it is overdue (see ``rules.AGES``)."""

    account: ClientAccount
    total: Money
    by_age: Sequence[Money]

    @property
    def ages(self) -> list[tuple[str, Money]]:
        """Each age with what is open for so long."""
        return list(zip(AGES, self.by_age, strict=True))


def get_invoice(user: Any, invoice_id: UUID) -> Invoice:
    """Return an invoice that ``user`` may see, with its account.

    Raises:
        UnknownInvoice: it does not exist, or not for this person.
    """
    found = Invoice.objects.visible_to(user).select_related("account").filter(id=invoice_id).first()
    if found is None:
        raise UnknownInvoice
    return found


def list_standings(invoices: Iterable[Invoice]) -> list[Standing]:
    """Return where each invoice stands, in the given order."""
    rows = list(invoices)
    ids = [row.id for row in rows]
    settled = InvoiceSettlement.objects.filter(invoice_id__in=ids).order_by("invoice_id").values_list("invoice_id")
    paid = {invoice_id: int(minor) for invoice_id, minor in settled.annotate(Sum("amount_minor"))}
    notes = CreditNote.objects.filter(invoice_id__in=ids, state=CreditNote.State.APPROVED).select_related("invoice")
    credited = {note.invoice_id: note for note in notes}
    return [Standing(row, Money(paid.get(row.id, 0), row.currency), credited.get(row.id)) for row in rows]


def list_open(account: ClientAccount) -> list[Standing]:
    """Return what one account has to pay, oldest number first."""
    return list_standings(_find_open().filter(account=account).order_by("number"))


def _find_open() -> QuerySet[Invoice]:
    paid = InvoiceSettlement.objects.filter(invoice=OuterRef("id")).order_by().values("invoice")
    sums = paid.annotate(paid=Cast(Sum("amount_minor"), BigIntegerField())).values("paid")
    credited = CreditNote.objects.filter(invoice=OuterRef("id"), state=CreditNote.State.APPROVED)
    issued = Invoice.objects.filter(~Exists(credited), state=Invoice.State.APPROVED).select_related("account")
    return issued.alias(paid=Coalesce(Subquery(sums), Value(0))).filter(total_minor__gt=F("paid"))


def list_ageing(user: Any, today: date) -> list[Ageing]:
    """Return what each account that ``user`` may see has open, by how long it is overdue on ``today``."""
    found: dict[ClientAccount, list[Money]] = {}
    visible = Invoice.objects.visible_to(user).values("id")
    for standing in list_standings(_find_open().filter(id__in=visible).order_by("account__billing_name", "id")):
        account, due_on = standing.invoice.account, standing.invoice.due_on
        sums = found.setdefault(account, [Money.zero(account.currency) for _ in AGES])
        age = age_of((today - due_on).days if due_on else 0)
        sums[age] += standing.open
    return [
        Ageing(account, sum(sums, start=Money.zero(account.currency)), tuple(sums)) for account, sums in found.items()
    ]
