"""The page of exports: what was given out, and a form to ask for another file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.currencies import list_currency_codes
from common.forms import DayField, StrictForm
from common.permissions import has_grant
from payouts.exports import commands
from payouts.exports.models import Export

_READ = ("finance.read", "audit.read")


class ExportForm(StrictForm):
    """A file over whole days."""

    kind = forms.ChoiceField(label="File", choices=Export.Kind.choices)
    format = forms.ChoiceField(choices=Export.Format.choices, help_text="Xero reads CSV alone.")
    currency = forms.ChoiceField(
        choices=[("", "All"), *((code, code) for code in list_currency_codes())],
        required=False,
        help_text="QuickBooks and Xero take one currency a file.",
    )
    first_day = DayField()
    last_day = DayField(help_text="Included.")

    def clean(self) -> dict[str, Any]:
        """Turn the days into the half-open range that the command takes."""
        cleaned = super().clean()
        first, last = cleaned.pop("first_day", None), cleaned.pop("last_day", None)
        if first and last:
            if last < first:
                self.add_error("last_day", "It is before the first day.")
            cleaned["starts_on"], cleaned["ends_on"] = first, last + timedelta(days=1)
        return cleaned


@web.page(*_READ, methods=("GET", "HEAD", "POST"))
def list_exports(request: HttpRequest) -> HttpResponse:
    """Show exports, newest first, and ask for a new one."""
    form = ExportForm(request.POST or None)
    if request.method == "POST":
        export = web.submit(form, commands.request_export, by=request.user, now=clock.now())
        if export is not None:
            return web.done(request, "The file can be downloaded from the top of the list.", "exports:list")
    else:
        web.refuse_unknown_filters(request, [])
    rows = Export.objects.visible_to(request.user).select_related("asked_by").order_by("-id")
    page = web.paginate(request, rows)
    context = {
        "page": page,
        "rows": [(row, row.ends_on - timedelta(days=1)) for row in page],
        "form": form,
        "may_ask": has_grant(request.user, "finance.prepare") or has_grant(request.user, "finance.approve"),
    }
    return render(request, "exports/list.html", context, status=web.form_status(form))
