"""API keys of an organization as pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.errors import InvalidInput
from marketplace.identity import commands
from marketplace.identity.forms import ApiKeyForm, RotationForm
from marketplace.identity.models import ApiKey
from marketplace.identity.queries import get_organization_with

MANAGE = "keys.manage"
#: Where the session keeps a new secret until the next page has shown it.
SHOWN_NEXT = "new_api_key"


@web.page(MANAGE, methods=("GET", "HEAD", "POST"))
def manage_keys(request: web.PageRequest, organization_id: UUID) -> HttpResponse:
    """List an organization's keys and create one; its secret is shown once."""
    organization = get_organization_with(request.user, MANAGE, organization_id)
    form = ApiKeyForm(request.POST or None)

    def create(name: str, scopes: list[str], days: int) -> tuple[ApiKey, str]:
        now = clock.now()
        return commands.create_api_key(
            organization_id=organization.id,
            name=name,
            scopes=scopes,
            expires_at=now + form.life(),
            by=request.user,
            now=now,
        )

    if request.method == "POST":
        minted = web.submit(form, create)
        if minted is not None:
            request.session[SHOWN_NEXT] = minted[1]
            return web.done(
                request, "The key is created. Its secret is shown this once.", "identity:keys", organization.id
            )
    now = clock.now()
    context: dict[str, Any] = {
        "organization": organization,
        "keys": [(key, *_state(key, now)) for key in organization.api_keys.order_by("-id")],
        "form": form,
        "new_secret": request.session.pop(SHOWN_NEXT, None),
    }
    return render(request, "identity/keys.html", context, status=web.form_status(form))


@web.page(MANAGE, methods=("POST",))
def revoke_key(request: web.PageRequest, organization_id: UUID, key_id: UUID) -> HttpResponse:
    """Revoke a key at once."""
    commands.revoke_api_key(organization_id=organization_id, key_id=key_id, by=request.user, now=clock.now())
    return web.done(request, "The key opens nothing any more.", "identity:keys", organization_id)


@web.page(MANAGE, methods=("POST",))
def rotate_key(request: web.PageRequest, organization_id: UUID, key_id: UUID) -> HttpResponse:
    """Replace a key; the old one works on for a while."""
    form = RotationForm(request.POST)
    if not form.is_valid():
        raise InvalidInput.of("/overlap_hours", "Say for how many hours the old key shall work.")
    _key, secret = commands.rotate_api_key(
        organization_id=organization_id, key_id=key_id, by=request.user, now=clock.now(), **form.cleaned_data
    )
    request.session[SHOWN_NEXT] = secret
    return redirect("identity:keys", organization_id)


def _state(key: ApiKey, now: Any) -> tuple[str, str, bool]:
    """Return the word for a key's state, its tone, and whether it still opens something."""
    if key.revoked_at is not None:
        return "Revoked", "stop", False
    if key.expires_at <= now:
        return "Expired", "stop", False
    return "Live", "done", True
