"""What waits for a manager's decision: by expert and week, with the week's total against the cap and what to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from common.money import Money, hours_of
from marketplace.identity.models import User
from marketplace.projects.models import RateLine
from marketplace.staffing.models import Engagement
from marketplace.timesheets.models import TimeDecision, TimeEntry
from marketplace.timesheets.queries import list_to_approve
from marketplace.timesheets.rules import AUTO_APPROVE_AFTER, SILENT_END, week_bounds

#: A week with a larger share of its time entered by hand is marked. It decides nothing.
MUCH_BY_HAND: Final = 0.25


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with its length, its last decision, and what it earns in full where it is paid by the hour."""

    entry: TimeEntry
    seconds: int
    decision: TimeDecision | None
    worth: Money | None

    @property
    def ended_silently(self) -> bool:
        """Say whether the timer ended because nothing was heard of it any more."""
        return self.entry.reason == SILENT_END

    @property
    def silently_at(self) -> datetime | None:
        """The instant at which the entry is approved if nobody decides."""
        return self.entry.ends_at + AUTO_APPROVE_AFTER if self.entry.ends_at else None


@dataclass(frozen=True, slots=True)
class WeekToApprove:
    """One engagement's week by the expert's zone. ``week_seconds`` counts what is approved, what of a cut counts, and what waits."""

    engagement: Engagement
    monday: date
    rows: Sequence[EntryRow]
    waiting_seconds: int
    week_seconds: int
    cap_seconds: int
    manual_share: float

    @property
    def over_seconds(self) -> int:
        """How far the week goes beyond the agreed cap."""
        return max(self.week_seconds - self.cap_seconds, 0)

    @property
    def is_much_by_hand(self) -> bool:
        """Say whether more was entered by hand than usual."""
        return self.manual_share > MUCH_BY_HAND


def row_of(entry: TimeEntry) -> EntryRow:
    """Return an entry as lists show it; its decisions are prefetched."""
    seconds = int((entry.ends_at - entry.starts_at).total_seconds()) if entry.ends_at else 0
    decisions = sorted(entry.decisions.all(), key=lambda row: row.decided_at)
    line = entry.engagement.pay_line
    worth = None
    if line.unit == RateLine.Unit.HOUR and seconds:
        worth = Money(line.amount_minor, line.currency).times(hours_of(seconds))
    return EntryRow(entry, seconds, decisions[-1] if decisions else None, worth)


def list_weeks_to_approve(user: User) -> list[WeekToApprove]:
    """Return what ``user`` may decide on by expert and week, the oldest week first."""
    groups: dict[tuple[date, UUID], list[EntryRow]] = {}
    for entry in list_to_approve(user):
        groups.setdefault((_monday_of(entry), entry.engagement_id), []).append(row_of(entry))
    whole = _list_whole_weeks(groups)
    return [_to_week(key, rows, whole[key]) for key, rows in sorted(groups.items(), key=lambda group: group[0])]


def _monday_of(entry: TimeEntry) -> date:
    day = entry.starts_at.astimezone(ZoneInfo(entry.engagement.timezone)).date()
    return day - timedelta(days=day.weekday())


def _list_whole_weeks(groups: Iterable[tuple[date, UUID]]) -> dict[tuple[date, UUID], list[EntryRow]]:
    """Return every entry that counts in those weeks, decided ones too."""
    keys = set(groups)
    if not keys:
        return {}
    since = week_bounds(min(monday for monday, _ in keys), "UTC")[0] - timedelta(days=1)
    rows = TimeEntry.objects.filter(engagement_id__in={engagement_id for _, engagement_id in keys})
    rows = rows.filter(starts_at__gte=since).exclude(state__in=[TimeEntry.State.WITHDRAWN, TimeEntry.State.RUNNING])
    whole: dict[tuple[date, UUID], list[EntryRow]] = {key: [] for key in keys}
    for entry in rows.select_related("engagement__pay_line").prefetch_related("decisions"):
        key = (_monday_of(entry), entry.engagement_id)
        if key in whole:
            whole[key].append(row_of(entry))
    return whole


def _to_week(key: tuple[date, UUID], rows: list[EntryRow], whole: list[EntryRow]) -> WeekToApprove:
    engagement = rows[0].entry.engagement
    counted = sum(row.decision.approved_seconds if row.decision else row.seconds for row in whole)
    manual = sum(row.seconds for row in whole if row.entry.kind == TimeEntry.Kind.MANUAL)
    return WeekToApprove(
        engagement=engagement,
        monday=key[0],
        rows=rows,
        waiting_seconds=sum(row.seconds for row in rows),
        week_seconds=counted,
        cap_seconds=60 * engagement.weekly_cap_minutes,
        manual_share=manual / (sum(row.seconds for row in whole) or 1),
    )
