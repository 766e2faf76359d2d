"""Pages of adjustments: the list with a form to propose, and one adjustment with its decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.permissions import has_grant
from payouts.adjustments import commands
from payouts.adjustments.models import Adjustment
from payouts.adjustments.queries import get_adjustment
from payouts.console.forms import AdjustmentForm, ReasonForm, VersionForm

READ = ("finance.read", "audit.read")
State = Adjustment.State

#: The state's word and tone.
WORDS = {
    State.PROPOSED: ("To decide", "ask"),
    State.APPROVED: ("Approved", "done"),
    State.REJECTED: ("Rejected", "stop"),
    State.WITHDRAWN: ("Withdrawn", ""),
}


@web.page(*READ, methods=("GET", "HEAD", "POST"))
def list_adjustments(request: HttpRequest) -> HttpResponse:
    """Show all adjustments, newest first, and propose a new one."""
    form = AdjustmentForm(request.POST or None)
    if request.method == "POST":
        row = web.submit(form, commands.propose_adjustment, by=request.user, now=clock.now())
        if row is not None:
            return web.done(request, "It was proposed. Another person decides it.", "finance:adjustment", row.id)
    else:
        web.refuse_unknown_filters(request, ["state"])
    wanted = request.GET.get("state", "")
    rows = Adjustment.objects.visible_to(request.user).select_related("worker", "proposed_by")
    rows = rows.filter(state=wanted) if wanted else rows
    page = web.paginate(request, rows.order_by("-proposed_at", "-id"))
    context = {
        "page": page,
        "rows": [(row, *WORDS[State(row.state)]) for row in page],
        "form": form,
        "may_propose": has_grant(request.user, "finance.prepare"),
        "states": [(value, word) for value, (word, _) in WORDS.items()],
        "wanted": wanted,
    }
    return render(request, "finance/adjustments.html", context, status=web.form_status(form))


@web.page(*READ)
def show_adjustment(request: HttpRequest, adjustment_id: UUID) -> HttpResponse:
    """Show one adjustment and what the viewer may decide."""
    return _render(request, get_adjustment(request.user, adjustment_id))


def _render(
    request: HttpRequest, row: Adjustment, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    word, tone = WORDS[State(row.state)]
    initial = {"expected_version": row.version}
    is_own = row.proposed_by_id == request.user.pk
    is_open = row.state == State.PROPOSED
    approves = has_grant(request.user, "finance.approve")
    context = {
        "row": row,
        "word": word,
        "tone": tone,
        "may_decide": is_open and approves and not is_own and row.worker_id != request.user.pk,
        "may_withdraw": is_open and is_own and has_grant(request.user, "finance.prepare"),
        "is_own": is_open and is_own,
        "version_form": VersionForm(initial=initial),
        "reason_form": ReasonForm(initial=initial),
    }
    return render(request, "finance/adjustment.html", context | (forms or {}), status=status)


_FORMS: dict[str, tuple[type[VersionForm], str, Callable[..., Adjustment], str]] = {
    "approve": (VersionForm, "version_form", commands.approve_adjustment, "It was approved and booked."),
    "reject": (ReasonForm, "reason_form", commands.reject_adjustment, "It was rejected; nothing was booked."),
    "withdraw": (VersionForm, "version_form", commands.withdraw_adjustment, "You took it back."),
}


@web.page(*READ, methods=("POST",))
def act_on_adjustment(request: HttpRequest, adjustment_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on an adjustment; a refusal is shown on its page."""
    row = get_adjustment(request.user, adjustment_id)
    form_class, name, command, sentence = _FORMS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, adjustment_id=row.id, by=request.user, now=clock.now())
    if moved is None:
        row.refresh_from_db()
        return _render(request, row, {name: form}, status=web.form_status(form))
    return web.done(request, sentence, "finance:adjustment", row.id)
