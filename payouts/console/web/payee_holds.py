"""Pages of holds on payees: whom nothing is paid to and why, and one hold with its proposal, its lifting and its appeal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.permissions import has_grant
from payouts.console.forms import ReasonForm
from payouts.payees import commands
from payouts.payees.models import PayeeHold
from payouts.payees.queries import get_payee_hold

READ = ("finance.read", "audit.read")


@web.page(*READ)
def list_payee_holds(request: HttpRequest) -> HttpResponse:
    """Show the holds because of which nothing is paid now, those that end first on top and those without an end last."""
    web.refuse_unknown_filters(request, [])
    rows = PayeeHold.objects.visible_to(request.user).stopping(clock.now()).select_related("worker", "proposed_by")
    return render(request, "finance/payee_holds.html", {"page": web.paginate(request, rows.order_by("ends_at", "id"))})


@web.page(*READ, methods=("GET", "HEAD", "POST"))
def show_payee_hold(request: HttpRequest, payee_hold_id: UUID) -> HttpResponse:
    """Show one hold; a POST proposes to lift it, or lifts it as another person proposed."""
    row = get_payee_hold(request.user, payee_hold_id)
    lifts = row.proposed_by_id is not None and request.user.pk != row.proposed_by_id
    form = ReasonForm(request.POST or None, initial={"expected_version": row.version})
    if request.method == "POST":
        verb = commands.lift if lifts else commands.propose_lift
        if web.submit(form, verb, hold_id=row.id, by=request.user, now=clock.now()) is not None:
            words = "The hold is lifted." if lifts else "Proposed. Another person lifts the hold."
            return web.done(request, words, "finance:payee_hold", row.id)
        row.refresh_from_db()
    is_open = row.stops(clock.now())
    may = has_grant(request.user, "finance.approve") or (not lifts and has_grant(request.user, "finance.prepare"))
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "lifts": lifts,
        "is_open": is_open,
        "may_act": is_open and may and request.user.pk not in (row.worker_id, row.proposed_by_id),
        "is_own_proposal": request.user.pk == row.proposed_by_id,
        "facts": sorted((name.replace("_", " "), value) for name, value in row.facts.items()),
    }
    return render(request, "finance/payee_hold.html", context, status=web.form_status(form))
