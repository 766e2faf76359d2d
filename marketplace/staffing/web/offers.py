"""What a manager does with people: invite, take back an offer, pause and resume an engagement."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from marketplace.staffing import commands
from marketplace.staffing.forms import InviteForm, RescindForm
from marketplace.staffing.models import Engagement
from marketplace.staffing.queries import get_offer
from marketplace.staffing.web.matching import read_expert_ids

OPENING = "staffing:staff_opening"


@web.page("staffing.manage", methods=("POST",))
def invite(request: web.PageRequest, opening_id: UUID) -> HttpResponse:
    """Invite the chosen people to apply, all of them or none."""
    now = clock.now()
    expert_ids = read_expert_ids(request.POST.getlist("expert_ids"))
    form = InviteForm(request.POST, now=now)
    given = {"opening_id": opening_id, "expert_ids": expert_ids, "by": request.user, "now": now}
    sent = web.submit(form, commands.invite, **given)
    if sent is not None:
        told = f"{len(sent)} {'person is' if len(sent) == 1 else 'people are'} invited."
        return web.done(request, told, OPENING, opening_id)
    context = {
        "form": form,
        "expert_ids": expert_ids,
        "title": "Invite",
        "action": "Invite",
        "back": OPENING,
        "back_argument": opening_id,
    }
    return render(request, "staffing/invite.html", context, status=web.form_status(form))


@web.page("staffing.manage", methods=("GET", "HEAD", "POST"))
def rescind_offer(request: web.PageRequest, offer_id: UUID) -> HttpResponse:
    """Take back an offer that is not answered yet."""
    offer = get_offer(request.user, offer_id)
    form = RescindForm(request.POST or None)
    given = {"offer_id": offer_id, "by": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.rescind_offer, **given) is not None:
        return web.done(request, "The offer is taken back and the expert reads why.", OPENING, offer.opening_id)
    context = {
        "form": form,
        "title": f"Take back the offer to {offer.expert.preferred_name}",
        "remark": f"{offer.opening.title}: {offer.terms['words']}",
        "action": "Take it back",
        "back": OPENING,
        "back_argument": offer.opening_id,
    }
    return render(request, "form_page.html", context, status=web.form_status(form))


@web.page("staffing.manage", methods=("POST",))
def pause_engagement(request: web.PageRequest, engagement_id: UUID) -> HttpResponse:
    """Pause an engagement."""
    given = {"engagement_id": engagement_id, "by": request.user, "now": clock.now()}
    row = commands.move_engagement(to=Engagement.State.PAUSED, **given)
    return web.done(request, f"{row.expert.preferred_name} is paused.", OPENING, row.opening_id)


@web.page("staffing.manage", methods=("POST",))
def resume_engagement(request: web.PageRequest, engagement_id: UUID) -> HttpResponse:
    """Let a paused engagement go on."""
    given = {"engagement_id": engagement_id, "by": request.user, "now": clock.now()}
    row = commands.move_engagement(to=Engagement.State.PRODUCTION, **given)
    return web.done(request, f"{row.expert.preferred_name} works again.", OPENING, row.opening_id)
