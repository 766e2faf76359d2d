"""People as pages, for operators: find somebody, close or open the account, give and take platform roles."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.erasure import is_erased
from common.models import AuditEvent
from marketplace.identity import commands
from marketplace.identity.forms import CloseAccountForm, PlatformRoleForm
from marketplace.identity.models import PlatformGrant, User
from marketplace.identity.queries import get_person, search_people
from marketplace.identity.rules import counts_from

OPERATE = "operate"
GRANT = "roles.grant"
LATEST_ACTS = 20


@web.page(OPERATE)
def find_people(request: web.PageRequest) -> HttpResponse:
    """Find people by name or e-mail address."""
    web.refuse_unknown_filters(request, ("text",))
    text = request.GET.get("text", "").strip()[:200].replace("\x00", "")
    page = web.paginate(request, search_people(text).order_by("full_name", "id"))
    return render(request, "identity/people.html", {"page": page, "text": text})


@web.page(OPERATE)
def show_person(request: web.PageRequest, user_id: UUID) -> HttpResponse:
    """Show one person: account, roles, latest acts."""
    return _render(request, get_person(user_id))


@web.page(OPERATE, methods=("POST",))
def close_account(request: web.PageRequest, user_id: UUID) -> HttpResponse:
    """Close an account, with the reason."""
    person = get_person(user_id)
    form = CloseAccountForm(request.POST)
    if web.submit(form, commands.disable_user, user_id=person.id, by=request.user, now=clock.now()) is not None:
        return web.done(request, "The account is closed from the next request on.", "identity:person", person.id)
    return _render(request, person, close_form=form)


@web.page(OPERATE, methods=("POST",))
def open_account(request: web.PageRequest, user_id: UUID) -> HttpResponse:
    """Open a closed account again."""
    commands.enable_user(user_id=user_id, by=request.user, now=clock.now())
    return web.done(request, "The account is open again.", "identity:person", user_id)


@web.page(GRANT, methods=("POST",))
def grant_role(request: web.PageRequest, user_id: UUID) -> HttpResponse:
    """Give a platform role to another person."""
    person = get_person(user_id)
    form = PlatformRoleForm(request.POST)
    if web.submit(form, commands.grant_platform_role, user_id=person.id, by=request.user, now=clock.now()) is not None:
        return web.done(request, "The role is given.", "identity:person", person.id)
    return _render(request, person, role_form=form)


@web.page(GRANT, methods=("POST",))
def revoke_role(request: web.PageRequest, user_id: UUID, grant_id: UUID) -> HttpResponse:
    """Take a platform role back."""
    commands.revoke_platform_role(grant_id=grant_id, by=request.user, now=clock.now())
    return web.done(request, "The role is taken back.", "identity:person", user_id)


def _render(
    request: web.PageRequest,
    person: User,
    close_form: CloseAccountForm | None = None,
    role_form: PlatformRoleForm | None = None,
) -> HttpResponse:
    now = clock.now()
    grants = PlatformGrant.objects.filter(user=person, revoked_at__isnull=True).order_by("granted_at", "id")
    refused = close_form or role_form
    context = {
        "person": person,
        "is_oneself": person.pk == request.user.pk,
        "is_erased": is_erased(person.pk),
        "grants": [(grant, counts_from(grant.role, grant.granted_at) > now) for grant in grants],
        "memberships": person.memberships.filter(ended_at__isnull=True).select_related("organization").order_by("id"),
        "acts": AuditEvent.objects.filter(actor=person).order_by("-id")[:LATEST_ACTS],
        "close_form": close_form or CloseAccountForm(),
        "role_form": role_form or PlatformRoleForm(),
    }
    return render(request, "identity/person.html", context, status=web.form_status(refused) if refused else 200)
