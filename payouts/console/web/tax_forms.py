"""Pages of tax forms: what waits for review, and one form with its review."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.codes import country_name
from common.forms import StrictForm
from common.permissions import has_grant
from payouts.payees import commands
from payouts.payees.models import TaxForm
from payouts.payees.queries import get_tax_form

READ = ("finance.read", "audit.read")


class ReviewForm(StrictForm):
    """Whether the form is in order, and why."""

    accept = forms.TypedChoiceField(
        label="Decision", choices=[("yes", "Accept"), ("no", "Reject")], coerce=lambda value: value == "yes"
    )
    review_text = forms.CharField(label="What you found", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


@web.page(*READ)
def list_tax_forms(request: HttpRequest) -> HttpResponse:
    """Show tax forms, those that wait for review unless another state is asked for."""
    web.refuse_unknown_filters(request, ["state"])
    wanted = request.GET.get("state", TaxForm.State.SUBMITTED.value)
    rows = TaxForm.objects.visible_to(request.user).select_related("worker").filter(state=wanted)
    page = web.paginate(request, rows.order_by("submitted_at", "id"))
    today = clock.now().date()
    context = {
        "page": page,
        "rows": [(row, row.status(today).lower()) for row in page],
        "states": TaxForm.State.choices,
        "wanted": wanted,
    }
    return render(request, "finance/tax_forms.html", context)


@web.page(*READ, methods=("GET", "HEAD", "POST"))
def show_tax_form(request: HttpRequest, tax_form_id: UUID) -> HttpResponse:
    """Show one tax form; a POST accepts or rejects it."""
    row = get_tax_form(request.user, tax_form_id)
    form = ReviewForm(request.POST or None)
    if request.method == "POST":
        done = web.submit(form, commands.review_tax_form, form_id=row.id, by=request.user, now=clock.now())
        if done is not None:
            return web.done(request, "The form is reviewed; the next cycle follows it.", "finance:tax_form", row.id)
    context = {
        "row": row,
        "form": form,
        "country": country_name(row.tax_country),
        "status": row.status(clock.now().date()).lower(),
        "may_review": row.state == TaxForm.State.SUBMITTED
        and request.user.pk != row.worker_id
        and has_grant(request.user, "finance.approve"),
    }
    return render(request, "finance/tax_form.html", context, status=web.form_status(form))
