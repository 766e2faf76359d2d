"""Invoices, their lines and what of the charges stands on which line, what was paid of them, and credit notes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from common.append_only import append_only_triggers
from common.identifiers import uuid7
from common.money import LARGEST_AMOUNT_MINOR, Money
from payouts.clients.models.accounts import ClientAccount, visible_clients
from payouts.clients.models.proposals import Proposal, proposal_constraints, proposal_triggers
from payouts.clients.models.usage import UsageLine
from payouts.clients.triggers import (
    invoice_triggers,
    invoiced_usage_triggers,
    line_triggers,
    number_triggers,
    settlement_triggers,
)
from payouts.earnings.models import Earning
from payouts.ledger.models import JournalEntry

#: A document of a series has its number as soon as it was approved, and never before.
_NUMBERED = Q(state="APPROVED", number__isnull=False) | ~Q(state="APPROVED") & Q(number__isnull=True)


class DocumentCounter(models.Model):
    """A row is the last number of one series of documents; issuing locks it, so that no number is left out or twice."""

    class Series(models.TextChoices):
        INVOICE = "INVOICE"
        CREDIT_NOTE = "CREDIT_NOTE"

    series = models.CharField(max_length=11, choices=Series, primary_key=True)
    last_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.series} {self.last_number}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Invoices, scoped to who asks."""

    def visible_to(self, user: Any) -> InvoiceQuerySet:
        """Return all to finance and auditors; to a client's people those issued to them."""
        clients = visible_clients(user)
        if clients is None:
            return self
        return self.filter(account__client_id__in=clients, state=Invoice.State.APPROVED)


class Invoice(Proposal):
    """A row is an invoice to one client: drafted (proposed) by one person, issued (approved) by another.

    It takes every charge that stands on no other live invoice and was approved before ``until``; ``number`` counts up
    without gaps over all invoices once they are issued. Lines sum to ``total_minor`` by the database's word. What is paid of
    it are its settlements; a credit note takes back the whole and leaves its charges to a later invoice.
    """

    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="invoices")
    number = models.BigIntegerField(null=True, unique=True)
    currency = models.CharField(max_length=3)
    starts_on = models.DateField()
    until = models.DateField()
    total_minor = models.BigIntegerField()
    line_count = models.PositiveIntegerField()
    issued_on = models.DateField(null=True)
    due_on = models.DateField(null=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            *proposal_constraints(),
            models.CheckConstraint(condition=_NUMBERED, name="invoice_numbered_when_issued"),
            models.CheckConstraint(
                condition=Q(number__isnull=True, issued_on__isnull=True, due_on__isnull=True)
                | Q(number__gte=1, issued_on__isnull=False, due_on__isnull=False, due_on__gte=F("issued_on")),
                name="invoice_dated_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(total_minor__gte=1, total_minor__lte=LARGEST_AMOUNT_MINOR, line_count__gte=1)
                & Q(starts_on__lt=F("until")),
                name="invoice_asks_for_something",
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(state="PROPOSED"), name="invoice_one_draft_per_account"
            ),
        ]
        triggers: ClassVar = [*proposal_triggers(), *number_triggers("invoice"), *invoice_triggers()]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The number as people write it; a draft has none."""
        return "Draft" if self.number is None else f"INV-{self.number:06d}"

    @property
    def total(self) -> Money:
        """What the client is asked for."""
        return Money(self.total_minor, self.currency)

    @property
    def title(self) -> str:
        """What is proposed, in words."""
        return f"Invoice of {self.total.format()} for charges before {self.until:%Y-%m-%d}"


class InvoiceLine(models.Model):
    """A row is one line of an invoice: the charges of one project, unit and rate, negative where more was taken back."""

    append_only: ClassVar[bool] = True

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField()
    project = models.CharField(max_length=60)
    unit = models.CharField(max_length=15, choices=Earning.Unit)
    method = models.CharField(max_length=6, choices=UsageLine.Method)
    rate_minor = models.BigIntegerField(null=True)
    quantity = models.DecimalField(max_digits=28, decimal_places=12)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "line_no"], name="invoice_line_once"),
            models.CheckConstraint(condition=Q(line_no__gte=1), name="invoice_line_numbered"),
        ]
        triggers: ClassVar = [*append_only_triggers(), *line_triggers()]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.line_no}"


class InvoicedUsage(models.Model):
    """A row says that a charge stands on a line; ``released_at`` is set once, when that invoice is refused or credited."""

    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="usage")
    usage = models.ForeignKey(UsageLine, on_delete=models.PROTECT, related_name="invoiced", db_index=False)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["usage"], condition=Q(released_at__isnull=True), name="usage_on_one_live_invoice"
            ),
        ]
        triggers: ClassVar = invoiced_usage_triggers()

    def __str__(self) -> str:
        return f"{self.line_id}: {self.usage_id}"


class InvoiceSettlement(models.Model):
    """A row is what was taken from a client's prepaid money for an invoice, or (negative) given back by its credit note."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="settlements")
    amount_minor = models.BigIntegerField()
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="invoice_settlement_moves_something"),
        ]
        triggers: ClassVar = [*append_only_triggers(), *settlement_triggers()]

    def __str__(self) -> str:
        return f"settlement {self.id}"


class CreditNote(Proposal):
    """A row is the proposal to take back one issued invoice in whole; approved, a document with a number of its own.

    ``number`` counts up without gaps over all credit notes. What was paid of the invoice is prepaid again.
    """

    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="credit_notes")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    number = models.BigIntegerField(null=True, unique=True)
    reason_text = models.CharField(max_length=300)
    issued_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            *proposal_constraints(),
            models.CheckConstraint(condition=_NUMBERED, name="credit_note_numbered_when_issued"),
            models.CheckConstraint(
                condition=~Q(reason_text="")
                & (Q(number__isnull=True, issued_on__isnull=True) | Q(number__gte=1, issued_on__isnull=False)),
                name="credit_note_says_why",
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(state__in=["PROPOSED", "APPROVED"]),
                name="credit_note_one_per_invoice",
            ),
        ]
        triggers: ClassVar = [*proposal_triggers(), *number_triggers("creditnote")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The number as people write it; a proposal has none."""
        return "Draft" if self.number is None else f"CN-{self.number:06d}"

    @property
    def title(self) -> str:
        """What is proposed, in words."""
        return f"Credit note for {self.invoice.reference}, {self.invoice.total.format()}"
