"""An expert's answers to invitations and offers."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from marketplace.staffing import commands
from marketplace.staffing.forms import DeclineForm, EndForm
from marketplace.staffing.models import Engagement
from marketplace.staffing.queries import get_engagement, get_offer

OWN = "staffing:mine"


@web.page("offers.answer", methods=("POST",))
def accept_invitation(request: web.PageRequest, invitation_id: UUID) -> HttpResponse:
    """Accept an invitation, which applies for the opening."""
    commands.answer_invitation(invitation_id=invitation_id, accept=True, by=request.user, now=clock.now())
    return web.done(request, "You have applied. The project answers next.", web.way_back(request, OWN))


@web.page("offers.answer", methods=("POST",))
def decline_invitation(request: web.PageRequest, invitation_id: UUID) -> HttpResponse:
    """Decline an invitation."""
    commands.answer_invitation(invitation_id=invitation_id, accept=False, by=request.user, now=clock.now())
    return web.done(request, "You have declined the invitation.", web.way_back(request, OWN))


@web.page("offers.answer", methods=("POST",))
def accept_offer(request: web.PageRequest, offer_id: UUID) -> HttpResponse:
    """Accept an offer: the engagement begins."""
    engagement = commands.accept_offer(offer_id=offer_id, by=request.user, now=clock.now())
    told = f"You are engaged: {engagement.opening.title}. You can start the timer now."
    return web.done(request, told, web.way_back(request, OWN))


@web.page("offers.answer", methods=("GET", "HEAD", "POST"))
def decline_offer(request: web.PageRequest, offer_id: UUID) -> HttpResponse:
    """Decline an offer, with words if wanted."""
    offer = get_offer(request.user, offer_id)
    form = DeclineForm(request.POST or None)
    given = {"offer_id": offer_id, "by": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.decline_offer, **given) is not None:
        return web.done(request, "You have declined the offer.", OWN)
    context = {"form": form, "title": f"Decline: {offer.opening.title}", "action": "Decline the offer", "back": OWN}
    return render(request, "form_page.html", context, status=web.form_status(form))


@web.page("offers.answer", "staffing.manage", methods=("GET", "HEAD", "POST"))
def end_engagement(request: web.PageRequest, engagement_id: UUID) -> HttpResponse:
    """End an engagement, as the expert or as the project's manager; what was earned is paid."""
    engagement = get_engagement(request.user, engagement_id)
    form = EndForm(request.POST or None, initial={"reason_code": "BY_EXPERT" if _is_own(request, engagement) else ""})
    given = {"engagement_id": engagement_id, "to": Engagement.State.ENDED, "by": request.user, "now": clock.now()}
    to = (OWN,) if _is_own(request, engagement) else ("staffing:staff_opening", engagement.opening_id)
    if request.method == "POST" and web.submit(form, commands.move_engagement, **given) is not None:
        return web.done(request, "The engagement has ended. What was earned is paid.", *to)
    context = {
        "form": form,
        "title": f"End the engagement: {engagement.opening.title}",
        "remark": f"{engagement.expert.preferred_name}. What was earned is paid whatever the reason.",
        "action": "End the engagement",
        "back": to[0],
        "back_argument": to[1] if len(to) > 1 else None,
    }
    return render(request, "form_page.html", context, status=web.form_status(form))


def _is_own(request: web.PageRequest, engagement: Engagement) -> bool:
    return bool(engagement.expert.user_id == request.user.pk)
