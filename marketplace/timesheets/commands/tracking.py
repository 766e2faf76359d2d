"""Tracking time. The device's reports are kept as they came; entries are folded from them. Lock order: engagement, entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from common import audit, states
from common.errors import FieldProblem, InvalidInput
from common.permissions import require_grant
from common.text import clean_text
from marketplace.identity.models import User
from marketplace.staffing.errors import EngagementNotFound
from marketplace.staffing.models import Engagement
from marketplace.timesheets.errors import (
    EngagementNotOpen,
    NoTimerRuns,
    TimeAlreadyDecided,
    TimeEntryNotFound,
    TimeOverlaps,
)
from marketplace.timesheets.models import TimeEntry, TimeEvent
from marketplace.timesheets.rules import (
    FUTURE_TOLERANCE,
    LONGEST_ENTRY,
    LONGEST_SILENCE,
    OLDEST,
    SILENT_END,
    Report,
    Stretch,
    fold,
)

MOST_REPORTS = 5000
WEB_DEVICE = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInput:
    """One report of a device, numbered by the device; ``client_at`` is its own clock."""

    sequence: int
    kind: str
    client_at: datetime


@transaction.atomic
def record_reports(
    *, engagement_id: UUID, device: str, reports: Sequence[ReportInput], by: User, now: datetime
) -> list[TimeEntry]:
    """Keep a device's reports and return the entries they change. Sent again, they change nothing.

    Raises:
        NotPermitted, EngagementNotFound, EngagementNotOpen; TimeOverlaps: with another device or a manual entry;
        InvalidInput: every report that lies ahead, is too old, or before the engagement began.
    """
    engagement = _lock_engagement(engagement_id, by)
    _refuse_bad_reports(device, reports, engagement, now)
    known = set(
        TimeEvent.objects.filter(
            expert_user=by, device=device, sequence__in=[report.sequence for report in reports]
        ).values_list("sequence", flat=True)
    )
    fresh = [report for report in reports if report.sequence not in known]
    if any(report.kind not in (TimeEvent.Kind.PAUSE, TimeEvent.Kind.STOP) for report in fresh):
        _require_production(engagement)  # what runs can always be ended
    TimeEvent.objects.bulk_create(
        TimeEvent(
            expert_user=by,
            engagement=engagement,
            device=device,
            sequence=report.sequence,
            kind=report.kind,
            client_at=report.client_at,
            server_at=now,
        )
        for report in fresh
    )
    return _refold(engagement, device, by, now) if fresh else []


@transaction.atomic
def start_timer(*, engagement_id: UUID, by: User, now: datetime) -> TimeEntry:
    """Start the timer in the browser; it lives in the database and survives reloads.

    Raises:
        As ``record_reports``; TimeOverlaps: a timer runs already.
    """
    running = TimeEntry.objects.select_for_update().filter(expert_user=by, state=TimeEntry.State.RUNNING).first()
    if running is not None:
        raise TimeOverlaps("A timer is running already: stop it first.")
    return _report_from_web(engagement_id, "START", by, now)


@transaction.atomic
def stop_timer(*, by: User, now: datetime) -> TimeEntry:
    """Stop the running timer.

    Raises:
        NoTimerRuns.
    """
    running = TimeEntry.objects.filter(expert_user=by, state=TimeEntry.State.RUNNING).first()
    if running is None:
        raise NoTimerRuns
    entries = record_reports(
        engagement_id=running.engagement_id,
        device=running.device,
        reports=[ReportInput(sequence=_next_sequence(by, running.device), kind="STOP", client_at=now)],
        by=by,
        now=now,
    )
    return entries[-1] if entries else running


def beat_timer(*, by: User, now: datetime) -> TimeEntry:
    """Report that the person is still there. A timer that another device runs is left to that device's own reports.

    Raises:
        NoTimerRuns.
    """
    running = TimeEntry.objects.filter(expert_user=by, state=TimeEntry.State.RUNNING).first()
    if running is None:
        raise NoTimerRuns
    if running.device != WEB_DEVICE:
        return running
    return _report_from_web(running.engagement_id, "BEAT", by, now)


@transaction.atomic
def add_manual_entry(
    *, engagement_id: UUID, starts_at: datetime, ends_at: datetime, reason: str, by: User, now: datetime
) -> TimeEntry:
    """Enter time by hand, with a reason.

    Raises:
        NotPermitted, EngagementNotFound, EngagementNotOpen, TimeOverlaps; InvalidInput: every field that is not valid.
    """
    engagement = _lock_engagement(engagement_id, by)
    _require_production(engagement)
    problems = find_entry_problems(starts_at, ends_at, engagement, now)
    try:
        words = clean_text(reason, max_length=2000)
    except ValueError as error:
        words = ""
        problems.append(FieldProblem("/reason", "invalid", str(error)))
    if not words:
        problems.append(FieldProblem("/reason", "required", "Say why this was not tracked by the timer."))
    if problems:
        raise InvalidInput("The time entry is not valid.", problems)
    entry = TimeEntry(
        expert_user=by,
        engagement=engagement,
        kind=TimeEntry.Kind.MANUAL,
        state=TimeEntry.State.SUBMITTED,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=engagement.timezone,
        reason=words,
        created_at=now,
    )
    _insert(entry)
    audit.record(action="timeentry.submitted", target=entry, by=by.pk, now=now)
    return entry


@transaction.atomic
def withdraw_entry(*, entry_id: UUID, by: User, now: datetime) -> TimeEntry:
    """Take back one's own entry before it is decided.

    Raises:
        TimeEntryNotFound, TimeAlreadyDecided.
    """
    entry = TimeEntry.objects.select_for_update().filter(id=entry_id, expert_user=by).first()
    if entry is None:
        raise TimeEntryNotFound
    if entry.state != TimeEntry.State.SUBMITTED:
        raise TimeAlreadyDecided
    states.move(entry, TimeEntry.State.WITHDRAWN, by=by.pk, now=now)
    return entry


@transaction.atomic
def close_silent_timers(*, now: datetime, limit: int = 500) -> int:
    """End timers that were not heard of for ``LONGEST_SILENCE`` at their last report, and return how many."""
    rows = TimeEntry.objects.select_for_update(skip_locked=True).filter(
        state=TimeEntry.State.RUNNING, last_seen_at__lt=now - LONGEST_SILENCE
    )
    entries = list(rows.order_by("id")[:limit])
    for entry in entries:
        if entry.last_seen_at is None or entry.last_seen_at <= entry.starts_at:
            entry.delete()
            continue
        entry.reason = entry.reason or SILENT_END
        states.move(
            entry,
            TimeEntry.State.SUBMITTED,
            by=None,
            now=now,
            also={"ends_at": entry.last_seen_at, "reason": entry.reason},
        )
    return len(entries)


def find_entry_problems(
    starts_at: datetime, ends_at: datetime, engagement: Engagement, now: datetime
) -> list[FieldProblem]:
    """Return what is wrong with a stretch of time in an engagement, by field."""
    problems = []
    if ends_at <= starts_at:
        problems.append(FieldProblem("/ends_at", "end_before_start", "Must be later than starts_at."))
    elif ends_at - starts_at > LONGEST_ENTRY:
        problems.append(FieldProblem("/ends_at", "too_long", "An entry has at most 24 hours."))
    if ends_at > now + FUTURE_TOLERANCE:
        problems.append(FieldProblem("/ends_at", "in_the_future", "Must not lie ahead."))
    if starts_at < now - OLDEST:
        problems.append(FieldProblem("/starts_at", "too_old", f"Must not be older than {OLDEST.days} days."))
    if starts_at < engagement.started_at:
        problems.append(FieldProblem("/starts_at", "before_engagement", "Lies before the engagement began."))
    return problems


def _lock_engagement(engagement_id: UUID, by: User) -> Engagement:
    require_grant(by, "time.track")
    rows = Engagement.objects.select_for_update(of=("self",)).filter(id=engagement_id, expert__user_id=by.pk)
    engagement: Engagement | None = rows.first()
    if engagement is None:
        raise EngagementNotFound
    return engagement


def _require_production(engagement: Engagement) -> None:
    if engagement.state != Engagement.State.PRODUCTION:
        raise EngagementNotOpen


def _refuse_bad_reports(device: str, reports: Sequence[ReportInput], engagement: Engagement, now: datetime) -> None:
    problems = []
    if not 1 <= len(device) <= 64 or not device.isascii() or not device.isprintable():
        problems.append(FieldProblem("/device", "invalid", "Use 1 to 64 printable ASCII characters."))
    if not 1 <= len(reports) <= MOST_REPORTS:
        problems.append(FieldProblem("/events", "out_of_range", f"Send 1 to {MOST_REPORTS} reports."))
    if len({report.sequence for report in reports}) != len(reports):
        problems.append(FieldProblem("/events", "repeated", "A sequence number is used twice."))
    for index, report in enumerate(reports):
        problems += _find_report_problems(report, f"/events/{index}", engagement, now)
    if problems:
        raise InvalidInput("The reports are not valid.", problems)


def _find_report_problems(
    report: ReportInput, pointer: str, engagement: Engagement, now: datetime
) -> list[FieldProblem]:
    problems = []
    if report.kind not in TimeEvent.Kind.values:
        problems.append(FieldProblem(f"{pointer}/kind", "unknown", "Must be START, BEAT, PAUSE or STOP."))
    if report.client_at < now - OLDEST or report.client_at < engagement.started_at - FUTURE_TOLERANCE:
        problems.append(FieldProblem(f"{pointer}/client_at", "too_old", "Lies before the engagement or is too old."))
    if report.client_at > now + LONGEST_ENTRY:
        problems.append(FieldProblem(f"{pointer}/client_at", "in_the_future", "Lies more than a day ahead."))
    return problems


def _report_from_web(engagement_id: UUID, kind: str, by: User, now: datetime) -> TimeEntry:
    report = ReportInput(sequence=_next_sequence(by, WEB_DEVICE), kind=kind, client_at=now)
    return record_reports(engagement_id=engagement_id, device=WEB_DEVICE, reports=[report], by=by, now=now)[-1]


def _next_sequence(by: User, device: str) -> int:
    rows = TimeEvent.objects.filter(expert_user=by, device=device)
    return int(rows.aggregate(highest=Max("sequence"))["highest"] or 0) + 1


def _refold(engagement: Engagement, device: str, by: User, now: datetime) -> list[TimeEntry]:
    """Fold the device's reports since the first entry that is not decided, and bring the entries in line."""
    mine = TimeEntry.objects.select_for_update().filter(engagement=engagement, device=device)
    decided = mine.exclude(state__in=[TimeEntry.State.RUNNING, TimeEntry.State.SUBMITTED])
    settled_up_to = decided.aggregate(last=Max("ends_at"))["last"]
    events = TimeEvent.objects.filter(expert_user=by, engagement=engagement, device=device)
    events = events.filter(client_at__gte=settled_up_to or now - OLDEST)
    reports = [
        Report(sequence=row.sequence, kind=row.kind, client_at=row.client_at, server_at=row.server_at) for row in events
    ]
    open_entries = {entry.first_sequence: entry for entry in mine.filter(state__in=["RUNNING", "SUBMITTED"])}
    changed = []
    for stretch in fold(reports, now=now):
        entry = open_entries.pop(stretch.first_sequence, None)
        changed += _bring_in_line(entry, stretch, engagement, device, by, now)
    return changed


