"""Organizations as pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.permissions import has_grant
from marketplace.identity import commands
from marketplace.identity.forms import OrganizationForm
from marketplace.identity.models import Organization
from marketplace.identity.queries import get_organization

READ = "organizations.read"
EDIT = "organization.edit"


@web.page(READ)
def list_organizations(request: web.PageRequest) -> HttpResponse:
    """List the organizations in the viewer's scope."""
    web.refuse_unknown_filters(request, ())
    rows = Organization.objects.visible_to(request.user).order_by("name", "id")
    return render(request, "identity/organizations.html", {"page": web.paginate(request, rows)})


@web.page(READ, methods=("GET", "HEAD", "POST"))
def edit_organization(request: web.PageRequest, organization_id: UUID) -> HttpResponse:
    """Show an organization and change its facts."""
    row = get_organization(request.user, organization_id)
    names = ("name", "country", "timezone", "version")
    form = OrganizationForm(request.POST or None, initial={name: getattr(row, name) for name in names})

    def save(version: int | None, **facts: Any) -> Organization:
        return commands.update_organization(
            organization_id=row.id, expected_version=version or 0, by=request.user, now=clock.now(), **facts
        )

    if request.method == "POST" and web.submit(form, save) is not None:
        return web.done(request, "The organization is saved.", "identity:organization", row.id)
    context = {"organization": row, "form": form, "may_edit": has_grant(request.user, EDIT, row.id)}
    return render(request, "identity/organization.html", context, status=web.form_status(form))
