"""The way in and one's own account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from knox.models import AuthToken

from common import clock, web
from common.navigation import build_navigation
from marketplace.experts.commands import create_profile
from marketplace.experts.inputs import ProfileInput
from marketplace.experts.models import Expert
from marketplace.identity import commands
from marketplace.identity.commands.accounts import TOKEN_LIFE
from marketplace.identity.models import Membership, PlatformGrant, User
from marketplace.portal.forms import ExpertForm, OrganizationForm, PreferencesForm
from payouts.facade import describe_routes


@require_safe
def show_start(request: HttpRequest) -> HttpResponse:
    """Show visitors what Muster is; bring everyone else to the first page of their first role."""
    if not request.user.is_authenticated:
        return render(request, "portal/landing.html")
    tabs = build_navigation(request.user, request.path).tabs
    return redirect(tabs[0].href) if tabs else redirect("portal:welcome")


@web.page()
def show_welcome(request: web.PageRequest) -> HttpResponse:
    """Let a new person choose: to work as an expert, or to have work done."""
    return render(request, "portal/welcome.html", {"roles": _roles_of(request.user)})


@web.page(methods=("GET", "HEAD", "POST"))
def join_as_expert(request: web.PageRequest) -> HttpResponse:
    """Create the viewer's own profile, in draft."""
    user = request.user
    known = {"legal_name": user.full_name, "preferred_name": user.get_short_name(), "timezone": user.timezone}
    form = ExpertForm(request.POST or None, initial=known)
    expert = web.submit(form, _create_profile, by=user, now=clock.now()) if request.method == "POST" else None
    if expert is not None:
        words = f"Your profile is created. {describe_routes(expert.bank_country)} Add languages and skills to be found."
        return web.done(request, words, "portal:start")
    context = {"form": form, "title": "Your profile as an expert", "action": "Create my profile"}
    return render(request, "portal/join.html", context, status=web.form_status(form))


def _create_profile(*, weekly_hours: int, by: User, now: datetime, **facts: Any) -> Expert:
    profile = ProfileInput(weekly_capacity_minutes=60 * weekly_hours, **facts)
    return create_profile(profile=profile, by=by, now=now)


@web.page(methods=("GET", "HEAD", "POST"))
def join_as_client(request: web.PageRequest) -> HttpResponse:
    """Create an organization that the viewer owns."""
    form = OrganizationForm(request.POST or None, initial={"timezone": request.user.timezone})
    given = {"owner": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.create_organization, **given) is not None:
        return web.done(request, "The organization is created and you are its owner.", "portal:start")
    context = {"form": form, "title": "Your organization", "action": "Create the organization"}
    return render(request, "portal/join.html", context, status=web.form_status(form))


@web.page(methods=("GET", "HEAD", "POST"))
def edit_account(request: web.PageRequest) -> HttpResponse:
    """Show and change one's own settings; tokens are created and ended beside."""
    user = request.user
    stored = {name: getattr(user, name) for name in ("full_name", "timezone", "locale", "theme")}
    form = PreferencesForm(request.POST or None, initial=stored)
    given = {"by": user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.update_preferences, **given) is not None:
        answer = web.done(request, "Your settings are saved.", "portal:account")
        answer.delete_cookie("muster-theme")  # the stored theme shall hold in this browser too
        return answer
    context = {
        "form": form,
        "second_factor": is_mfa_enabled(user),
        "tokens": AuthToken.objects.filter(user=user).order_by("-created", "digest"),
        "roles": _roles_of(user),
        "new_token": request.session.pop("new_token", None),
        "token_days": TOKEN_LIFE.days,
    }
    return render(request, "portal/account.html", context, status=web.form_status(form))


@web.page(methods=("POST",))
def create_token(request: web.PageRequest) -> HttpResponse:
    """Create a personal token; the account page shows its secret once."""
    _token, secret = commands.create_token(by=request.user, now=clock.now())
    request.session["new_token"] = secret
    messages.success(request, "The token is created. It is shown this once.")
    return redirect("portal:account")


@web.page(methods=("POST",))
def revoke_token(request: web.PageRequest, token_key: str) -> HttpResponse:
    """End one of the viewer's tokens."""
    commands.revoke_token(token_key=token_key, by=request.user, now=clock.now())
    return web.done(request, "The token opens nothing any more.", "portal:account")


def _roles_of(user: User) -> list[tuple[str, str]]:
    """Return the live roles of ``user`` with where they hold."""
    roles = [("Expert", "your own work and pay")] if hasattr(user, "expert") else []
    held = Membership.objects.filter(user=user, ended_at__isnull=True).select_related("organization")
    roles += [(member.get_role_display(), member.organization.name) for member in held.order_by("granted_at", "id")]
    granted = PlatformGrant.objects.filter(user=user, revoked_at__isnull=True).order_by("granted_at", "id")
    return roles + [(grant.get_role_display(), "the whole platform") for grant in granted]