def _bring_in_line(
    entry: TimeEntry | None, stretch: Stretch, engagement: Engagement, device: str, by: User, now: datetime
) -> list[TimeEntry]:
    state = TimeEntry.State.RUNNING if stretch.ends_at is None else TimeEntry.State.SUBMITTED
    reason = SILENT_END if stretch.was_silent else ""
    if entry is None:
        entry = TimeEntry(
            expert_user=by,
            engagement=engagement,
            kind=TimeEntry.Kind.TIMER,
            state=state,
            starts_at=stretch.starts_at,
            ends_at=stretch.ends_at,
            zone=engagement.timezone,
            device=device,
            first_sequence=stretch.first_sequence,
            last_seen_at=stretch.last_seen_at,
            reason=reason,
            created_at=now,
        )
        _insert(entry)
        audit.record(action=f"timeentry.{state.lower()}", target=entry, by=by.pk, now=now)
        return [entry]
    also = {"ends_at": stretch.ends_at, "last_seen_at": stretch.last_seen_at, "reason": reason}
    if entry.state != state:
        try:
            with transaction.atomic():
                states.move(entry, state, by=by.pk, now=now, also=also)
        except IntegrityError as error:
            raise TimeOverlaps from error
        return [entry]
    TimeEntry.objects.filter(id=entry.id).update(**also)
    entry.ends_at, entry.last_seen_at = stretch.ends_at, stretch.last_seen_at
    return [entry]


def _insert(entry: TimeEntry) -> None:
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        raise TimeOverlaps from error
