"""Forms of being forgotten."""

from __future__ import annotations

from django import forms

from common.forms import StrictForm
from marketplace.erasure.commands import LONGEST_ANSWER


class AskForm(StrictForm):
    """That one has read what goes, what stays and that it cannot be undone."""

    understood = forms.BooleanField(label="I have read this. It cannot be undone.")


class RecordForm(StrictForm):
    """Who asked by letter or mail."""

    email = forms.EmailField(label="E-mail address", max_length=254, help_text="Of the account to be erased.")


class RefusalForm(StrictForm):
    """Why not."""

    answer = forms.CharField(
        label="Answer",
        max_length=LONGEST_ANSWER,
        help_text="The person reads it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
