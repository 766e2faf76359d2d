"""Pages of positions: what is to be exchanged and what it is worth, an exchange to enter, and the decision over one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.errors import InvalidInput
from common.permissions import has_grant
from payouts.positions import commands, queries
from payouts.positions.forms import DecisionForm, RejectionForm, SettlementForm, ValuedInForm
from payouts.positions.models import PositionSettlement

_READ = ("finance.read", "audit.read")
State = PositionSettlement.State

#: The state's word and tone.
_WORDS = {
    State.PROPOSED: ("To decide", "ask"),
    State.APPROVED: ("Booked", "done"),
    State.REJECTED: ("Rejected", "stop"),
    State.WITHDRAWN: ("Withdrawn", ""),
}


@web.page(*_READ, methods=("GET", "HEAD", "POST"))
def list_positions(request: HttpRequest) -> HttpResponse:
    """Show open positions at the newest rates and the exchanges that were entered, and take a new one."""
    form = SettlementForm(request.POST or None)
    if request.method == "POST":
        row = web.submit(form, commands.propose_settlement, by=request.user, now=clock.now())
        if row is not None:
            return web.done(request, "It was entered. Another person decides it.", "positions:settlement", row.id)
    else:
        web.refuse_unknown_filters(request, ["valued_in"])
    valued_in = _valued_in(request)
    rows = PositionSettlement.objects.visible_to(request.user).select_related("proposed_by")
    page = web.paginate(request, rows.order_by("-proposed_at", "-id"))
    context = {
        "positions": queries.value_positions(valued_in, now=clock.now()),
        "valued_in": valued_in,
        "choice": ValuedInForm(initial={"valued_in": valued_in}),
        "page": page,
        "rows": [(row, *_WORDS[State(row.state)]) for row in page],
        "form": form,
        "may_enter": has_grant(request.user, "finance.prepare"),
    }
    return render(request, "positions/list.html", context, status=web.form_status(form))


def _valued_in(request: HttpRequest) -> str:
    choice = ValuedInForm({"valued_in": request.GET.get("valued_in", "")})
    if not choice.is_valid():
        raise InvalidInput.of("/valued_in", "Choose a currency in use.")
    return choice.cleaned_data["valued_in"] or queries.VALUED_IN


@web.page(*_READ)
def show_settlement(request: HttpRequest, settlement_id: UUID) -> HttpResponse:
    """Show one exchange and what the viewer may decide."""
    return _render(request, queries.get_settlement(request.user, settlement_id))


def _render(
    request: HttpRequest, row: PositionSettlement, forms: dict[str, Any] | None = None, status: int = 200
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
        "decision_form": DecisionForm(initial=initial),
        "rejection_form": RejectionForm(initial=initial),
    }
    return render(request, "positions/settlement.html", context | (forms or {}), status=status)


_FORMS: dict[str, tuple[type[DecisionForm], str, Callable[..., PositionSettlement], str]] = {
    "approve": (DecisionForm, "decision_form", commands.approve_settlement, "It was approved and booked."),
    "reject": (RejectionForm, "rejection_form", commands.reject_settlement, "It was rejected; nothing was booked."),
    "withdraw": (DecisionForm, "decision_form", commands.withdraw_settlement, "You took it back."),
}


@web.page(*_READ, methods=("POST",))
def act_on_settlement(request: HttpRequest, settlement_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on an exchange; a refusal is shown on its page."""
    row = queries.get_settlement(request.user, settlement_id)
    form_class, name, command, sentence = _FORMS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, settlement_id=row.id, by=request.user, now=clock.now())
    if moved is None:
        row.refresh_from_db()
        return _render(request, row, {name: form}, status=web.form_status(form))
    return web.done(request, sentence, "positions:settlement", row.id)
