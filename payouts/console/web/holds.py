"""Pages of holds: the list with a form to place one, and one hold with its appeal and its release."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.permissions import has_grant
from payouts.console.forms import HoldForm, ReasonForm
from payouts.holds import commands
from payouts.holds.models import Hold
from payouts.holds.queries import get_hold

READ = ("finance.read", "audit.read")
State = Hold.State

#: The state's word and tone.
WORDS = {
    State.ACTIVE: ("On hold", "ask"),
    State.RELEASED: ("Released", "done"),
    State.EXPIRED: ("Ended", "done"),
    State.UNDONE: ("Undone", ""),
}


@web.page(*READ, methods=("GET", "HEAD", "POST"))
def list_holds(request: HttpRequest) -> HttpResponse:
    """Show holds, those that end first on top, and place a new one."""
    form = HoldForm(request.POST or None)
    if request.method == "POST":
        row = web.submit(form, commands.place_hold, by=request.user, now=clock.now())
        if row is not None:
            return web.done(request, "The money is on hold; the expert sees why and until when.", "finance:holds")
    else:
        web.refuse_unknown_filters(request, ["state"])
    wanted = request.GET.get("state", State.ACTIVE.value)
    rows = Hold.objects.visible_to(request.user).select_related("worker").filter(state=wanted)
    page = web.paginate(request, rows.order_by("ends_at", "id"))
    context = {
        "page": page,
        "rows": [(row, *WORDS[State(row.state)]) for row in page],
        "form": form,
        "may_place": has_grant(request.user, "finance.prepare") or has_grant(request.user, "finance.approve"),
        "states": [(value, word) for value, (word, _) in WORDS.items()],
        "wanted": wanted,
    }
    return render(request, "finance/holds.html", context, status=web.form_status(form))


@web.page(*READ, methods=("GET", "HEAD", "POST"))
def show_hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Show one hold with its appeal; a POST releases it."""
    row = get_hold(request.user, hold_id)
    form = ReasonForm(request.POST or None, initial={"expected_version": row.version})
    if request.method == "POST":
        released = web.submit(form, commands.release_hold, hold_id=row.id, by=request.user, now=clock.now())
        if released is not None:
            return web.done(request, "The hold was released; the next cycle takes the money.", "finance:hold", row.id)
        row.refresh_from_db()
    word, tone = WORDS[State(row.state)]
    context: dict[str, Any] = {
        "row": row,
        "word": word,
        "tone": tone,
        "form": form,
        "is_own": row.placed_by_id == request.user.pk,
        "may_release": row.state == State.ACTIVE
        and has_grant(request.user, "finance.approve")
        and request.user.pk not in (row.placed_by_id, row.worker_id),
    }
    return render(request, "finance/hold.html", context, status=web.form_status(form))
