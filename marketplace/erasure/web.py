"""Being forgotten as pages: one's own request; for operators the requests, what stands in the way, and carrying one out."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from common import clock, web
from common.authentication import ReauthRequired, authenticated_at
from common.errors import DomainError
from common.permissions import has_grant
from marketplace.erasure import commands
from marketplace.erasure.forms import AskForm, RecordForm, RefusalForm
from marketplace.erasure.models import ErasureRequest
from marketplace.erasure.queries import (
    find_erasure,
    find_own_request,
    get_person,
    get_request,
    list_requests,
    outlook_for,
)
from marketplace.erasure.rules import ANSWER_WITHIN
from marketplace.identity.models import User

READERS = (commands.ERASE, "audit.read")
FORM = ("GET", "HEAD", "POST")


@web.page(methods=FORM)
def ask(request: web.PageRequest) -> HttpResponse:
    """Show what would go, what stays and what has to be settled first; a POST asks to be forgotten."""
    user, now = request.user, clock.now()
    form = AskForm(request.POST or None)
    if request.method == "POST":
        try:
            asked = web.submit(form, _ask, by=user, now=now, authenticated_at=authenticated_at(request))
        except ReauthRequired:
            return _prove_first(request, reverse("erasure:own"))
        if asked is not None:
            words = f"You have asked to be forgotten. You are answered within {ANSWER_WITHIN.days} days."
            return web.done(request, words, "erasure:own")
    context = {
        "form": form,
        "own": find_own_request(user),
        "outlook": outlook_for(user.pk, now=now),
        "days": ANSWER_WITHIN.days,
    }
    return render(request, "erasure/own.html", context, status=web.form_status(form))


def _ask(*, understood: bool, by: User, now: datetime, authenticated_at: datetime | None) -> ErasureRequest:
    return commands.request_erasure(by=by, now=now, authenticated_at=authenticated_at)


@web.page(methods=("POST",))
def withdraw(request: web.PageRequest) -> HttpResponse:
    """Take back one's own open request."""
    commands.withdraw_request(by=request.user, now=clock.now())
    return web.done(request, "Your request is taken back. Nothing was erased.", "erasure:own")


@web.page(*READERS, methods=FORM)
def list_all(request: web.PageRequest) -> HttpResponse:
    """Show all requests, newest first; a POST writes down one that came by letter or mail."""
    web.refuse_unknown_filters(request, ())
    form = RecordForm(request.POST or None)
    if request.method == "POST":
        row = web.submit(form, _record, by=request.user, now=clock.now())
        if row is not None:
            return web.done(
                request, "The request is written down. Another operator carries it out.", "erasure:request", row.id
            )
    page = web.paginate(request, list_requests(request.user))
    context = {"page": page, "form": form, "may_erase": has_grant(request.user, commands.ERASE), "now": clock.now()}
    return render(request, "erasure/requests.html", context, status=web.form_status(form))


def _record(*, email: str, by: User, now: datetime) -> ErasureRequest:
    return commands.record_request(person_id=get_person(email).id, by=by, now=now)


@web.page(*READERS, methods=FORM)
def show_request(request: web.PageRequest, request_id: UUID) -> HttpResponse:
    """Show one request with what stands in its way, or what came of it; a POST refuses it, with words."""
    row = get_request(request.user, request_id)
    form = RefusalForm(request.POST or None)
    if request.method == "POST":
        given = {"request_id": row.id, "by": request.user, "now": clock.now()}
        if web.submit(form, commands.refuse_request, **given) is not None:
            return web.done(request, "The request is refused and the person is told why.", "erasure:request", row.id)
    is_open = row.state == ErasureRequest.State.OPEN
    context = {
        "row": row,
        "form": form,
        "is_open": is_open,
        "outlook": outlook_for(row.person_id, now=clock.now()) if is_open else None,
        "erasure": find_erasure(row.person_id),
        "may_decide": has_grant(request.user, commands.ERASE)
        and request.user.pk not in (row.person_id, row.asked_by_id),
    }
    return render(request, "erasure/request.html", context, status=web.form_status(form))


@web.page(*READERS, methods=("POST",))
def carry_out(request: web.PageRequest, request_id: UUID) -> HttpResponse:
    """Erase the person of a request, for good."""
    proved = authenticated_at(request)
    try:
        commands.carry_out(request_id=request_id, by=request.user, now=clock.now(), authenticated_at=proved)
    except ReauthRequired:
        return _prove_first(request, reverse("erasure:request", args=[request_id]))
    except DomainError as error:
        if error.status in {401, 403, 404}:
            raise
        messages.error(request, error.detail)
        return redirect("erasure:request", request_id)
    return web.done(
        request, "The person is erased. What is left is an id, for the books.", "erasure:request", request_id
    )


def _prove_first(request: web.PageRequest, page: str) -> HttpResponse:
    """Go and prove who one is, then back to ``page``."""
    messages.info(request, "Nothing was changed yet. Log in again, then do it once more.")
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': page})}")
