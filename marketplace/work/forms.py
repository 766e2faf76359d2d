"""Forms of work's pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from common.forms import StrictForm
from marketplace.work.imports import MOST_BYTES
from marketplace.work.models import Outcome, Review


class ImportForm(StrictForm):
    """A file of tasks and the name of the batch they become."""

    extra_names = ("act",)

    name = forms.CharField(label="Name of the batch", max_length=200)
    file = forms.FileField(
        label="File",
        help_text="CSV, JSON or JSON lines in UTF-8, with external_id in every row.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.json,.jsonl"}),
    )

    def clean_file(self) -> Any:
        """Refuse what is larger than an import may be, before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file is larger than {MOST_BYTES // 2**20} MiB.", code="too_large")
        return file


class OutcomeForm(StrictForm):
    """What became of accepted work at the client's."""

    kind = forms.ChoiceField(label="At the client’s", choices=Outcome.Kind.choices, widget=forms.RadioSelect)
    reason_text = forms.CharField(
        label="Why",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed unless it was kept as it is. The expert reads it.",
    )


class ReviewForm(StrictForm):
    """A decision on handed-in work: scores in points of 100 by criterion; a refusal needs its reason."""

    extra_names = ("act", "category", "severity", "error_note")

    decision = forms.ChoiceField(label="Decision", choices=Review.Decision.choices, widget=forms.RadioSelect)
    reason_code = forms.ChoiceField(
        label="Reason",
        required=False,
        choices=[("", "Choose for a return or rejection"), *Review.ReasonCode.choices],
    )
    reason_text = forms.CharField(
        label="What the expert reads",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Needed to return or reject. A rejection is final: at least 100 characters.",
    )

    def __init__(self, *args: Any, criteria: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = {f"score_{number}": name for number, name in enumerate(criteria)}
        scores = {
            field: forms.IntegerField(
                label=f"{name[:1].upper()}{name[1:]}, 0 to 100", min_value=0, max_value=100, required=False
            )
            for field, name in self.criteria.items()
        }
        self.fields = {**scores, **self.fields}

    def clean(self) -> dict[str, Any]:
        """Require a score for every criterion of what is accepted."""
        cleaned = super().clean()
        if cleaned.get("decision") == Review.Decision.ACCEPT:
            for field in self.criteria:
                if cleaned.get(field) is None and field not in self.errors:
                    self.add_error(field, forms.ValidationError("Give a score from 0 to 100.", code="required"))
        return cleaned

    def read_scores(self) -> dict[str, float]:
        """Return the scores that were given, as shares."""
        given = {name: self.cleaned_data.get(field) for field, name in self.criteria.items()}
        return {name: points / 100 for name, points in given.items() if points is not None}
