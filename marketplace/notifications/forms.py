"""Forms of webhooks."""

from __future__ import annotations

from django import forms

from common.forms import StrictForm

#: A test.ping comes whenever somebody presses "Test"; nobody subscribes to it.
_WORDS = {
    "batch.completed": "batch.completed: every task of a batch is accepted",
    "submission.accepted": "submission.accepted: one piece of work is accepted",
}


class EndpointForm(StrictForm):
    """Where messages go, and which."""

    url = forms.URLField(
        label="Address",
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"dir": "ltr", "placeholder": "https://"}),
        help_text="A public HTTPS address of yours.",
    )
    events = forms.MultipleChoiceField(
        label="Messages",
        choices=list(_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        initial=["batch.completed"],
    )
