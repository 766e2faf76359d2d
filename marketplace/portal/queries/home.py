"""What waits for an expert, this week's hours, and why there is no more work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count

from common import clock
from marketplace.experts.models import Expert
from marketplace.identity.models import User
from marketplace.projects.models import Opening, Project
from marketplace.staffing.models import Engagement
from marketplace.staffing.queries import matching_openings
from marketplace.staffing.ranking import Evaluation
from marketplace.timesheets.models import TimeEntry
from marketplace.timesheets.rules import seconds_by_day, week_bounds
from marketplace.work.models import Claim, Review, Submission, Task

SHOWN_CLAIMS = 10


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim that the expert works on; ``returned`` is the review that sent it back, if one did."""

    claim: Claim
    returned: Review | None


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """Tasks of one project that the expert may claim now."""

    project: Project
    count: int


@dataclass(frozen=True, slots=True)
class DayHours:
    """One day of the week with its seconds and the least settled state of its entries."""

    day: date
    seconds: int
    state: str


@dataclass(frozen=True, slots=True)
class WeekHours:
    """This week by the expert's zone: days with time, the total, the agreed cap, and the instant the week ends."""

    days: Sequence[DayHours]
    seconds: int
    cap_seconds: int
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class WorkOutlook:
    """Which open openings the expert passes, and the nearest of those that they do not."""

    eligible: Sequence[tuple[Opening, Evaluation]]
    missed: Sequence[tuple[Opening, Evaluation]]


def list_open_claims(user: User) -> list[OpenClaim]:
    """Return the expert's live claims: returned work first, then by the end of the lease."""
    claims = list(
        Claim.objects.filter(expert_user=user, state=Claim.State.ACTIVE)
        .select_related("task", "project", "pay_line")
        .order_by("lease_until", "id")[:SHOWN_CLAIMS]
    )
    reviews = Review.objects.filter(
        submission__claim__in=claims, decision=Review.Decision.RETURN, submission__state=Submission.State.RETURNED
    ).select_related("submission")
    latest = {review.submission.claim_id: review for review in reviews.order_by("decided_at", "id")}
    rows = [OpenClaim(claim, latest.get(claim.id)) for claim in claims]
    return sorted(rows, key=lambda row: (row.returned is None, row.claim.lease_until))


def list_work_left(user: User) -> list[WorkLeft]:
    """Return, for each project that the expert works in, how many tasks they may still claim; those without are left out."""
    projects = Project.objects.filter(
        state=Project.State.PRODUCTION,
        openings__engagements__expert__user=user,
        openings__engagements__state=Engagement.State.PRODUCTION,
    ).distinct()
    free = Task.objects.open_to(user, clock.now()).filter(batch__project__in=projects, batch__state="IN_PROGRESS")
    counts = dict(
        free.order_by("batch__project_id")
        .values("batch__project_id")
        .annotate(count=Count("id"))
        .values_list("batch__project_id", "count")
    )
    return [WorkLeft(row, counts[row.id]) for row in projects.order_by("name", "id") if row.id in counts]


_SETTLED = ("RUNNING", "CUT", "SUBMITTED", "APPROVED")


def week_hours(expert: Expert, *, now: datetime) -> WeekHours:
    """Return the hours of the current week, the running timer included."""
    zone = expert.timezone
    starts_at, ends_at = week_bounds(now.astimezone(ZoneInfo(zone)).date(), zone)
    rows = TimeEntry.objects.filter(expert_user_id=expert.user_id, starts_at__gte=starts_at, starts_at__lt=ends_at)
    seconds: dict[date, int] = {}
    states: dict[date, set[str]] = {}
    for entry in rows.exclude(state=TimeEntry.State.WITHDRAWN):
        for day, share in seconds_by_day(entry.starts_at, entry.ends_at or now, zone).items():
            seconds[day] = seconds.get(day, 0) + share
            states.setdefault(day, set()).add(entry.state)
    live = Engagement.objects.filter(expert=expert, state=Engagement.State.PRODUCTION)
    cap = 60 * sum(live.values_list("weekly_cap_minutes", flat=True))
    days = [
        DayHours(day, seconds[day], next(state for state in _SETTLED if state in states[day]))
        for day in sorted(seconds)
    ]
    return WeekHours(days, sum(seconds.values()), cap, ends_at - timedelta(seconds=1))


def work_outlook(expert: Expert, *, now: datetime) -> WorkOutlook:
    """Return the open openings that the expert passes, and the three that miss fewest hard rules."""
    pairs = matching_openings(expert, now=now)
    eligible = [pair for pair in pairs if pair[1].is_eligible]
    missed = sorted(
        (pair for pair in pairs if not pair[1].is_eligible),
        key=lambda pair: (_count_failed(pair[1]), -pair[1].score, pair[0].id),
    )
    return WorkOutlook(eligible, missed[:3])


def _count_failed(evaluation: Evaluation) -> int:
    return sum(result.is_hard and not result.passed for result in evaluation.results)
