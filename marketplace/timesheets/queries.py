"""Reads of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from marketplace.identity.models import User
from marketplace.staffing.models import Engagement
from marketplace.timesheets.errors import TimeEntryNotFound
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import seconds_by_day, week_bounds


@dataclass(frozen=True, slots=True)
class WeekSheet:
    """One engagement's week: the instants it is bounded by, its entries in order, and seconds by local day."""

    engagement: Engagement
    zone: str
    starts_at: datetime
    ends_at: datetime
    entries: tuple[TimeEntry, ...]
    seconds_by_day: dict[date, int]
    total_seconds: int


def get_entry(user: User, entry_id: UUID) -> TimeEntry:
    """Return an entry in scope.

    Raises:
        TimeEntryNotFound: absent or out of scope.
    """
    rows = TimeEntry.objects.visible_to(user).select_related("engagement__opening__project", "engagement__pay_line")
    entry = rows.filter(id=entry_id).first()
    if entry is None:
        raise TimeEntryNotFound
    return entry


def find_running(user_id: UUID) -> TimeEntry | None:
    """Return the expert's running timer, if there is one."""
    rows = TimeEntry.objects.filter(expert_user_id=user_id, state=TimeEntry.State.RUNNING)
    return rows.select_related("engagement__opening__project").first()


def list_own_engagements(user: User) -> list[Engagement]:
    """Return the expert's engagements, those at work first, newest first."""
    rows = Engagement.objects.filter(expert__user=user).select_related("opening__project", "pay_line")
    order = {Engagement.State.PRODUCTION: 0, Engagement.State.PAUSED: 1, Engagement.State.ENDED: 2}
    return sorted(rows.order_by("-started_at", "-id"), key=lambda row: order[Engagement.State(row.state)])


def week_sheet(engagement: Engagement, *, day: date) -> WeekSheet:
    """Return the week of ``day`` by the engagement's zone. An entry belongs to the week in which it begins."""
    starts_at, ends_at = week_bounds(day, engagement.timezone)
    rows = TimeEntry.objects.filter(engagement=engagement, starts_at__gte=starts_at, starts_at__lt=ends_at)
    entries = tuple(
        rows.exclude(state=TimeEntry.State.WITHDRAWN)
        .select_related("engagement__pay_line")
        .prefetch_related("decisions__appeal")
        .order_by("starts_at", "id")
    )
    by_day: dict[date, int] = {}
    for entry in entries:
        if entry.ends_at is not None:
            for local_day, seconds in seconds_by_day(entry.starts_at, entry.ends_at, engagement.timezone).items():
                by_day[local_day] = by_day.get(local_day, 0) + seconds
    return WeekSheet(engagement, engagement.timezone, starts_at, ends_at, entries, by_day, sum(by_day.values()))


def list_to_approve(user: User) -> list[TimeEntry]:
    """Return handed-in entries that ``user`` may decide on, oldest first; never their own."""
    rows = TimeEntry.objects.decidable_by(user).filter(state=TimeEntry.State.SUBMITTED)
    related = rows.select_related("engagement__expert", "engagement__opening__project", "engagement__pay_line")
    related = related.prefetch_related("decisions")
    return list(related.order_by("starts_at", "id")[:500])
