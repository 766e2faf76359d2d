"""The timer's card: any page includes ``timesheets/_timer.html`` with ``timer`` and it starts, reports and stops there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.forms import StrictForm
from marketplace.identity.models import User
from marketplace.staffing.models import Engagement
from marketplace.timesheets import commands
from marketplace.timesheets.errors import EngagementNotOpen, NoTimerRuns
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.queries import find_running

TRACK = "time.track"


@dataclass(frozen=True, slots=True)
class TimerCard:
    """The timer as the database has it: what runs and for how many seconds, or what it can be started for.

    ``told`` is what the last press led to, in words.
    """

    running: TimeEntry | None
    seconds: int
    engagements: list[Engagement]
    told: str = ""


class StartForm(StrictForm):
    """Which engagement the timer is for."""

    engagement_id = forms.UUIDField()


def find_timer(user: User, *, now: datetime, told: str = "") -> TimerCard:
    """Return the card of an expert."""
    running = find_running(user.pk)
    seconds = int(max((now - running.starts_at).total_seconds(), 0)) if running else 0
    live = Engagement.objects.filter(expert__user=user, state=Engagement.State.PRODUCTION)
    engagements = live.select_related("opening__project", "pay_line").order_by("started_at", "id")
    return TimerCard(running, seconds, list(engagements), told)


@web.page(TRACK, methods=("POST",))
def start(request: web.PageRequest) -> HttpResponse:
    """Start the timer for one engagement."""
    form = StartForm(request.POST)
    if web.submit(form, commands.start_timer, by=request.user, now=clock.now()) is None:
        refusals = form.errors.get("__all__") or ["Choose what you work on."]
        return _show_card(request, str(refusals[0]))
    return _answer(request, "The timer runs.")


@web.page(TRACK, methods=("POST",))
def stop(request: web.PageRequest) -> HttpResponse:
    """Stop the running timer; pressed again, it says that none runs."""
    try:
        entry = commands.stop_timer(by=request.user, now=clock.now())
    except NoTimerRuns:
        return _answer(request, "No timer was running.")
    handed_in = entry.state == TimeEntry.State.SUBMITTED
    return _answer(request, "The timer is stopped and the time is handed in." if handed_in else "The timer is stopped.")


@web.page(TRACK, methods=("POST",))
def beat(request: web.PageRequest) -> HttpResponse:
    """Note that the person is still there, and show the timer as the database has it."""
    try:
        commands.beat_timer(by=request.user, now=clock.now())
    except NoTimerRuns:
        return _show_card(request, "The timer does not run any more.")
    except EngagementNotOpen:
        return _show_card(request, "The engagement is paused: stop the timer; what was worked until now counts.")
    return _show_card(request)


def _answer(request: web.PageRequest, told: str) -> HttpResponse:
    """Answer htmx with the card, and a form without scripts with the page it was on."""
    if web.is_htmx(request):
        return _show_card(request, told)
    return web.done(request, told, web.way_back(request, "timesheets:week"))


def _show_card(request: web.PageRequest, told: str = "") -> HttpResponse:
    timer = find_timer(request.user, now=clock.now(), told=told)
    return render(request, "timesheets/_timer.html", {"timer": timer})
