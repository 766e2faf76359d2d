"""An expert's first page: what to do now, the timer, what waits, earnings, quality, and why there is no more work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from common import clock, web
from common.forms import StrictForm
from marketplace.experts.models import Expert
from marketplace.portal.queries.earnings import list_currency_earnings
from marketplace.portal.queries.home import (
    OpenClaim,
    WorkLeft,
    list_live_engagements,
    list_open_claims,
    list_work_left,
    week_hours,
    work_outlook,
)
from marketplace.portal.queries.quality import bar_of, own_scopes
from marketplace.portal.web.earnings import chart_of
from marketplace.portal.web.quality import band_of
from marketplace.staffing.models import Engagement
from marketplace.staffing.queries import OwnHiring, list_own
from marketplace.staffing.web.shown import verdict_of
from marketplace.timesheets import commands
from marketplace.timesheets.errors import NoTimerRuns
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.queries import find_running
from quality.facade import list_visible_history


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do now; ``kind`` chooses the words and the button."""

    kind: str
    claim: OpenClaim | None = None
    work: WorkLeft | None = None


class StartForm(StrictForm):
    """Which engagement the timer is for."""

    engagement_id = forms.UUIDField()


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
        **_timer(request),
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


def _timer(request: web.PageRequest) -> dict[str, Any]:
    running = find_running(request.user.pk)
    engagements: list[Engagement] = list_live_engagements(request.user)
    seconds = (clock.now() - running.starts_at).total_seconds() if running else 0
    return {"running": running, "running_seconds": int(max(seconds, 0)), "engagements": engagements}


def _quality(request: web.PageRequest) -> dict[str, Any]:
    figures = own_scopes(request.user)
    if not figures:
        return {"quality": None}
    figure = figures[0]
    bar = bar_of(figure.scope)
    history = list_visible_history(request.user, request.user.pk, figure.scope)
    return {"quality": figure, "quality_bar": bar, "quality_chart": band_of(history, bar)}


@web.page("time.track", methods=("POST",))
def start_timer(request: web.PageRequest) -> HttpResponse:
    """Start the timer of one engagement."""
    form = StartForm(request.POST)
    if web.submit(form, commands.start_timer, by=request.user, now=clock.now()) is None:
        refusals = form.errors.get("__all__") or ["Choose what you work on."]
        return _timer_card(request, str(refusals[0]))
    return _after_timer(request, "The timer runs.")


@web.page("time.track", methods=("POST",))
def stop_timer(request: web.PageRequest) -> HttpResponse:
    """Stop the running timer."""
    entry = commands.stop_timer(by=request.user, now=clock.now())
    handed_in = entry.state == TimeEntry.State.SUBMITTED
    return _after_timer(
        request, "The timer is stopped and the time is handed in." if handed_in else "The timer is stopped."
    )


@web.page("time.track", methods=("POST",))
def beat_timer(request: web.PageRequest) -> HttpResponse:
    """Note that the person is still there, and show the timer as the database has it."""
    try:
        commands.beat_timer(by=request.user, now=clock.now())
    except NoTimerRuns:
        return _timer_card(request, "The timer does not run any more.")
    return _timer_card(request)


def _after_timer(request: web.PageRequest, told: str) -> HttpResponse:
    return _timer_card(request, told) if web.is_htmx(request) else web.done(request, told, "portal:home")


def _timer_card(request: web.PageRequest, told: str = "") -> HttpResponse:
    return render(request, "portal/_timer.html", {**_timer(request), "told": told})
