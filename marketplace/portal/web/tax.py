"""One's tax form: status, what is withheld of one's pay, and submitting a new version."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.forms import CountryField, DayField, PersonNameField, StrictForm
from payouts.facade import submit_tax_form, view_taxes

_FORMS = [
    ("W9", "W-9: person of the United States"),
    ("W8BEN", "W-8BEN: person of elsewhere"),
    ("W8BENE", "W-8BEN-E: company"),
]


class TaxForm(StrictForm):
    """A signed tax form."""

    form = forms.ChoiceField(label="Form", choices=_FORMS)
    legal_name = PersonNameField(label="Legal name", help_text="As on the form.")
    tax_country = CountryField(label="You pay tax in")
    tin = forms.CharField(
        label="Taxpayer number", max_length=60, required=False, help_text="We keep its last four signs and a hash."
    )
    works_in_us = forms.BooleanField(label="I do this work while in the United States", required=False)
    signed_on = DayField(label="Signed on")

    def clean(self) -> dict[str, Any]:
        """Return what the command takes."""
        return super().clean()


@web.page("payee.self", methods=("GET", "HEAD", "POST"))
def edit_tax_form(request: web.PageRequest) -> HttpResponse:
    """Show one's tax status and what is withheld, and take a new form."""
    user, now = request.user, clock.now()
    taxes = view_taxes(worker_id=user.pk, now=now)
    form = TaxForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = web.submit(form, _submit, worker_id=user.pk, by=user, now=now)
        if done:
            return web.done(request, "Submitted. A person reviews it.", "portal:tax_form")
    return render(request, "portal/tax_form.html", {"form": form, "taxes": taxes}, status=web.form_status(form))


def _submit(**given: Any) -> bool:
    submit_tax_form(**given)
    return True
