"""Pages of exchange rates: the list, a file or a typed rate to enter, and the decision over a typed one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.permissions import has_grant
from payouts.fx import commands, queries
from payouts.fx.forms import CurrencyForm, DecisionForm, RateForm, RateImportForm, RejectionForm
from payouts.fx.models import RateProposal
from payouts.payees.queries import find_payee
from payouts.rails.capabilities import list_currencies

_READ = ("finance.read", "audit.read")
State = RateProposal.State

#: The state's word and tone.
_WORDS = {
    State.PROPOSED: ("To decide", "ask"),
    State.APPROVED: ("Counts", "done"),
    State.REJECTED: ("Rejected", "stop"),
    State.WITHDRAWN: ("Withdrawn", ""),
}


@web.page(*_READ, methods=("GET", "HEAD", "POST"))
def list_rates(request: HttpRequest) -> HttpResponse:
    """Show the rates, newest first, and take a typed one as a proposal."""
    form = RateForm(request.POST or None)
    if request.method == "POST":
        row = web.submit(form, commands.propose_rate, by=request.user, now=clock.now())
        if row is not None:
            return web.done(request, "It was proposed. Another person decides it.", "fx:proposal", row.id)
    else:
        web.refuse_unknown_filters(request, [])
    return _render_list(request, rate_form=form)


@web.page(*_READ, methods=("POST",))
def import_rates(request: HttpRequest) -> HttpResponse:
    """Import a file of rates; a refusal is shown on the list's page."""
    form = RateImportForm(request.POST, request.FILES)
    outcome = web.submit(form, commands.import_rates, by=request.user, now=clock.now())
    if outcome is None:
        return _render_list(request, import_form=form)
    return web.done(request, f"{outcome.imported} rates are new, {outcome.known} were known.", "fx:rates")


def _render_list(
    request: HttpRequest, rate_form: RateForm | None = None, import_form: RateImportForm | None = None
) -> HttpResponse:
    proposals = RateProposal.objects.visible_to(request.user).select_related("proposed_by")
    context = {
        "page": web.paginate(request, queries.list_rates(request.user)),
        "proposals": [(row, *_WORDS[State(row.state)]) for row in proposals.order_by("-proposed_at", "-id")[:10]],
        "rate_form": rate_form or RateForm(),
        "import_form": import_form or RateImportForm(),
        "may_enter": has_grant(request.user, "finance.prepare"),
    }
    refused = import_form or rate_form
    return render(request, "fx/rates.html", context, status=web.form_status(refused) if refused else 200)


@web.page("payee.self", methods=("GET", "HEAD", "POST"))
def choose_currency(request: web.PageRequest) -> HttpResponse:
    """Show in which currency one is paid and at which rates today, and take another choice."""
    user, now = request.user, clock.now()
    payee = find_payee(user.pk)
    chosen = queries.pay_currencies([user.pk]).get(user.pk, "")
    codes = list_currencies(payee.country) if payee else []
    form = CurrencyForm(request.POST or None, codes=codes, initial={"currency": chosen})
    if request.method == "POST":
        done = web.submit(form, _choose, worker_id=user.pk, by=user, now=now)
        if done:
            return web.done(request, "It counts for what is prepared from now on.", "fx:currency")
    context = {
        "form": form,
        "payee": payee,
        "chosen": chosen,
        "terms": commands.TERMS,
        "prices": queries.prices_of(user.pk, chosen, now=now) if chosen else [],
    }
    return render(request, "fx/currency.html", context, status=web.form_status(form))


def _choose(**given: Any) -> bool:
    commands.choose_pay_currency(**given)
    return True


@web.page(*_READ)
def show_proposal(request: HttpRequest, rate_proposal_id: UUID) -> HttpResponse:
    """Show one typed rate and what the viewer may decide."""
    return _render_proposal(request, queries.get_rate_proposal(request.user, rate_proposal_id))


def _render_proposal(
    request: HttpRequest, row: RateProposal, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    word, tone = _WORDS[State(row.state)]
    initial = {"expected_version": row.version}
    is_own, is_open = row.proposed_by_id == request.user.pk, row.state == State.PROPOSED
    context = {
        "row": row,
        "word": word,
        "tone": tone,
        "may_decide": is_open and not is_own and has_grant(request.user, "finance.approve"),
        "may_withdraw": is_open and is_own and has_grant(request.user, "finance.prepare"),
        "is_own": is_open and is_own,
        "known": queries.find_price(row.base, row.quote, now=clock.now()),
        "decision_form": DecisionForm(initial=initial),
        "rejection_form": RejectionForm(initial=initial),
    }
    return render(request, "fx/proposal.html", context | (forms or {}), status=status)


_FORMS: dict[str, tuple[type[DecisionForm], str, Callable[..., RateProposal], str]] = {
    "approve": (DecisionForm, "decision_form", commands.approve_rate, "It counts from now on."),
    "reject": (RejectionForm, "rejection_form", commands.reject_rate, "It was rejected."),
    "withdraw": (DecisionForm, "decision_form", commands.withdraw_rate, "You took it back."),
}


@web.page(*_READ, methods=("POST",))
def act_on_proposal(request: HttpRequest, rate_proposal_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on a typed rate; a refusal is shown on its page."""
    row = queries.get_rate_proposal(request.user, rate_proposal_id)
    form_class, name, command, sentence = _FORMS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, proposal_id=row.id, by=request.user, now=clock.now())
    if moved is None:
        row.refresh_from_db()
        return _render_proposal(request, row, {name: form}, status=web.form_status(form))
    return web.done(request, sentence, "fx:proposal", row.id)
