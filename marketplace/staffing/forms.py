"""Forms of staffing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms

from common.forms import AwareDateTimeField, MusterForm, StrictForm
from common.money import Money
from marketplace.projects.models import Opening, RateLine
from marketplace.staffing.rules import END_CODES, INVITATION_VALID_FOR, OFFER_VALID_FOR, RESCIND_CODES

SHOWN = [("eligible", "I pass every rule"), ("near", "One rule away"), ("far", "More than one rule away")]
UNITS = [("", "Any"), ("HOUR", "By the hour"), ("TASK", "By the task"), ("ACCEPTED_TASK", "By the accepted task")]


class SearchForm(MusterForm):
    """An expert's search of openings."""

    q = forms.CharField(
        label="Words", required=False, max_length=100, widget=forms.TextInput(attrs={"data-find-field": ""})
    )
    unit = forms.ChoiceField(label="Paid", choices=UNITS, required=False)
    role = forms.ChoiceField(label="Role", choices=[("", "Any"), *Opening.Role.choices], required=False)
    show = forms.MultipleChoiceField(label="Show", choices=SHOWN, required=False, widget=forms.CheckboxSelectMultiple)


class CandidateSearchForm(MusterForm):
    """A manager's look-up of one person."""

    q = forms.CharField(label="Name or words of the profile", max_length=100, required=False)


class InviteForm(StrictForm):
    """An invitation to several experts; the matches' check boxes are its ``expert_ids``."""

    extra_names = ("expert_ids",)

    message = forms.CharField(label="Message", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    expires_at = AwareDateTimeField(label="Answer until")

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "invite_%s")
        super().__init__(*args, initial={"expires_at": _day_end(now + INVITATION_VALID_FOR)}, **kwargs)


class OfferForm(StrictForm):
    """The terms of an offer."""

    pay_line_id = forms.ChoiceField(label="Pay line")
    weekly_hours = forms.DecimalField(label="Hours a week at most", min_value=1, max_value=168, decimal_places=2)
    expires_at = AwareDateTimeField(label="Can be accepted until")

    def __init__(self, *args: Any, opening: Opening, lines: list[RateLine], now: datetime, **kwargs: Any) -> None:
        initial = {
            "weekly_hours": f"{opening.weekly_cap_minutes / 60:g}",
            "expires_at": _day_end(now + OFFER_VALID_FOR),
        }
        super().__init__(*args, initial=initial, **kwargs)
        choices = [
            (str(line.id), f"{Money(line.amount_minor, line.currency).format()} {unit_words(line.unit)}")
            for line in lines
        ]
        self.fields["pay_line_id"].choices = choices  # type: ignore[attr-defined]

    @property
    def line_id(self) -> UUID:
        """The chosen line."""
        return UUID(self.cleaned_data["pay_line_id"])


class RescindForm(StrictForm):
    """Why an offer is taken back."""

    reason_code = forms.ChoiceField(label="Reason", choices=list(RESCIND_CODES.items()))
    reason_text = forms.CharField(label="In your words; the expert reads it", widget=forms.Textarea(attrs={"rows": 3}))


class EndForm(RescindForm):
    """Why an engagement ends."""

    reason_code = forms.ChoiceField(label="Reason", choices=list(END_CODES.items()))


class DeclineForm(StrictForm):
    """Why an offer is declined, if the expert wants to say."""

    reason_text = forms.CharField(label="Why, if you want to say", required=False, max_length=2000)


def unit_words(unit: str) -> str:
    """Return a pay unit as it follows an amount."""
    return {"HOUR": "per hour", "TASK": "per submitted task", "ACCEPTED_TASK": "per accepted task"}[unit]


def _day_end(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
