"""Clients' accounts and proposals as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import CurrencyField, DayField, MoneyField, NameField, Serializer, StrictIntegerField, TextField
from common.money import LARGEST_AMOUNT_MINOR, Money
from payouts.clients.models import ClientAccount, ClientMovement, Proposal, UsageLine
from payouts.clients.queries import PROPOSALS, STANDINGS, Ageing, DocumentLine, Funds, Standing
from payouts.clients.rules import AGES, LARGEST_MARGIN_BPS
from payouts.earnings.models import Earning
from payouts.statements.amounts import AmountOut


class ClientAccountFilter(Serializer):
    """Narrows the list of accounts."""

    client = serializers.UUIDField(required=False)
    currency = CurrencyField(required=False)


class ClientAccountIn(Serializer):
    """A client's account in one currency to open."""

    client = serializers.UUIDField(help_text="The organization.")
    currency = CurrencyField()
    billing_name = NameField(max_length=200)
    billing_address = TextField(max_length=500)


class ClientAccountOut(serializers.Serializer[Any]):
    """An account with what it has."""

    id = serializers.UUIDField()
    client = serializers.UUIDField()
    currency = serializers.CharField()
    billing_name = serializers.CharField()
    billing_address = serializers.CharField()
    opened_at = serializers.DateTimeField()
    prepaid = AmountOut(help_text="Paid and not charged yet.")
    owed = AmountOut(help_text="Charged and not paid; negative where more was paid than charged.")
    credit_limit = AmountOut(help_text="How far the account may be overdrawn; 0 = it pays in advance.")
    reserved = AmountOut(help_text="Kept for work that went out.")
    available = AmountOut(help_text="What new work may cost.")


class ClientTermsIn(Serializer):
    """Terms to propose for an account."""

    credit_limit_minor = StrictIntegerField(min_value=0, max_value=LARGEST_AMOUNT_MINOR)
    payment_days = StrictIntegerField(min_value=0, max_value=365)
    margin_bps = StrictIntegerField(
        min_value=0,
        max_value=LARGEST_MARGIN_BPS,
        required=False,
        allow_null=True,
        help_text="On what experts are paid, where no bill line prices the work; without it that work is not charged.",
    )


class ClientMovementFilter(Serializer):
    """Narrows the list of transfers."""

    kind = serializers.ChoiceField(ClientMovement.Kind.choices, required=False)
    state = serializers.ChoiceField(Proposal.State.choices, required=False)


class ClientMovementIn(Serializer):
    """A transfer to propose: a DEPOSIT that came from the client, or a REFUND to them."""

    kind = serializers.ChoiceField(ClientMovement.Kind.choices)
    money = MoneyField()
    bank_reference = NameField(max_length=140)
    value_date = DayField(help_text="The bank's.")


