"""The forms of finance's pages."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model

from common.currencies import list_currency_codes
from common.forms import DayField, StrictForm
from common.money import Money
from payouts.adjustments.imports import MOST_BYTES
from payouts.adjustments.models import Adjustment
from payouts.reconciliation.models import Break


class AsOfForm(StrictForm):
    """The day at whose end the books are read; left empty, they are read as they are."""

    as_of = DayField(label="At the end of", required=False)


class DraftForm(StrictForm):
    """A new cycle over whole days, counted in UTC."""

    currency = forms.ChoiceField(choices=[(code, code) for code in list_currency_codes()])
    first_day = DayField()
    last_day = DayField(help_text="Included. Days are counted in UTC.")

    def clean(self) -> dict[str, Any]:
        """Turn the days into the half-open period that the command takes."""
        cleaned = super().clean()
        first, last = cleaned.pop("first_day", None), cleaned.pop("last_day", None)
        if first and last:
            cleaned["starts_at"] = datetime.combine(first, time(), tzinfo=UTC)
            cleaned["ends_at"] = datetime.combine(last, time(), tzinfo=UTC) + timedelta(days=1)
        return cleaned


class VersionForm(StrictForm):
    """A verb on a cycle, decided on the version that the page showed."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ApprovalForm(VersionForm):
    """The approver's word that they have looked."""

    looked = forms.BooleanField(label="I have looked at the difference and the exceptions")

    def clean(self) -> dict[str, Any]:
        """Keep the tick on the page: the command takes who and which version."""
        cleaned = super().clean()
        cleaned.pop("looked", None)
        return cleaned


class AdjustmentForm(StrictForm):
    """A bonus, correction or clawback to propose. The person is named by their mail address."""

    kind = forms.ChoiceField(choices=Adjustment.Kind.choices)
    worker = forms.EmailField(label="Person's mail address", max_length=254)
    currency = forms.ChoiceField(choices=[(code, code) for code in list_currency_codes()])
    amount = forms.CharField(max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr"}))
    reason_code = forms.CharField(max_length=60, help_text="A short code, such as REFERRAL.")
    reason_text = forms.CharField(label="Reason", max_length=300, help_text="The expert reads it on the statement.")

    def clean(self) -> dict[str, Any]:
        """Turn address and amount into what the command takes."""
        cleaned = super().clean()
        _name_person(self, cleaned)
        _read_amount(self, cleaned)
        cleaned.pop("currency", None)
        return cleaned


class AdjustmentImportForm(StrictForm):
    """A CSV file of adjustments in one currency, with the sum that its sender knows."""

    file = forms.FileField(label="CSV file", widget=forms.ClearableFileInput(attrs={"accept": ".csv"}))
    currency = forms.ChoiceField(choices=[(code, code) for code in list_currency_codes()])
    amount = forms.CharField(
        label="Control total",
        max_length=24,
        help_text="The sum of all amounts of the file, clawbacks included.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr"}),
    )

    def clean_file(self) -> Any:
        """Refuse what is larger than an import may be, before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file is larger than {MOST_BYTES // 2**20} MiB.", code="too_large")
        return file

    def clean(self) -> dict[str, Any]:
        """Turn the total into money."""
        cleaned = super().clean()
        _read_amount(self, cleaned)
        cleaned["control_total"] = cleaned.pop("money")
        cleaned.pop("currency", None)
        return cleaned


class HoldForm(StrictForm):
    """A hold to place on somebody's money. Days are counted in UTC."""

    worker = forms.EmailField(label="Person's mail address", max_length=254)
    currency = forms.ChoiceField(choices=[(code, code) for code in list_currency_codes()])
    amount = forms.CharField(
        max_length=24,
        required=False,
        help_text="Leave it empty to hold everything.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr"}),
    )
    reason_code = forms.CharField(max_length=60, help_text="A short code, such as NAME_DIFFERS.")
    reason_text = forms.CharField(label="What for", max_length=500, help_text="The expert reads it.")
    last_day = DayField(label="Last day", help_text="It ends by itself after this day.")

    def clean(self) -> dict[str, Any]:
        """Turn address, amount and day into what the command takes."""
        cleaned = super().clean()
        _name_person(self, cleaned)
        _read_amount(self, cleaned)
        last = cleaned.pop("last_day", None)
        if last:
            cleaned["ends_at"] = datetime.combine(last, time(), tzinfo=UTC) + timedelta(days=1)
        return cleaned


def _name_person(form: forms.Form, cleaned: dict[str, Any]) -> None:
    """Put the id of the person in the place of their address."""
    address = cleaned.pop("worker", None)
    if address:
        person = get_user_model().objects.filter(email__iexact=address).first()
        cleaned["worker_id"] = person.pk if person else form.add_error("worker", "Nobody has this address.")


def _read_amount(form: forms.Form, cleaned: dict[str, Any]) -> None:
    """Put money in the place of the text of its amount; nothing where it may be left out and is."""
    currency, text = cleaned.get("currency"), cleaned.pop("amount", None)
    cleaned["money"] = None
    if currency and text:
        try:
            cleaned["money"] = Money.from_major(text, currency)
        except ValueError as error:
            form.add_error("amount", f"{error}.")


class ReversalForm(StrictForm):
    """Why an entry is to be taken back; another person approves."""

    reason_code = forms.CharField(max_length=60, help_text="A short code, such as DUPLICATE.")
    reason_text = forms.CharField(label="Reason", max_length=300, help_text="The expert reads it.")


class ReasonForm(VersionForm):
    """A verb that needs a reason."""

    reason_text = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class ExplanationForm(VersionForm):
    """Why the provider and the books differ."""

    explanation_text = forms.CharField(label="Why", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    clears_on = DayField(label="Clears on", required=False, help_text="After this day it is open again.")


class WriteOffForm(VersionForm):
    """Where a difference is to be booked; another person approves."""

    write_off = forms.ChoiceField(label="Book it to", choices=Break.WriteOff.choices)
    proposal_text = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
