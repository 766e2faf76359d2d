"""Appeals: one's own, the inbox of those who decide, and one appeal with its decision."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.permissions import has_grant
from marketplace.standing import commands
from marketplace.standing.forms import AppealForm, DecideForm
from marketplace.standing.models import Appeal
from marketplace.standing.queries import get_appeal, list_appealable, list_appeals
from marketplace.standing.rules import ANSWER_WITHIN, APPEAL_WITHIN

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
    """Appeal a return or rejection of one's own work."""
    form = AppealForm(request.POST or None)
    given = {"review_id": review_id, "by": request.user, "now": clock.now()}
    if request.method == "POST":
        row = web.submit(form, commands.appeal_review, **given)
        if row is not None:
            return web.done(request, _told(), "standing:appeal", row.id)
    return _form_page(request, form)


@web.page("appeals.open", methods=FORM)
def appeal_time(request: web.PageRequest, decision_id: UUID) -> HttpResponse:
    """Appeal a cut of one's own time."""
    form = AppealForm(request.POST or None)
    given = {"decision_id": decision_id, "by": request.user, "now": clock.now()}
    if request.method == "POST":
        row = web.submit(form, commands.appeal_time_cut, **given)
        if row is not None:
            return web.done(request, _told(), "standing:appeal", row.id)
    return _form_page(request, form)


def _told() -> str:
    return f"Your appeal is open. Another person answers within {ANSWER_WITHIN.days} days."


def _form_page(request: web.PageRequest, form: AppealForm) -> HttpResponse:
    context = {
        "form": form,
        "title": "Ask another person to decide",
        "remark": f"Once, within {APPEAL_WITHIN.days} days. Whoever decided first does not decide again.",
        "action": "Open the appeal",
        "back": "standing:mine",
        "crumb": "Appeals",
    }
    return render(request, "form_page.html", context, status=web.form_status(form))


@web.page("appeals.open", "appeals.decide", methods=FORM)
def show_appeal(request: web.PageRequest, appeal_id: UUID) -> HttpResponse:
    """Show an appeal; whoever was not involved decides it here."""
    row = get_appeal(request.user, appeal_id)
    may_decide = (
        row.state == Appeal.State.OPEN
        and request.user.pk not in (row.opened_by_id, row.first_decided_by_id)
        and has_grant(request.user, commands.DECIDE, tenant=row.organization_id)
    )
    form = DecideForm(request.POST or None)
    given = {"appeal_id": appeal_id, "by": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.decide_appeal, **given) is not None:
        return web.done(request, "The appeal is decided and the expert is told.", "standing:inbox")
    context = {"appeal": row, "form": form, "may_decide": may_decide, "is_own": row.opened_by_id == request.user.pk}
    return render(request, "standing/appeal.html", context, status=web.form_status(form))
