"""Forms of appeals."""

from __future__ import annotations

from django import forms

from common.forms import StrictForm
from marketplace.standing.models import Appeal
from marketplace.standing.rules import SHORTEST_APPEAL


class AppealForm(StrictForm):
    """What the first decision overlooked."""

    text = forms.CharField(
        label="What was overlooked?",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=8000,
        help_text=f"At least {SHORTEST_APPEAL} characters. You can appeal once.",
    )


class DecideForm(StrictForm):
    """The second person's decision, with words that the appellant reads."""

    outcome = forms.ChoiceField(
        label="Decision",
        choices=[
            (Appeal.State.OVERTURNED, "Overturn: accept the work or the time, and pay it now"),
            (Appeal.State.UPHELD, "Uphold: the first decision stands"),
        ],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(label="Answer to the expert", widget=forms.Textarea(attrs={"rows": 5}), max_length=8000)
