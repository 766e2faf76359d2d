"""The forms of the pages of exchange rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from common.currencies import list_currency_codes
from common.forms import DayField, StrictForm
from payouts.fx.reading import MOST_BYTES, instant_of

_CODES = [(code, code) for code in list_currency_codes()]


class RateImportForm(StrictForm):
    """A file of rates and whose they are."""

    source = forms.CharField(label="Whose rates", max_length=30, initial="ECB", help_text="In capitals, such as ECB.")
    base = forms.ChoiceField(label="One unit of", choices=_CODES, initial="EUR", help_text="JSON says it itself.")
    file = forms.FileField(
        help_text="The ECB's daily or 90-day CSV, or JSON.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.json"}),
    )

    def clean(self) -> dict[str, Any]:
        """Turn the file into what the command takes."""
        cleaned = super().clean()
        file = cleaned.pop("file", None)
        if file:
            cleaned["file_name"], cleaned["data"] = file.name, file.read(MOST_BYTES + 1)
        return cleaned


class RateForm(StrictForm):
    """A rate that somebody read somewhere; another person decides whether it counts."""

    base = forms.ChoiceField(label="One unit of", choices=_CODES, initial="EUR")
    quote = forms.ChoiceField(label="is worth in", choices=_CODES, initial="USD")
    rate = forms.DecimalField(max_digits=24, decimal_places=12, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    day = DayField(label="On")
    source_text = forms.CharField(label="Where you read it", max_length=300)

    def clean(self) -> dict[str, Any]:
        """Turn the day into the instant that the command takes."""
        cleaned = super().clean()
        day = cleaned.pop("day", None)
        if day:
            cleaned["as_of"] = instant_of(day)
        return cleaned


class CurrencyForm(StrictForm):
    """The currency that one is paid in."""

    currency = forms.ChoiceField(label="Pay me", required=False)

    def __init__(self, *args: Any, codes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["currency"])
        field.choices = [("", "In what I earned"), *((code, f"In {code}") for code in codes)]


class DecisionForm(StrictForm):
    """A decision, made on the version that the page showed."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class RejectionForm(DecisionForm):
    """A decision that needs a reason."""

    reason_text = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
