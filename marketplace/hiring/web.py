"""Applications: the expert applies and withdraws, the manager shortlists and rejects."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.forms import StrictForm
from marketplace.hiring import commands
from marketplace.hiring.queries import get_application
from marketplace.hiring.rules import REJECTION_CODES

MINE = "staffing:mine"
MANAGED = "staffing:staff_opening"


class ApplyForm(StrictForm):
    """What an expert says with an application."""

    note = forms.CharField(label="Note", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))


class RejectForm(StrictForm):
    """Why an application is rejected; the expert reads both."""

    reason_code = forms.ChoiceField(label="Reason", choices=list(REJECTION_CODES.items()))
    reason_text = forms.CharField(label="In your words; the expert reads it", widget=forms.Textarea(attrs={"rows": 3}))


@web.page("hiring.apply", methods=("POST",))
def apply(request: web.PageRequest, opening_id: UUID) -> HttpResponse:
    """Apply for an opening."""
    form = ApplyForm(request.POST)
    given = {"opening_id": opening_id, "by": request.user, "now": clock.now()}
    if web.submit(form, commands.apply, **given) is not None:
        return web.done(request, "You have applied. The project answers next.", MINE)
    context = {"form": form, "title": "Apply", "action": "Apply", "back": "staffing:openings", "crumb": "Find work"}
    return render(request, "form_page.html", context, status=web.form_status(form))


@web.page("hiring.apply", methods=("POST",))
def withdraw(request: web.PageRequest, application_id: UUID) -> HttpResponse:
    """Withdraw one's own application."""
    commands.withdraw(application_id=application_id, by=request.user, now=clock.now())
    return web.done(request, "Your application is withdrawn.", MINE)


@web.page("hiring.decide", methods=("POST",))
def shortlist(request: web.PageRequest, application_id: UUID) -> HttpResponse:
    """Put an application on the shortlist."""
    row = commands.shortlist(application_id=application_id, by=request.user, now=clock.now())
    return web.done(request, f"{row.expert.preferred_name} is on the shortlist.", MANAGED, row.opening_id)


@web.page("hiring.decide", methods=("GET", "HEAD", "POST"))
def reject(request: web.PageRequest, application_id: UUID) -> HttpResponse:
    """Reject an application with a reason."""
    row = get_application(request.user, application_id)
    form = RejectForm(request.POST or None)
    given = {"application_id": application_id, "by": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.reject, **given) is not None:
        return web.done(request, "The application is rejected and the expert reads why.", MANAGED, row.opening_id)
    context = {
        "form": form,
        "title": f"Reject {row.expert.preferred_name}",
        "remark": row.opening.title,
        "action": "Reject the application",
        "back": MANAGED,
        "back_argument": row.opening_id,
    }
    return render(request, "form_page.html", context, status=web.form_status(form))