class ProposalOut(serializers.Serializer[Any]):
    """What one person proposed and another decides."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(sorted(PROPOSALS))
    account = serializers.UUIDField()
    title = serializers.CharField()
    state = serializers.ChoiceField(Proposal.State.choices)
    proposed_by = serializers.UUIDField()
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_text = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()


class ClientMovementOut(serializers.Serializer[Any]):
    """A transfer of a client."""

    id = serializers.UUIDField()
    account = serializers.UUIDField()
    kind = serializers.ChoiceField(ClientMovement.Kind.choices)
    state = serializers.ChoiceField(Proposal.State.choices)
    money = AmountOut()
    bank_reference = serializers.CharField()
    value_date = serializers.DateField()
    decided_at = serializers.DateTimeField(allow_null=True)


class UsageFilter(Serializer):
    """Narrows the list of charges; days are counted in UTC, ``until`` is not included."""

    project = NameField(max_length=60, required=False)
    since = DayField(required=False)
    until = DayField(required=False)


class UsageOut(serializers.Serializer[Any]):
    """What one piece of approved work was charged, or (``reverses``) the charge taken back."""

    id = serializers.UUIDField()
    source_key = serializers.CharField()
    reverses = serializers.UUIDField(allow_null=True)
    description = serializers.CharField()
    project = serializers.CharField()
    unit = serializers.ChoiceField(Earning.Unit.choices)
    quantity = serializers.CharField()
    method = serializers.ChoiceField(UsageLine.Method.choices)
    rate_line_key = serializers.CharField()
    rate = AmountOut(allow_null=True, help_text="Null where a margin is charged.")
    amount = AmountOut()
    approved_at = serializers.DateTimeField()


class InvoiceFilter(Serializer):
    """Narrows the list of invoices; ``state`` is that of the proposal: an issued invoice is APPROVED."""

    account = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(Proposal.State.choices, required=False)


class InvoiceIn(Serializer):
    """An invoice to draft."""

    until = DayField(help_text="Charges for work approved before this day (UTC), which is not included.")


class CreditNoteIn(Serializer):
    """Why an invoice is to be taken back."""

    reason_text = NameField(max_length=300, help_text="Printed on the credit note.")


class InvoiceOut(serializers.Serializer[Any]):
    """The head of an invoice."""

    id = serializers.UUIDField()
    account = serializers.UUIDField()
    reference = serializers.CharField(help_text="The number as it is printed; of a draft the word Draft.")
    standing = serializers.ChoiceField(STANDINGS)
    starts_on = serializers.DateField()
    until = serializers.DateField()
    total = AmountOut()
    paid = AmountOut(help_text="From what the client paid in advance.")
    open = AmountOut()
    issued_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    credit_note = serializers.UUIDField(allow_null=True, help_text="The credit note that takes it back.")
    version = serializers.IntegerField()


class InvoiceLineOut(serializers.Serializer[Any]):
    """One line: the charges of one project, unit and rate."""

    line_no = serializers.IntegerField()
    project = serializers.CharField()
    unit = serializers.ChoiceField(Earning.Unit.choices)
    quantity = serializers.CharField()
    rate = AmountOut(allow_null=True, help_text="Null where a margin is charged.")
    amount = AmountOut()


class InvoiceDetail(InvoiceOut):
    """An invoice with its lines, which sum to its total."""

    lines = InvoiceLineOut(many=True)


class AgeOut(serializers.Serializer[Any]):
    """What is open for so long."""

    age = serializers.ChoiceField(AGES)
    amount = AmountOut()


class AgeingOut(serializers.Serializer[Any]):
    """What one account has to pay."""

    account = serializers.UUIDField()
    client = serializers.UUIDField()
    billing_name = serializers.CharField()
    total = AmountOut()
    ages = AgeOut(many=True)


class ProposalApprovalIn(Serializer):
    """No fields: an empty object."""


class ProposalRejectionIn(Serializer):
    """Why it is rejected."""

    reason_text = TextField(max_length=2000)


def show_money(money: Money) -> dict[str, Any]:
    """Return an amount as JSON."""
    return {"amount_minor": money.amount_minor, "currency": money.currency}


def show_account(row: ClientAccount, funds: Funds) -> dict[str, Any]:
    """Return an account as JSON."""
    return {
        "id": row.id,
        "client": row.client_id,
        "currency": row.currency,
        "billing_name": row.billing_name,
        "billing_address": row.billing_address,
        "opened_at": row.opened_at,
        "prepaid": show_money(funds.prepaid),
        "owed": show_money(funds.owed),
        "credit_limit": show_money(funds.credit_limit),
        "reserved": show_money(funds.reserved),
        "available": show_money(funds.available),
    }


def show_proposal(kind: str, row: Any) -> dict[str, Any]:
    """Return a proposal as JSON; its account is loaded with it."""
    return {
        "id": row.id,
        "kind": kind,
        "account": row.account_id,
        "title": row.title,
        "state": row.state,
        "proposed_by": row.proposed_by_id,
        "proposed_at": row.proposed_at,
        "decided_by": row.decided_by_id,
        "decided_at": row.decided_at,
        "decision_text": row.decision_text,
        "version": row.version,
    }


def show_movement(row: ClientMovement) -> dict[str, Any]:
    """Return a transfer as JSON."""
    return {
        "id": row.id,
        "account": row.account_id,
        "kind": row.kind,
        "state": row.state,
        "money": show_money(row.amount),
        "bank_reference": row.bank_reference,
        "value_date": row.value_date,
        "decided_at": row.decided_at,
    }


def show_usage(row: UsageLine) -> dict[str, Any]:
    """Return a charge as JSON. What the expert is paid is not said: a client sees what it is billed."""
    return {
        "id": row.id,
        "source_key": row.source_key,
        "reverses": row.reverses_id,
        "description": row.description,
        "project": row.project,
        "unit": row.unit,
        "quantity": f"{row.quantity.normalize():f}",
        "method": row.method,
        "rate_line_key": row.rate_line_key,
        "rate": None if row.rate is None else show_money(row.rate),
        "amount": show_money(row.amount),
        "approved_at": row.approved_at,
    }


def show_invoice(standing: Standing) -> dict[str, Any]:
    """Return the head of an invoice as JSON."""
    row = standing.invoice
    return {
        "id": row.id,
        "account": row.account_id,
        "reference": row.reference,
        "standing": standing.code,
        "starts_on": row.starts_on,
        "until": row.until,
        "total": show_money(row.total),
        "paid": show_money(standing.paid),
        "open": show_money(standing.open),
        "issued_on": row.issued_on,
        "due_on": row.due_on,
        "credit_note": standing.credit_note.id if standing.credit_note else None,
        "version": row.version,
    }


def show_line(line: DocumentLine) -> dict[str, Any]:
    """Return a line of an invoice as JSON."""
    return {
        "line_no": line.number,
        "project": line.project,
        "unit": line.unit,
        "quantity": f"{line.quantity:f}",
        "rate": None if line.rate is None else show_money(line.rate),
        "amount": show_money(line.amount),
    }


def show_ageing(row: Ageing) -> dict[str, Any]:
    """Return what one account has to pay as JSON."""
    return {
        "account": row.account.id,
        "client": row.account.client_id,
        "billing_name": row.account.billing_name,
        "total": show_money(row.total),
        "ages": [{"age": age, "amount": show_money(money)} for age, money in row.ages],
    }
