"""Forms of cases. Each says by ``do`` which act its button stands for."""

from __future__ import annotations

from typing import Any

from django import forms

from common.forms import StrictForm
from marketplace.standing.models import Case
from marketplace.standing.queries import list_judged_reviews
from marketplace.standing.rules import OUTCOMES, SHORTEST_APPEAL, SHORTEST_REASON, URGENT_CODES


def _text(label: str, help_text: str = "", *, rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label, widget=forms.Textarea(attrs={"rows": rows}), max_length=8000, help_text=help_text
    )


class ActForm(StrictForm):
    """A form on a page with several acts."""

    extra_names = ("do",)


class TakeUpForm(ActForm):
    """Opening a case from a proposal."""

    tried = _text("What was tried first?", f"The person reads it. At least {SHORTEST_REASON} characters.")


class TurnDownForm(ActForm):
    """Ending a proposal."""

    reason = _text("Why not?", "The same is not proposed again for 30 days.", rows=2)


class AnswerForm(ActForm):
    """The worker's answer."""

    text = _text("Your answer", "Any language. Until the window ends you can send another in its place.")


class DisputeForm(StrictForm):
    """The worker's word against one unit."""

    text = _text("What is wrong with the judgment?", f"At least {SHORTEST_APPEAL} characters. Any language.")


class ExtendForm(ActForm):
    """Seven more days: nothing to fill in."""


class AppealCaseForm(ActForm):
    """The worker's appeal."""

    text = _text("What was overlooked?", f"At least {SHORTEST_APPEAL} characters. You can appeal once.")


class UrgentForm(ActForm):
    """The pause before a decision."""

    code = forms.ChoiceField(label="Reason", choices=list(URGENT_CODES.items()))
    reason = _text("What happened?", f"At least {SHORTEST_REASON} characters.", rows=2)


class DecideCaseForm(ActForm):
    """The decision, out of what was proposed."""

    outcome = forms.ChoiceField(label="Decision", widget=forms.RadioSelect)
    reason = _text("Reasons", f"The person reads them. At least {SHORTEST_REASON} characters.")

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = dict(Case.Outcome.choices)
        field = self.fields["outcome"]
        field.choices = [(each, words[each]) for each in OUTCOMES[case.kind]]  # type: ignore[attr-defined]


class HearForm(ActForm):
    """The decision of the appeal."""

    outcome = forms.ChoiceField(
        label="Decision",
        choices=[
            (Case.AppealOutcome.OVERTURNED, "Overturn: the scope is open again now"),
            (Case.AppealOutcome.UPHELD, "Uphold: the first decision stands"),
        ],
        widget=forms.RadioSelect,
    )
    answer = _text("Answer to the person", f"At least {SHORTEST_REASON} characters.")
    withdrawn = forms.MultipleChoiceField(
        label="Reviews found wrong; their scores count no more",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reviews = list_judged_reviews(case).select_related("submission__claim__task")[:100]
        self.fields["withdrawn"].choices = [  # type: ignore[attr-defined]
            (str(row.id), f"{row.submission.claim.task.external_id}: {row.get_decision_display().lower()}")
            for row in reviews
        ]
