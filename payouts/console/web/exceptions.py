"""Finance's queue of payouts that did not go their way, and the verbs that help them on."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.errors import InvalidInput, NotFound
from common.forms import StrictForm
from common.permissions import has_grant
from payouts.console.exceptions import KINDS, explain_exceptions, find_exceptions, find_one
from payouts.console.web.books import PAYOUT_WORDS, READ
from payouts.transfers import commands
from payouts.transfers.models import Payout
from payouts.transfers.queries import get_payout


class CancellationForm(StrictForm):
    """Why a payout is cancelled; its worker reads it."""

    reason_text = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


@web.page(*READ)
def list_exceptions(request: HttpRequest) -> HttpResponse:
    """Show what needs a look, newest first."""
    web.refuse_unknown_filters(request, ["kind"])
    kind, now = request.GET.get("kind", ""), clock.now()
    if kind and kind not in KINDS:
        raise InvalidInput.of("/kind", f"There is no kind {kind}.", code="unknown")
    page = web.paginate(request, find_exceptions(request.user, now=now, kind=kind))
    shown = [(row, KINDS[row.kind], *PAYOUT_WORDS[row.payout.state]) for row in explain_exceptions(list(page), now=now)]
    return render(
        request, "finance/exceptions.html", {"page": page, "rows": shown, "kind": kind, "kinds": list(KINDS.items())}
    )


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
