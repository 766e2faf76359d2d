"""Pages of news that nothing of ours had to do with: the queue, and one piece with its next step."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.forms import StrictForm
from common.permissions import has_grant
from payouts.console.web.books import READ
from payouts.transfers import commands
from payouts.transfers.queries import get_orphan, list_orphans, next_step_of

ACTORS = ("finance.prepare", "finance.approve")


class SettlementForm(StrictForm):
    """Why nothing is to be done."""

    reason_text = forms.CharField(label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


@web.page(*READ)
def show_queue(request: HttpRequest) -> HttpResponse:
    """Show what waits for a person, the oldest on top."""
    web.refuse_unknown_filters(request, [])
    page = web.paginate(request, list_orphans(request.user).order_by("received_at", "id"))
    return render(request, "finance/orphans.html", {"page": page, "rows": [(row, next_step_of(row)) for row in page]})


@web.page(*READ, methods=("GET", "HEAD", "POST"))
def show_orphan(request: HttpRequest, orphan_id: UUID) -> HttpResponse:
    """Show one piece of news; a POST settles it with words."""
    row = get_orphan(request.user, orphan_id)
    form = SettlementForm(request.POST or None)
    if request.method == "POST":
        settled = web.submit(form, commands.settle_orphan, event_row_id=row.id, by=request.user, now=clock.now())
        if settled is not None:
            return web.done(request, "It was settled; your words stand in the audit log.", "finance:orphans")
    context = {
        "row": row,
        "next_step": next_step_of(row),
        "form": form,
        "may_act": any(has_grant(request.user, grant) for grant in ACTORS),
    }
    return render(request, "finance/orphan.html", context, status=web.form_status(form))


@web.page(*ACTORS, methods=("POST",))
def retry_orphan(request: HttpRequest, orphan_id: UUID) -> HttpResponse:
    """Look once more whether something of ours has to do with it."""
    row = get_orphan(request.user, orphan_id)
    commands.retry_orphan(event_row_id=row.id, by=request.user, now=clock.now())
    return web.done(request, "It is looked at again now. If nothing is found, it comes back here.", "finance:orphans")
