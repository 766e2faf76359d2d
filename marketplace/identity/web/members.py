"""Members of an organization as pages."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.errors import NotFound
from common.permissions import has_grant
from marketplace.identity import commands
from marketplace.identity.errors import LastOwner
from marketplace.identity.forms import MemberForm
from marketplace.identity.models import Membership
from marketplace.identity.queries import get_organization, get_person_by_email, list_members

READ = "organizations.read"
MANAGE = "members.manage"


@web.page(READ, methods=("GET", "HEAD", "POST"))
def manage_members(request: web.PageRequest, organization_id: UUID) -> HttpResponse:
    """List the people of an organization and add one."""
    organization = get_organization(request.user, organization_id)
    form = MemberForm(request.POST or None)

    def add(email: str, role: str) -> Membership:
        return commands.grant_membership(
            organization_id=organization.id,
            user_id=get_person_by_email(email).id,
            role=role,
            by=request.user,
            now=clock.now(),
        )

    if request.method == "POST":
        try:
            added = web.submit(form, add)
        except NotFound as error:
            form.add_error("email", error.detail)
            added = None
        if added is not None:
            words = f"{added.user.get_full_name()} is {added.get_role_display().lower()} from now on."
            return web.done(request, words, "identity:members", organization.id)
    context = {
        "organization": organization,
        "members": list_members(organization),
        "form": form,
        "may_manage": has_grant(request.user, MANAGE, organization.id),
    }
    return render(request, "identity/members.html", context, status=web.form_status(form))


@web.page(MANAGE, methods=("POST",))
def end_membership(request: web.PageRequest, organization_id: UUID, membership_id: UUID) -> HttpResponse:
    """End one role of one person."""
    try:
        commands.end_membership(
            organization_id=organization_id, membership_id=membership_id, by=request.user, now=clock.now()
        )
    except LastOwner as error:
        messages.error(request, error.detail)
        return redirect("identity:members", organization_id)
    return web.done(request, "The role is ended.", "identity:members", organization_id)
