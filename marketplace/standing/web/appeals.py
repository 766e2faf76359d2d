"""Appeals: one's own, the inbox of those who decide, and one appeal with its decision."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.permissions import has_grant
from marketplace.standing import commands
from marketplace.standing.forms import AppealForm, DecideForm
from marketplace.standing.models import Appeal
from marketplace.standing.queries import (
    get_appeal,
    get_own_cut,
    get_own_review,
    list_appealable,
    list_appeals,
    why_not_decide,
)
from marketplace.standing.rules import ANSWER_WITHIN, APPEAL_WITHIN
from marketplace.standing.trail import decision_step, steps_of
from marketplace.timesheets.models import TimeDecision
from marketplace.work.models import Review

FORM = ("GET", "HEAD", "POST")


@web.page("appeals.open")
def list_own(request: web.PageRequest) -> HttpResponse:
    """Show one's own appeals and the decisions that one may still appeal."""
    rows = list_appeals(request.user).filter(opened_by=request.user)
    appealable = list_appealable(request.user, now=clock.now())
    context = {"page": web.paginate(request, rows), "appealable": appealable, "days": ANSWER_WITHIN.days}
    return render(request, "standing/mine.html", context)


@web.page("appeals.decide")
def list_inbox(request: web.PageRequest) -> HttpResponse:
    """Show the appeals of one's organizations: those that one may decide first."""
    rows = list(list_appeals(request.user).exclude(opened_by=request.user)[:500])
    own = {request.user.pk}
    waiting = [row for row in rows if row.state == Appeal.State.OPEN and row.first_decided_by_id not in own]
    waiting.sort(key=lambda row: row.answer_due_at)
    rest = [row for row in rows if row not in waiting]
    context = {"waiting": waiting, "rest": rest, "now": clock.now()}
    return render(request, "standing/inbox.html", context)


@web.page("appeals.open", methods=FORM)
def appeal_review(request: web.PageRequest, review_id: UUID) -> HttpResponse:
    """Read a return or rejection of one's own work, and appeal it."""
    return _appeal(request, get_own_review(request.user, review_id), commands.appeal_review, review_id=review_id)


@web.page("appeals.open", methods=FORM)
def appeal_time(request: web.PageRequest, decision_id: UUID) -> HttpResponse:
    """Read a cut of one's own time, and appeal it."""
    decision = get_own_cut(request.user, decision_id)
    return _appeal(request, decision, commands.appeal_time_cut, decision_id=decision_id)


def _appeal(
    request: web.PageRequest, decision: Review | TimeDecision, command: Callable[..., Appeal], **ids: UUID
) -> HttpResponse:
    appealed: Appeal | None = getattr(decision, "appeal", None)
    if appealed is not None:
        return redirect("standing:appeal", appealed.id)
    now, until = clock.now(), decision.decided_at + APPEAL_WITHIN
    form = AppealForm(request.POST or None)
    if request.method == "POST":
        row = web.submit(form, command, by=request.user, now=now, **ids)
        if row is not None:
            told = f"Your appeal is open. Another person answers within {ANSWER_WITHIN.days} days."
            return web.done(request, told, "standing:appeal", row.id)
    context = {
        "form": form,
        "steps": [decision_step(decision)],
        "until": until,
        "is_late": now > until,
        "days": ANSWER_WITHIN.days,
    }
    return render(request, "standing/open.html", context, status=web.form_status(form))


@web.page("appeals.open", "appeals.decide", "audit.read", methods=FORM)
def show_appeal(request: web.PageRequest, appeal_id: UUID) -> HttpResponse:
    """Show an appeal from decision to answer; whoever was not involved decides it here."""
    row = get_appeal(request.user, appeal_id)
    form = DecideForm(request.POST or None)
    given = {"appeal_id": appeal_id, "by": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.decide_appeal, **given) is not None:
        return web.done(request, "The appeal is decided and the expert is told.", "standing:appeal", row.id)
    is_own = row.opened_by_id == request.user.pk
    context = {
        "appeal": row,
        "form": form,
        "steps": steps_of(row, is_own=is_own),
        "why_not": why_not_decide(request.user, row),
        "is_own": is_own,
        "may_list": has_grant(request.user, commands.DECIDE),
        "now": clock.now(),
    }
    return render(request, "standing/appeal.html", context, status=web.form_status(form))
