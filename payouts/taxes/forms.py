"""The forms of the pages of withheld tax."""

from __future__ import annotations

from typing import Any

from django import forms

from common.currencies import list_currency_codes
from common.forms import DayField, StrictForm
from common.money import Money
from payouts.taxes.models import TaxRemittance


class RemittanceForm(StrictForm):
    """A payment to the authority, to record."""

    form = forms.ChoiceField(label="Return", choices=TaxRemittance.Form.choices)
    month = DayField(label="Withheld in the month of", help_text="Any day of the month.")
    currency = forms.ChoiceField(choices=[(code, code) for code in list_currency_codes()])
    amount = forms.CharField(max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr"}))
    paid_on = DayField(label="Paid on")
    reference = forms.CharField(max_length=100, help_text="The authority's acknowledgement, such as the EFT number.")

    def clean(self) -> dict[str, Any]:
        """Turn the amount into money."""
        cleaned = super().clean()
        currency, text = cleaned.pop("currency", None), cleaned.pop("amount", None)
        if currency and text:
            try:
                cleaned["money"] = Money.from_major(text, currency)
            except ValueError as error:
                self.add_error("amount", f"{error}.")
        return cleaned


class DecisionForm(StrictForm):
    """A verb, decided on the version that the page showed."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class RefusalForm(DecisionForm):
    """A verb that needs a reason."""

    reason_text = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
