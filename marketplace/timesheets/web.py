"""The weekly sheet of an expert, and the approval of time line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from common import clock, web
from common.errors import InvalidInput
from common.money import Money, hours_of
from marketplace.projects.models import RateLine
from marketplace.staffing.models import Engagement
from marketplace.timesheets import commands
from marketplace.timesheets.forms import CutForm, EntryForm, WeekForm
from marketplace.timesheets.models import TimeDecision, TimeEntry
from marketplace.timesheets.queries import get_entry, list_own_engagements, list_to_approve, week_sheet
from marketplace.timesheets.rules import AUTO_APPROVE_AFTER
from marketplace.timesheets.timer import find_timer

SHEET = "timesheets:week"
TO_APPROVE = "timesheets:approve"


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with its length, its last decision, and what it earns in full where it is paid by the hour."""

    entry: TimeEntry
    seconds: int
    decision: TimeDecision | None
    worth: Money | None


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


def row_of(entry: TimeEntry) -> EntryRow:
    """Return an entry as lists show it; its decisions are prefetched."""
    seconds = int((entry.ends_at - entry.starts_at).total_seconds()) if entry.ends_at else 0
    decisions = sorted(entry.decisions.all(), key=lambda row: row.decided_at)
    line = entry.engagement.pay_line
    worth = None
    if line.unit == RateLine.Unit.HOUR and seconds:
        worth = Money(line.amount_minor, line.currency).times(hours_of(seconds))
    return EntryRow(entry, seconds, decisions[-1] if decisions else None, worth)


@web.page("time.track", methods=("POST",))
def withdraw_entry(request: web.PageRequest, entry_id: UUID) -> HttpResponse:
    """Take back one's own entry before it is decided."""
    entry = commands.withdraw_entry(entry_id=entry_id, by=request.user, now=clock.now())
    day = entry.starts_at.astimezone(ZoneInfo(entry.engagement.timezone)).date()
    return web.done(request, "The entry is taken back.", _address(entry.engagement, day))


@web.page("time.approve", methods=("GET", "HEAD", "POST"))
def approve(request: web.PageRequest) -> HttpResponse:
    """List the time that waits for the viewer's decision, oldest first, and approve what is chosen."""
    now = clock.now()
    if request.method == "POST":
        entry_ids = _read_ids(request.POST.getlist("entry_ids"))
        decisions = commands.approve_entries(entry_ids=entry_ids, by=request.user, now=now)
        told = f"{len(decisions)} {'entry is' if len(decisions) == 1 else 'entries are'} approved and earned."
        return web.done(request, told, TO_APPROVE)
    rows = [row_of(entry) for entry in list_to_approve(request.user)]
    context = {
        "rows": [(row, _silently_at(row.entry)) for row in rows],
        "seconds": sum(row.seconds for row in rows),
        "days": AUTO_APPROVE_AFTER.days,
    }
    return render(request, "timesheets/approve.html", context)


def _silently_at(entry: TimeEntry) -> datetime | None:
    return entry.ends_at + AUTO_APPROVE_AFTER if entry.ends_at else None


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
