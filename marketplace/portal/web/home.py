"""An expert's first page: what to do now, the timer, what waits, earnings, quality, and why there is no more work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from common import clock, web
from marketplace.experts.models import Expert
from marketplace.portal.queries.earnings import list_currency_earnings
from marketplace.portal.queries.home import (
    OpenClaim,
    WorkLeft,
    list_open_claims,
    list_work_left,
    week_hours,
    work_outlook,
)
from marketplace.portal.queries.quality import bar_of, own_scopes
from marketplace.portal.web.earnings import chart_of
from marketplace.portal.web.quality import band_of
from marketplace.staffing.queries import OwnHiring, list_own
from marketplace.staffing.web.shown import verdict_of
from marketplace.timesheets.timer import find_timer
from quality.facade import list_visible_history


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do now; ``kind`` chooses the words and the button."""

    kind: str
    claim: OpenClaim | None = None
    work: WorkLeft | None = None


@web.page("expert.self")
def show_home(request: web.PageRequest) -> HttpResponse:
    """Show an expert what to do now and how they stand."""
    now = clock.now()
    expert: Expert = request.user.expert
    own = list_own(request.user)
    claims, left = list_open_claims(request.user), list_work_left(request.user)
    outlook = work_outlook(expert, now=now)
    currencies = list_currency_earnings(request.user, zone=timezone.get_current_timezone(), now=now)
    context = {
        "expert": expert,
        "now": now,
        "greeting": _greeting(timezone.localtime(now).hour),
        "next": choose_next(claims, left, own, expert, has_eligible=bool(outlook.eligible)),
        "claims": claims,
        "left": left,
        "own": own,
        "week": week_hours(expert, now=now),
        "currencies": [(row, chart_of(row)) for row in currencies],
        "outlook": outlook,
        "missed": [(opening, verdict_of(evaluation)) for opening, evaluation in outlook.missed],
        "timer": find_timer(request.user, now=now),
        **_quality(request),
    }
    return render(request, "portal/home.html", context)


def choose_next(
    claims: list[OpenClaim], left: list[WorkLeft], own: OwnHiring, expert: Expert, *, has_eligible: bool
) -> NextStep:
    """Return the one thing to do: mend, go on, answer, take a task, apply, or complete the profile."""
    if claims:
        return NextStep("mend" if claims[0].returned else "claim", claim=claims[0])
    if own.to_answer:
        return NextStep("answer")
    if left:
        return NextStep("work", work=left[0])
    if expert.state != Expert.State.ACTIVE:
        return NextStep("profile")
    return NextStep("apply" if has_eligible else "wait")


def _greeting(hour: int) -> str:
    if hour < 5:
        return "Good night"
    if hour < 12:
        return "Good morning"
    return "Good afternoon" if hour < 18 else "Good evening"


def _quality(request: web.PageRequest) -> dict[str, Any]:
    figures = own_scopes(request.user)
    if not figures:
        return {"quality": None}
    figure = figures[0]
    bar = bar_of(figure.scope)
    history = list_visible_history(request.user, request.user.pk, figure.scope)
    return {"quality": figure, "quality_bar": bar, "quality_chart": band_of(history, bar)}
