"""Pages of payees: who can be paid and who not and why, and one payee with their history."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.codes import country_name
from common.models import AuditEvent
from payouts.console.web.books import READ
from payouts.payees.models import Payee
from payouts.payees.queries import get_payee, judge, judge_each, list_holds_of, list_screenings
from payouts.payees.requirements import explain_requirements
from payouts.payees.rules import mask

State = Payee.State

#: The state's word.
WORDS = {
    State.UNSET: "Not begun",
    State.COLLECTING: "Details missing",
    State.VERIFYING: "Being checked",
    State.ACTIVE: "Checked",
    State.RESTRICTED: "Restricted",
    State.DISABLED: "Refused by the provider",
}
#: What is shown of a payee's history at most; the audit log has all of it.
_HISTORY = 50


@web.page(*READ)
def list_payees(request: HttpRequest) -> HttpResponse:
    """Show everyone's payout method, whether it can be used now, and if not, why."""
    web.refuse_unknown_filters(request, ["state"])
    wanted = request.GET.get("state", "")
    rows = Payee.objects.visible_to(request.user).select_related("worker")
    rows = rows.filter(state=wanted) if wanted else rows
    page = web.paginate(request, rows.order_by("legal_name", "id"))
    ready = judge_each(page, clock.now())
    context = {
        "page": page,
        "rows": [
            (
                row,
                country_name(row.country),
                mask(row.bank_last4),
                WORDS[State(row.state)],
                ready[row.id],
            )
            for row in page
        ],
        "states": list(WORDS.items()),
        "wanted": wanted,
    }
    return render(request, "finance/payees.html", context)


@web.page(*READ)
def show_payee(request: HttpRequest, payee_id: UUID) -> HttpResponse:
    """Show one payee: readiness with its reason, what the provider asks for, and what happened to it."""
    payee = get_payee(request.user, payee_id)
    history = AuditEvent.objects.select_related("actor").filter(
        object_type=Payee._meta.label_lower, object_id=str(payee.id)
    )
    context = {
        "payee": payee,
        "country": country_name(payee.country),
        "bank": mask(payee.bank_last4),
        "word": WORDS[State(payee.state)],
        "ready": judge(payee, payee.currency, clock.now()),
        "missing": explain_requirements(payee.requirements),
        "holds": [(hold, hold.stops(clock.now())) for hold in list_holds_of(payee.worker_id)],
        "screenings": list_screenings(payee.worker_id),
        "history": history.order_by("-id")[:_HISTORY],
    }
    return render(request, "finance/payee.html", context)
