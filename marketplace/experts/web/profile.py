"""One's own profile as pages."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from common import clock, web
from common.codes import country_name
from common.errors import DomainError
from common.money import Money
from marketplace.experts import commands
from marketplace.experts.forms import ProfileForm, read_profile, stored_profile
from marketplace.experts.models import Expert
from marketplace.experts.queries import get_own_profile
from marketplace.experts.web.parts import PARTS
from payouts.facade import list_currencies

OWN = "expert.self"
#: What each button of the page does, from which states.
MOVES = {
    Expert.State.ACTIVE: ("Let clients find me", ("DRAFT", "PAUSED")),
    Expert.State.PAUSED: ("Pause", ("ACTIVE",)),
    Expert.State.CLOSED: ("Close the profile for good", ("DRAFT", "ACTIVE", "PAUSED")),
}


TONES = {"DRAFT": "", "ACTIVE": "done", "PAUSED": "ask", "CLOSED": "stop"}


@web.page(OWN)
def show_profile(request: web.PageRequest) -> HttpResponse:
    """Show one's profile with all its parts."""
    row = get_own_profile(request.user)
    today = clock.now().date()
    return render(
        request,
        "experts/profile.html",
        {
            "expert": row,
            "wish": None if row.wish_minor_per_hour is None else Money(row.wish_minor_per_hour, row.wish_currency),
            "parts": [(name, part, part.show(row, today)) for name, part in PARTS.items()],
            "expert_tone": TONES[row.state],
            "residence": country_name(row.residence_country),
            "tax": country_name(row.tax_country),
            "bank": country_name(row.bank_country),
            "currencies": list_currencies(row.bank_country),
            "weekly_seconds": row.weekly_capacity_minutes * 60,
            "moves": [(to, words) for to, (words, before) in MOVES.items() if row.state in before],
        },
    )


@web.page(OWN, methods=("GET", "HEAD", "POST"))
def edit_profile(request: web.PageRequest) -> HttpResponse:
    """Change one's words and facts."""
    row = get_own_profile(request.user)
    form = ProfileForm(request.POST or None, initial=stored_profile(row))

    def save(**cleaned: Any) -> Expert:
        version = cleaned["version"] or 0
        return commands.update_profile(
            profile=read_profile(cleaned), expected_version=version, by=request.user, now=clock.now()
        )

    if request.method == "POST" and web.submit(form, save) is not None:
        return web.done(request, "Your profile is saved. The next search finds it so.", "experts:profile")
    return render(request, "experts/facts.html", {"form": form}, status=web.form_status(form))


@web.page(OWN, methods=("POST",))
def move_profile(request: web.PageRequest) -> HttpResponse:
    """Activate, pause or close one's profile."""
    to = request.POST.get("state", "")
    try:
        commands.move_profile(to=to, by=request.user, now=clock.now())
    except DomainError as error:
        if error.status != 409:
            raise
        messages.error(request, error.detail)
        return redirect("experts:profile")
    words = {"ACTIVE": "Clients find you from now on.", "PAUSED": "You are hidden from new searches."}
    return web.done(request, words.get(to, "Your profile is closed."), "experts:profile")
