"""Finance's list of lines to look at before their money goes out."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import web
from common.currencies import list_currency_codes
from common.errors import InvalidInput
from common.forms import StrictForm
from payouts.console.web.books import READ
from payouts.cycles.models import PayCycle
from payouts.cycles.red_flags import KINDS, FlagCounts, explain_flags, find_unpaid_cycles, list_flagged, look_through

#: How many lines a cycle's own page shows; the list has them all.
FIRST_LINES = 20


class RedFlagsForm(StrictForm):
    """What the list is narrowed by."""

    kind = forms.ChoiceField(choices=[("", "Every reason"), *KINDS.items()], required=False)
    currency = forms.ChoiceField(
        choices=[("", "Every currency"), *((code, code) for code in list_currency_codes())], required=False
    )
    cycle = forms.UUIDField(required=False, widget=forms.HiddenInput)
    page = forms.CharField(required=False, widget=forms.HiddenInput)


def words_of(counts: FlagCounts) -> list[tuple[str, str, int]]:
    """Return the kinds of flags that a cycle has, each with its words and on how many lines it stands."""
    return [(kind, KINDS[kind], count) for kind, count in counts.by_kind.items()]


def flags_of(cycle: PayCycle) -> dict[str, object]:
    """Return what the page of a cycle shows of its red flags: counts, and the lines with most of them."""
    counts, lines = look_through(cycle)
    first = explain_flags(lines[:FIRST_LINES])
    return {"counts": counts, "kinds": words_of(counts), "rows": [(row.line, row.flags) for row in first]}


@web.page(*READ)
def list_red_flags(request: HttpRequest) -> HttpResponse:
    """Show the lines of cycles that are not carried out yet, or of one cycle, that there is a reason to look at."""
    web.refuse_unknown_filters(request, ["kind", "currency", "cycle"])
    form = RedFlagsForm(request.GET)
    if not form.is_valid():
        name, problems = next(iter(form.errors.items()))
        raise InvalidInput.of(f"/{name}", str(problems[0]), code="unknown")
    wanted = form.cleaned_data
    cycles = find_unpaid_cycles(request.user, cycle_id=wanted["cycle"], currency=wanted["currency"])
    page = web.paginate(request, list_flagged(cycles, kind=wanted["kind"]))
    context = {
        "page": page,
        "rows": [(row.line, row.flags) for row in explain_flags(list(page))],
        "form": form,
        "wanted": wanted,
    }
    return render(request, "finance/red_flags.html", context)
