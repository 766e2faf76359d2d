"""The forms of the pages of year-end tax files."""

from __future__ import annotations

from django import forms

from common.forms import StrictForm


class RunForm(StrictForm):
    """A year's files to prepare."""

    year = forms.IntegerField(min_value=2000, max_value=2199)


class DecisionForm(StrictForm):
    """A verb, decided on the version that the page showed."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class RefusalForm(DecisionForm):
    """A verb that needs a reason."""

    reason_text = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
