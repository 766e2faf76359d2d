"""A hold on one's own money: what it is for, when it ends, and the appeal against it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.forms import StrictForm
from payouts.facade import appeal_hold, appeal_payee_hold, find_own_hold, find_own_payee_hold


class AppealForm(StrictForm):
    """Why one's money should not be held."""

    appeal_text = forms.CharField(
        label="Why it should not be held", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


@web.page("earnings.own", methods=("GET", "HEAD", "POST"))
def show_hold(request: web.PageRequest, hold_id: UUID) -> HttpResponse:
    """Show one hold; a POST appeals against it, once."""
    form = AppealForm(request.POST or None)
    if request.method == "POST":
        done = web.submit(form, appeal_hold, hold_id=hold_id, by=request.user, now=clock.now())
        if done is not None:
            return web.done(request, "Finance reads your appeal beside the hold.", "portal:hold", hold_id)
    context = {"hold": find_own_hold(request.user, hold_id), "form": form}
    return render(request, "portal/hold.html", context, status=web.form_status(form))


@web.page("payee.self", methods=("GET", "HEAD", "POST"))
def show_payee_hold(request: web.PageRequest, payee_hold_id: UUID) -> HttpResponse:
    """Show why nothing is paid to oneself; a POST appeals against it, once."""
    form, now = AppealForm(request.POST or None), clock.now()
    if request.method == "POST":
        done = web.submit(form, appeal_payee_hold, hold_id=payee_hold_id, by=request.user, now=now)
        if done is not None:
            return web.done(request, "Finance reads your appeal beside the hold.", "portal:payee_hold", payee_hold_id)
    context = {"hold": find_own_payee_hold(request.user, payee_hold_id, now=now), "form": form}
    return render(request, "portal/payee_hold.html", context, status=web.form_status(form))
