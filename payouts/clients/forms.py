"""The forms of the pages of clients' money."""

from __future__ import annotations

from typing import Any

from django import forms

from common.currencies import list_currency_codes
from common.forms import DayField, MoneyField, StrictForm
from payouts.clients.directory import find_client
from payouts.clients.models import ClientAccount, ClientMovement
from payouts.clients.rules import LARGEST_MARGIN_BPS


class AccountForm(StrictForm):
    """A client's account to open. The client is named by the short name of their organization."""

    client = forms.CharField(label="Organization's short name", max_length=60)
    currency = forms.ChoiceField(choices=[(code, code) for code in list_currency_codes()])
    billing_name = forms.CharField(max_length=200, help_text="As invoices name them.")
    billing_address = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def clean(self) -> dict[str, Any]:
        """Put the client's id in the place of its name."""
        cleaned = super().clean()
        text = cleaned.pop("client", None)
        found = find_client(text) if text else None
        if found is not None:
            cleaned["client_id"] = found.id
        elif text:
            self.add_error("client", "No organization has this short name.")
        return cleaned


class MovementForm(StrictForm):
    """A transfer to propose."""

    kind = forms.ChoiceField(choices=ClientMovement.Kind.choices)
    bank_reference = forms.CharField(max_length=140, help_text="As the bank's statement has it.")
    value_date = DayField()

    def __init__(self, *args: Any, account: ClientAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["money"] = MoneyField(label=f"Amount, {account.currency}", currency=account.currency, least_minor=1)


class TermsForm(StrictForm):
    """Terms to propose."""

    payment_days = forms.IntegerField(min_value=0, max_value=365, help_text="From the invoice's day to its due day.")

    margin = forms.DecimalField(
        label="Margin, %",
        required=False,
        min_value=0,
        max_value=LARGEST_MARGIN_BPS // 100,
        decimal_places=2,
        help_text="On what experts are paid, where no bill line prices the work. Empty: that work is not charged.",
    )

    def __init__(self, *args: Any, account: ClientAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credit_limit"] = MoneyField(
            label=f"Credit limit, {account.currency}", currency=account.currency, help_text="0: they pay in advance."
        )

    def clean(self) -> dict[str, Any]:
        """Put minor units in the place of the limit, and basis points in the place of percent."""
        cleaned = super().clean()
        limit = cleaned.pop("credit_limit", None)
        if limit is not None:
            cleaned["credit_limit_minor"] = limit.amount_minor
        margin = cleaned.pop("margin", None)
        cleaned["margin_bps"] = None if margin is None else int(margin * 100)
        return cleaned


class InvoiceForm(StrictForm):
    """An invoice to draft."""

    until = DayField(
        label="Work approved before", help_text="This day itself is not included. Days are counted in UTC."
    )

    def __init__(self, *args: Any, account: ClientAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class CreditForm(StrictForm):
    """Why an invoice is to be taken back."""

    reason_text = forms.CharField(label="Reason", max_length=300, help_text="Printed on the credit note.")


class DecisionForm(StrictForm):
    """A decision on the version that the page showed."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class RejectionForm(DecisionForm):
    """A refusal with its reason."""

    reason_text = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
