"""The weekly sheet of an expert, and the approval of time line by line."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from common import clock, web
from common.errors import InvalidInput
from marketplace.staffing.models import Engagement
from marketplace.timesheets import commands
from marketplace.timesheets.approvals import list_weeks_to_approve, row_of
from marketplace.timesheets.errors import TimeAlreadyDecided
from marketplace.timesheets.forms import CutForm, EntryForm, WeekForm
from marketplace.timesheets.queries import get_entry, list_own_engagements, week_sheet
from marketplace.timesheets.rules import AUTO_APPROVE_AFTER
from marketplace.timesheets.timer import find_timer

SHEET = "timesheets:week"
TO_APPROVE = "timesheets:approve"


@web.page("time.track", methods=("GET", "HEAD", "POST"))
def show_week(request: web.PageRequest) -> HttpResponse:
    """Show one engagement's week in its zone, and enter time by hand."""
    now = clock.now()
    engagements = list_own_engagements(request.user)
    asked = WeekForm(request.GET)
    wanted = asked.cleaned_data if asked.is_valid() else {}
    engagement = _choose(engagements, wanted.get("engagement"))
    if engagement is None:
        return render(request, "timesheets/week.html", {"engagements": []})
    today = now.astimezone(ZoneInfo(engagement.timezone)).date()
    day: date = wanted.get("week") or today
    form = EntryForm(request.POST or None, engagement=engagement)
    if request.method == "POST":
        given = {"engagement_id": engagement.id, "by": request.user, "now": now}
        entry = web.submit(form, commands.add_manual_entry, **given)
        if entry is not None:
            told = "The time is handed in for approval."
            return web.done(
                request, told, _address(engagement, entry.starts_at.astimezone(ZoneInfo(engagement.timezone)).date())
            )
    sheet = week_sheet(engagement, day=day)
    monday = day - timedelta(days=day.weekday())
    context = {
        "engagements": [(row, _address(row, day)) for row in engagements],
        "engagement": engagement,
        "sheet": sheet,
        "days": [(each, sheet.seconds_by_day.get(each, 0)) for each in (monday + timedelta(days=n) for n in range(7))],
        "rows": [row_of(entry) for entry in sheet.entries],
        "timer": find_timer(request.user, now=now),
        "before": _address(engagement, monday - timedelta(days=7)),
        "after": _address(engagement, monday + timedelta(days=7)) if monday + timedelta(days=7) <= today else "",
        "form": form,
        "cap_seconds": 60 * engagement.weekly_cap_minutes,
        "now": now,
    }
    with timezone.override(ZoneInfo(engagement.timezone)):  # the sheet is read by the clock where the work is done
        return render(request, "timesheets/week.html", context, status=web.form_status(form))


def _choose(engagements: list[Engagement], wanted: UUID | None) -> Engagement | None:
    return next((row for row in engagements if row.id == wanted), engagements[0] if engagements else None)


def _address(engagement: Engagement, day: date) -> str:
    return f"{reverse(SHEET)}?{urlencode({'engagement': engagement.id, 'week': day.isoformat()})}"


@web.page("time.track", methods=("POST",))
def withdraw_entry(request: web.PageRequest, entry_id: UUID) -> HttpResponse:
    """Take back one's own entry before it is decided."""
    entry = commands.withdraw_entry(entry_id=entry_id, by=request.user, now=clock.now())
    day = entry.starts_at.astimezone(ZoneInfo(entry.engagement.timezone)).date()
    return web.done(request, "The entry is taken back.", _address(entry.engagement, day))


@web.page("time.approve", methods=("GET", "HEAD", "POST"))
def approve(request: web.PageRequest) -> HttpResponse:
    """List the time that waits for the viewer's decision by expert and week, and approve what is chosen."""
    if request.method == "POST":
        return _approve_chosen(request)
    weeks = list_weeks_to_approve(request.user)
    context = {
        "weeks": weeks,
        "count": sum(len(week.rows) for week in weeks),
        "seconds": sum(week.waiting_seconds for week in weeks),
        "days": AUTO_APPROVE_AFTER.days,
    }
    return render(request, "timesheets/approve.html", context)


def _approve_chosen(request: web.PageRequest) -> HttpResponse:
    try:
        entry_ids = _read_ids(request.POST.getlist("entry_ids"))
        decisions = commands.approve_entries(entry_ids=entry_ids, by=request.user, now=clock.now())
    except InvalidInput as error:
        messages.error(request, error.problems[0].detail)
        return redirect(TO_APPROVE)
    except TimeAlreadyDecided:
        messages.error(request, "One of these was decided meanwhile, so nothing was approved. This is what waits now.")
        return redirect(TO_APPROVE)
    told = f"{len(decisions)} {'entry is' if len(decisions) == 1 else 'entries are'} approved and earned."
    return web.done(request, told, TO_APPROVE)


def _read_ids(texts: list[str]) -> list[UUID]:
    try:
        ids = [UUID(text) for text in texts]
    except ValueError as error:
        raise InvalidInput.of("/entry_ids", "This is not an entry's id.") from error
    if not ids:
        raise InvalidInput.of("/entry_ids", "Choose at least one entry.", "required")
    return ids


@web.page("time.approve", methods=("GET", "HEAD", "POST"))
def cut(request: web.PageRequest, entry_id: UUID) -> HttpResponse:
    """Approve only a part of an entry, with a reason."""
    entry = get_entry(request.user, entry_id)
    row = row_of(entry)
    form = CutForm(request.POST or None)
    given = {"entry_id": entry_id, "by": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.cut_entry, **given) is not None:
        return web.done(request, "The cut is recorded; the expert is told and may appeal.", TO_APPROVE)
    context = {"form": form, "row": row, "title": "Cut an entry", "action": "Record the cut", "back": TO_APPROVE}
    return render(request, "timesheets/cut.html", {**context, "crumb": "Time"}, status=web.form_status(form))
