"""Playing the real sessions as time: a device reports start, beats and stop; a manager approves the sheet week by week."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from marketplace.demo.annotating import group_by_worker
from marketplace.demo.annotations import Dataset, WorkSession
from marketplace.demo.cast import Cast
from marketplace.staffing.models import Engagement
from marketplace.timesheets import commands as time
from marketplace.timesheets.commands import ReportInput
from marketplace.timesheets.models import TimeEntry

_DEVICE: Final = "annotation-tool"
_BEAT: Final = timedelta(minutes=10)
_HEARD_AFTER: Final = timedelta(seconds=1)
#: Sequence numbers set aside for the events of one session, so that a session has the same ones in every run.
_STEPS_A_SESSION: Final = 1000


def play_sessions(
    dataset: Dataset,
    engagements: Mapping[str, Engagement],
    cast: Cast,
    *,
    week_of: Callable[[datetime], datetime],
    progress: Callable[[int, int], None],
) -> None:
    """Report every session as time entries and approve each week after it has ended; what is there already is left."""
    done = 0
    for worker, sessions in group_by_worker(dataset.sessions, lambda session: session.worker):
        _play_time(sessions, engagements[worker], cast, week_of)
        done += len(sessions)
        progress(done, len(dataset.sessions))


@transaction.atomic
def _play_time(
    sessions: Sequence[WorkSession], engagement: Engagement, cast: Cast, week_of: Callable[[datetime], datetime]
) -> None:
    """Report and approve one expert's sessions in one transaction: no worker sees time that waits for long and approves it."""
    known = set(TimeEntry.objects.filter(engagement=engagement).values_list("starts_at", flat=True))
    for number, session in enumerate(sessions):
        if session.starts_at not in known:
            _report(session, engagement, number * _STEPS_A_SESSION)
    _approve(engagement, cast, week_of)


def _report(session: WorkSession, engagement: Engagement, first: int) -> None:
    steps = [("START", session.starts_at)]
    beat = session.starts_at + _BEAT
    while beat < session.ends_at:
        steps.append(("BEAT", beat))
        beat += _BEAT
    steps.append(("STOP", session.ends_at))
    reports = [
        ReportInput(sequence=first + number, kind=kind, client_at=at) for number, (kind, at) in enumerate(steps, 1)
    ]
    time.record_reports(
        engagement_id=engagement.id,
        device=_DEVICE,
        reports=reports,
        by=engagement.expert.user,
        now=session.ends_at + _HEARD_AFTER,
    )


def _approve(engagement: Engagement, cast: Cast, week_of: Callable[[datetime], datetime]) -> None:
    waiting = TimeEntry.objects.filter(engagement=engagement, state=TimeEntry.State.SUBMITTED)
    weeks: dict[datetime, list[TimeEntry]] = {}
    for entry in waiting.order_by("starts_at", "id"):
        weeks.setdefault(week_of(entry.starts_at), []).append(entry)
    for week, entries in sorted(weeks.items()):
        ids = [entry.id for entry in entries]
        last = max(entry.ends_at for entry in entries if entry.ends_at)
        # Approved within the week it was worked in, so that the week's cycle pays it.
        at = min(last + timedelta(hours=2), week + timedelta(days=7) - timedelta(minutes=1))
        time.approve_entries(entry_ids=ids, by=cast.manager, now=max(at, last))
