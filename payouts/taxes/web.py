"""Pages of withheld tax: what is due, a form to record a payment, and one payment with its decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.permissions import has_grant
from payouts.taxes import commands
from payouts.taxes.forms import DecisionForm, RefusalForm, RemittanceForm
from payouts.taxes.models import TaxRemittance
from payouts.taxes.queries import find_due, get_remittance, list_dues

_READ = ("finance.read", "audit.read")
State = TaxRemittance.State

#: The state's word and tone.
_WORDS = {
    State.PROPOSED: ("To confirm", "ask"),
    State.APPROVED: ("Booked", "done"),
    State.REJECTED: ("Rejected", "stop"),
    State.WITHDRAWN: ("Taken back", ""),
}


@web.page(*_READ, methods=("GET", "HEAD", "POST"))
def list_taxes(request: HttpRequest) -> HttpResponse:
    """Show what is due by month and the payments, newest first, and record a payment."""
    form = RemittanceForm(request.POST or None)
    if request.method == "POST":
        row = web.submit(form, commands.propose_remittance, by=request.user, now=clock.now())
        if row is not None:
            return web.done(request, "It was recorded. Another person confirms it.", "taxes:remittance", row.id)
    else:
        web.refuse_unknown_filters(request, [])
    rows = TaxRemittance.objects.visible_to(request.user).select_related("proposed_by")
    page = web.paginate(request, rows.order_by("-proposed_at", "-id"))
    context = {
        "dues": list_dues(),
        "today": clock.now().date(),
        "page": page,
        "rows": [(row, *_WORDS[State(row.state)]) for row in page],
        "form": form,
        "may_propose": has_grant(request.user, "finance.prepare"),
    }
    return render(request, "taxes/list.html", context, status=web.form_status(form))


@web.page(*_READ)
def show_remittance(request: HttpRequest, remittance_id: UUID) -> HttpResponse:
    """Show one payment and what the viewer may decide."""
    return _render(request, get_remittance(request.user, remittance_id))


def _render(
    request: HttpRequest, row: TaxRemittance, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    word, tone = _WORDS[State(row.state)]
    initial = {"expected_version": row.version}
    is_own = row.proposed_by_id == request.user.pk
    is_open = row.state == State.PROPOSED
    context = {
        "row": row,
        "due": find_due(row.form, row.month, row.currency),
        "word": word,
        "tone": tone,
        "may_decide": is_open and not is_own and has_grant(request.user, "finance.approve"),
        "may_withdraw": is_open and is_own and has_grant(request.user, "finance.prepare"),
        "is_own": is_open and is_own,
        "version_form": DecisionForm(initial=initial),
        "reason_form": RefusalForm(initial=initial),
    }
    return render(request, "taxes/remittance.html", context | (forms or {}), status=status)


_FORMS: dict[str, tuple[type[DecisionForm], str, Callable[..., TaxRemittance], str]] = {
    "approve": (DecisionForm, "version_form", commands.approve_remittance, "It was confirmed and booked."),
    "reject": (RefusalForm, "reason_form", commands.reject_remittance, "It was rejected; nothing was booked."),
    "withdraw": (DecisionForm, "version_form", commands.withdraw_remittance, "You took it back."),
}


@web.page(*_READ, methods=("POST",))
def act_on_remittance(request: HttpRequest, remittance_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on a payment; a refusal is shown on its page."""
    row = get_remittance(request.user, remittance_id)
    form_class, name, command, sentence = _FORMS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, remittance_id=row.id, by=request.user, now=clock.now())
    if moved is None:
        row.refresh_from_db()
        return _render(request, row, {name: form}, status=web.form_status(form))
    return web.done(request, sentence, "taxes:remittance", row.id)
