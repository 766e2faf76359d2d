"""An organization's webhook endpoints as pages: create, change the secret, disable, test, and the log of messages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from marketplace.identity.queries import get_organization_with
from marketplace.notifications import commands
from marketplace.notifications.forms import EndpointForm
from marketplace.notifications.queries import MANAGE, get_delivery, get_endpoint, list_deliveries

#: Where the session keeps a new secret until the next page has shown it.
SHOWN_NEXT = "new_webhook_secret"
LIST = "notices:webhooks"
LOG = "notices:webhook"


@web.page(MANAGE, methods=("GET", "HEAD", "POST"))
def manage(request: web.PageRequest, organization_id: UUID) -> HttpResponse:
    """List an organization's endpoints and create one; its signing secret is shown once."""
    organization = get_organization_with(request.user, MANAGE, organization_id)
    form = EndpointForm(request.POST or None)
    if request.method == "POST":
        given = {"organization_id": organization.id, "by": request.user, "now": clock.now()}
        created = web.submit(form, commands.create_endpoint, **given)
        if created is not None:
            request.session[SHOWN_NEXT] = created[1]
            return web.done(request, "The endpoint is created. Its secret is shown this once.", LIST, organization.id)
    context: dict[str, Any] = {
        "organization": organization,
        "endpoints": organization.webhook_endpoints.order_by("-is_enabled", "-id"),
        "form": form,
        "new_secret": request.session.pop(SHOWN_NEXT, None),
    }
    return render(request, "notifications/webhooks.html", context, status=web.form_status(form))


@web.page(MANAGE)
def show(request: web.PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Show an endpoint with the log of its messages."""
    endpoint = get_endpoint(request.user, endpoint_id)
    page = web.paginate(request, list_deliveries(endpoint))
    context = {
        "organization": endpoint.organization,
        "endpoint": endpoint,
        "page": page,
        "new_secret": request.session.pop(SHOWN_NEXT, None),
    }
    return render(request, "notifications/webhook.html", context)


@web.page(MANAGE, methods=("POST",))
def rotate(request: web.PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Add a new secret; the old one signs along until the next change."""
    request.session[SHOWN_NEXT] = commands.rotate_secret(endpoint_id=endpoint_id, by=request.user, now=clock.now())
    return redirect(LOG, endpoint_id)


@web.page(MANAGE, methods=("POST",))
def disable(request: web.PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Send nothing to an endpoint any more."""
    row = commands.disable_endpoint(endpoint_id=endpoint_id, by=request.user, now=clock.now())
    return web.done(request, "The endpoint gets no messages any more.", LIST, row.organization_id)


@web.page(MANAGE, methods=("POST",))
def test(request: web.PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a message that only says that it works."""
    commands.send_test_event(endpoint_id=endpoint_id, by=request.user, now=clock.now())
    return web.done(request, "A test.ping is on its way; the log says what became of it.", LOG, endpoint_id)


@web.page(MANAGE, methods=("POST",))
def send_again(request: web.PageRequest, delivery_id: UUID) -> HttpResponse:
    """Send a message again under the same id."""
    row = get_delivery(request.user, delivery_id)
    commands.redeliver(delivery_id=row.id, by=request.user, now=clock.now())
    return web.done(request, "The message is on its way again, under the same id.", LOG, row.endpoint_id)
