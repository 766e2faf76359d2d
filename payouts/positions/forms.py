"""The forms of the pages of positions."""

from __future__ import annotations

from typing import Any

from django import forms

from common.currencies import list_currency_codes
from common.forms import StrictForm
from common.money import Money

_CODES = [(code, code) for code in list_currency_codes()]
_AMOUNT = {"inputmode": "decimal", "dir": "ltr"}


class SettlementForm(StrictForm):
    """An exchange that the bank made."""

    sold_currency = forms.ChoiceField(label="Sold", choices=_CODES, initial="EUR")
    sold = forms.CharField(label="How much", max_length=24, widget=forms.TextInput(attrs=_AMOUNT))
    bought_currency = forms.ChoiceField(label="Bought", choices=_CODES, initial="USD")
    bought = forms.CharField(label="How much", max_length=24, widget=forms.TextInput(attrs=_AMOUNT))
    closed = forms.CharField(
        label="Of the position it closes",
        max_length=24,
        help_text="In what was bought. More bought than closed is a gain, less a loss.",
        widget=forms.TextInput(attrs=_AMOUNT),
    )
    reference_text = forms.CharField(label="The bank's reference", max_length=300)

    def clean(self) -> dict[str, Any]:
        """Turn texts and codes into what the command takes."""
        cleaned = super().clean()
        sold, bought = cleaned.pop("sold_currency", None), cleaned.pop("bought_currency", None)
        for name, currency in (("sold", sold), ("bought", bought), ("closed", bought)):
            if currency and cleaned.get(name):
                self._read(cleaned, name, currency)
        return cleaned

    def _read(self, cleaned: dict[str, Any], name: str, currency: str) -> None:
        try:
            cleaned[name] = Money.from_major(cleaned[name], currency)
        except ValueError as error:
            self.add_error(name, f"{error}.")


class ValuedInForm(StrictForm):
    """The currency in which positions are valued."""

    valued_in = forms.ChoiceField(
        choices=_CODES, required=False, widget=forms.Select(attrs={"class": "form-select w-auto"})
    )


class DecisionForm(StrictForm):
    """A decision, made on the version that the page showed."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class RejectionForm(DecisionForm):
    """A decision that needs a reason."""

    reason_text = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
