"""Pages of reversals: the list, one reversal with its decision, and proposing one on an entry's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.permissions import has_grant
from payouts.console.forms import ReasonForm, ReversalForm, VersionForm
from payouts.console.web.adjustments import WORDS
from payouts.ledger.errors import UnknownEntry
from payouts.ledger.queries import find_entries
from payouts.reversals import commands
from payouts.reversals.models import Reversal
from payouts.reversals.queries import find_reversals, get_reversal, is_reversible

READ = ("finance.read", "audit.read")
State = Reversal.State


@web.page(*READ)
def list_reversals(request: HttpRequest) -> HttpResponse:
    """Show all reversals, newest first."""
    web.refuse_unknown_filters(request, ["state"])
    wanted = request.GET.get("state", "")
    rows = find_reversals(request.user)
    rows = rows.filter(state=wanted) if wanted else rows
    page = web.paginate(request, rows.order_by("-proposed_at", "-id"))
    context = {
        "page": page,
        "rows": [(row, *WORDS[State(row.state)]) for row in page],
        "states": [(value, word) for value, (word, _) in WORDS.items()],
        "wanted": wanted,
    }
    return render(request, "finance/reversals.html", context)


@web.page(*READ, methods=("GET", "HEAD", "POST"))
def show_entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show one entry with its lines, its sha256 and what is to become of it; a POST proposes to take it back."""
    entry = find_entries().filter(id=entry_id).first()
    if entry is None:
        raise UnknownEntry
    form = ReversalForm(request.POST or None)
    if request.method == "POST":
        row = web.submit(form, commands.propose_reversal, entry_id=entry.id, by=request.user, now=clock.now())
        if row is not None:
            return web.done(request, "It was proposed. Another person decides it.", "finance:reversal", row.id)
    reversals = list(find_reversals(request.user).filter(entry=entry).order_by("-proposed_at", "-id"))
    is_open = any(row.state in (State.PROPOSED, State.APPROVED) for row in reversals)
    context = {
        "entry": entry,
        "form": form,
        "reversals": [(row, *WORDS[State(row.state)]) for row in reversals],
        "may_propose": not is_open and is_reversible(entry) and has_grant(request.user, "finance.prepare"),
    }
    return render(request, "finance/entry.html", context, status=web.form_status(form))


@web.page(*READ)
def show_reversal(request: HttpRequest, reversal_id: UUID) -> HttpResponse:
    """Show one reversal and what the viewer may decide."""
    return _render(request, get_reversal(request.user, reversal_id))


def _render(
    request: HttpRequest, row: Reversal, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    word, tone = WORDS[State(row.state)]
    initial = {"expected_version": row.version}
    is_own, is_open = row.proposed_by_id == request.user.pk, row.state == State.PROPOSED
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
    return render(request, "finance/reversal.html", context | (forms or {}), status=status)


_FORMS: dict[str, tuple[type[VersionForm], str, Callable[..., Reversal], str]] = {
    "approve": (VersionForm, "version_form", commands.approve_reversal, "It was approved, and the opposite is booked."),
    "reject": (ReasonForm, "reason_form", commands.reject_reversal, "It was rejected; nothing was booked."),
    "withdraw": (VersionForm, "version_form", commands.withdraw_reversal, "You took it back."),
}


@web.page(*READ, methods=("POST",))
def act_on_reversal(request: HttpRequest, reversal_id: UUID, verb: str) -> HttpResponse:
    """Run one verb on a reversal; a refusal is shown on its page."""
    row = get_reversal(request.user, reversal_id)
    form_class, name, command, sentence = _FORMS[verb]
    form = form_class(request.POST)
    moved = web.submit(form, command, reversal_id=row.id, by=request.user, now=clock.now())
    if moved is None:
        return _render(request, get_reversal(request.user, reversal_id), {name: form}, status=web.form_status(form))
    return web.done(request, sentence, "finance:reversal", row.id)
