"""Finance's queue of payouts that did not go their way, and the verbs that help them on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.currencies import list_currency_codes
from common.errors import InvalidInput, NotFound
from common.forms import StrictForm
from common.permissions import has_grant
from payouts.console.exceptions import KINDS, explain_exceptions, find_exceptions, find_one, find_waiting_lines
from payouts.console.web.books import PAYOUT_WORDS, READ
from payouts.cycles.expectations import expect_payouts
from payouts.transfers import commands
from payouts.transfers.models import Payout
from payouts.transfers.queries import get_payout


class CancellationForm(StrictForm):
    """Why a payout is cancelled; its worker reads it."""

    reason_text = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


#: A line that a cycle did not pay; the others are kinds of payouts.
CARRIED_OVER = "CARRIED_OVER"
#: How many lines stand beside all kinds; the rest has pages of its own.
FIRST_LINES = 20


class ExceptionsForm(StrictForm):
    """What the queue is narrowed by."""

    kind = forms.ChoiceField(
        choices=[("", "Every kind"), *KINDS.items(), (CARRIED_OVER, "Carried over by a cycle")], required=False
    )
    currency = forms.ChoiceField(
        choices=[("", "Every currency"), *((code, code) for code in list_currency_codes())], required=False
    )
    cycle = forms.UUIDField(required=False, widget=forms.HiddenInput)
    page = forms.CharField(required=False, widget=forms.HiddenInput)


@web.page(*READ)
def list_exceptions(request: HttpRequest) -> HttpResponse:
    """Show what needs a look, newest first."""
    web.refuse_unknown_filters(request, ["kind", "cycle", "currency"])
    now, form = clock.now(), ExceptionsForm(request.GET)
    if not form.is_valid():
        name, problems = next(iter(form.errors.items()))
        raise InvalidInput.of(f"/{name}", str(problems[0]), code="unknown")
    wanted = form.cleaned_data
    places: dict[str, Any] = {"cycle_id": wanted["cycle"], "currency": wanted["currency"]}
    waiting = find_waiting_lines(request.user, **places)
    stopped = find_exceptions(request.user, now=now, kind=wanted["kind"], **places)
    only_lines = wanted["kind"] == CARRIED_OVER
    page = web.paginate(request, waiting if only_lines else stopped)
    shown = explain_exceptions(list(page), now=now) if not only_lines else []
    context = {
        "page": page,
        "rows": [(row, KINDS[row.kind], *PAYOUT_WORDS[row.payout.state]) for row in shown],
        "lines": list(page) if only_lines else waiting[:FIRST_LINES] if not wanted["kind"] else [],
        "lines_count": waiting.count(),
        "only_lines": only_lines,
        "wanted": wanted,
        "form": form,
    }
    return render(request, "finance/exceptions.html", context)


@web.page(*READ)
def show_exception(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Show one payout of the queue with its attempts and what can be done."""
    return _render(request, payout_id, CancellationForm(), status=200)


def _render(request: HttpRequest, payout_id: UUID, form: forms.BaseForm, *, status: int) -> HttpResponse:
    row = find_one(request.user, payout_id, now=clock.now())
    if row is None:
        raise NotFound
    word, tone = PAYOUT_WORDS[row.payout.state]
    context = {
        "row": row,
        "expected": expect_payouts([row.payout], now=clock.now())[row.payout.id],
        "kind": KINDS[row.kind],
        "word": word,
        "tone": tone,
        "attempts": row.payout.attempts.order_by("created_at"),
        "form": form,
        "may_act": has_grant(request.user, "finance.approve"),
    }
    return render(request, "finance/exception.html", context, status=status)


_VERBS: dict[str, tuple[type[StrictForm], Callable[..., Payout], str]] = {
    "resume": (StrictForm, commands.resume_payout, "It goes on, to the account as it is now."),
    "review": (StrictForm, commands.unfreeze_payout, "It is looked up at the provider now, and goes on from there."),
    "cancel": (CancellationForm, commands.cancel_payout, "It was cancelled; the next cycle pays the money."),
}


@web.page("finance.approve", methods=("POST",))
def act_on_exception(request: HttpRequest, payout_id: UUID, verb: str) -> HttpResponse:
    """Help one payout on; a refusal is shown on its page."""
    payout = get_payout(request.user, payout_id)
    form_class, command, sentence = _VERBS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, payout_id=payout.id, by=request.user, now=clock.now())
    if moved is None:
        return _render(request, payout_id, form, status=web.form_status(form))
    return web.done(request, sentence, "finance:exceptions")
