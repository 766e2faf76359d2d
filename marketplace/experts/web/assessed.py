"""Verification of credentials as pages, for operators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from marketplace.experts import commands, queries
from marketplace.experts.forms import VerificationForm
from marketplace.experts.models import Credential

ASSESS = "experts.assess"


@web.page(ASSESS)
def list_credentials(request: web.PageRequest) -> HttpResponse:
    """List what waits for verification, the oldest first."""
    web.refuse_unknown_filters(request, ())
    rows = queries.list_credentials(Credential.State.CLAIMED).order_by("id")
    return render(request, "experts/credentials.html", {"page": web.paginate(request, rows)})


@web.page(ASSESS, methods=("GET", "HEAD", "POST"))
def verify_credential(request: web.PageRequest, credential_id: UUID) -> HttpResponse:
    """Show one credential and decide on it."""
    row = queries.get_credential(credential_id)
    form = VerificationForm(request.POST or None)

    def decide(**cleaned: Any) -> Credential:
        return commands.verify_credential(
            expert_id=row.expert_id, credential_id=row.id, by=request.user, now=clock.now(), **cleaned
        )

    if request.method == "POST" and web.submit(form, decide) is not None:
        return web.done(request, "The decision is recorded.", "experts:credentials")
    return render(request, "experts/credential.html", {"credential": row, "form": form}, status=web.form_status(form))
