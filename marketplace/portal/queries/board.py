"""Where a manager's projects stand: people, hours, work, and what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from marketplace.hiring.models import Application
from marketplace.identity.models import User
from marketplace.projects.models import Opening, Project
from marketplace.staffing.models import Engagement, Offer
from marketplace.standing.models import Appeal
from marketplace.timesheets.models import TimeEntry
from marketplace.work.models import Batch, Claim, Submission, Task

WEEK = timedelta(days=7)
MOST_BATCHES = 50


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """An opening with its seats taken, and applications and offers that wait."""

    opening: Opening
    taken: int
    applications: int
    offers: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch with how many answers it wants, has accepted, and has to be reviewed."""

    batch: Batch
    wanted: int
    accepted: int
    to_review: int


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project with its openings and sums; ``seconds`` is time of the last seven days, whatever its state."""

    project: Project
    openings: Sequence[OpeningRow]
    seats: int
    taken: int
    wanted: int
    accepted: int
    to_review: int
    time_to_approve: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person in all of the viewer's projects; never one's own work or time."""

    submissions: int
    time_entries: int
    appeals: int
    applications: int
    drafts: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.submissions + self.time_entries + self.appeals + self.applications


def list_board(user: User, *, now: datetime) -> list[ProjectRow]:
    """Return the projects of the viewer's organizations, running ones first; a fixed number of queries."""
    order = {"PRODUCTION": 0, "SET_UP": 1, "PAUSED": 2, "COMPLETE": 3, "CANCELLED": 4}
    projects = list(Project.objects.managed_by(user).select_related("organization", "domain").order_by("name", "id"))
    projects.sort(key=lambda project: order[project.state])
    openings = _openings_of(projects)
    work, reviews = _work_of(projects), _to_review_of(projects)
    to_approve, seconds = _time_of(projects, user, now)
    return [
        ProjectRow(
            project=project,
            openings=openings.get(project.id, []),
            seats=sum(row.opening.seats for row in openings.get(project.id, [])),
            taken=sum(row.taken for row in openings.get(project.id, [])),
            wanted=work.get(project.id, (0, 0))[0],
            accepted=work.get(project.id, (0, 0))[1],
            to_review=reviews.get(project.id, 0),
            time_to_approve=to_approve.get(project.id, 0),
            seconds=seconds.get(project.id, 0),
        )
        for project in projects
    ]


def count_waiting(user: User) -> Waiting:
    """Return how much waits for a person."""
    projects = Project.objects.managed_by(user)
    submissions = Submission.objects.filter(claim__project__in=projects, state=Submission.State.SUBMITTED)
    drafts = Opening.objects.filter(project__in=projects, state=Opening.State.DRAFT)
    applications = Application.objects.filter(opening__project__in=projects, state="SUBMITTED")
    appeals = Appeal.objects.visible_to(user).filter(state=Appeal.State.OPEN)
    return Waiting(
        submissions=submissions.exclude(claim__expert_user=user).count(),
        time_entries=TimeEntry.objects.decidable_by(user).filter(state=TimeEntry.State.SUBMITTED).count(),
        appeals=appeals.exclude(opened_by=user).exclude(first_decided_by=user).count(),
        applications=applications.count(),
        drafts=drafts.count(),
    )


def list_batches(project: Project) -> list[BatchRow]:
    """Return a project's batches with their progress, newest first."""
    batches = list(Batch.objects.filter(project=project).order_by("-id")[:MOST_BATCHES])
    sums = {
        batch_id: (want, got)
        for batch_id, want, got in Task.objects.filter(batch__in=batches)
        .order_by("batch_id")
        .values("batch_id")
        .annotate(want=Sum("wanted"), got=Sum("accepted"))
        .values_list("batch_id", "want", "got")
    }
    waiting = Submission.objects.filter(claim__project=project, state=Submission.State.SUBMITTED)
    by_batch = dict(
        waiting.values("claim__task__batch_id").annotate(n=Count("id")).values_list("claim__task__batch_id", "n")
    )
    return [BatchRow(row, *sums.get(row.id, (0, 0)), by_batch.get(row.id, 0)) for row in batches]


def list_openings(project: Project) -> Sequence[OpeningRow]:
    """Return a project's openings with what waits in each."""
    return _openings_of([project]).get(project.id, [])


def count_live_claims(project: Project) -> int:
    """Return how many tasks of a project are being worked on."""
    return Claim.objects.filter(project=project, state=Claim.State.ACTIVE).count()


def _openings_of(projects: Sequence[Project]) -> dict[UUID, list[OpeningRow]]:
    openings = list(Opening.objects.filter(project__in=projects).order_by("created_at", "id"))
    live = ~Q(state=Engagement.State.ENDED)
    taken = _count(Engagement.objects.filter(live, opening__in=openings), "opening_id")
    applied = _count(Application.objects.filter(opening__in=openings, state="SUBMITTED"), "opening_id")
    offered = _count(Offer.objects.filter(opening__in=openings, state=Offer.State.SENT), "opening_id")
    by_project: dict[UUID, list[OpeningRow]] = {}
    for row in openings:
        counted = OpeningRow(row, taken.get(row.id, 0), applied.get(row.id, 0), offered.get(row.id, 0))
        by_project.setdefault(row.project_id, []).append(counted)
    return by_project


def _count(rows: object, key: str) -> dict[UUID, int]:
    counted = rows.order_by(key).values(key).annotate(n=Count("id")).values_list(key, "n")  # type: ignore[attr-defined]
    return dict(counted)


def _work_of(projects: Sequence[Project]) -> dict[UUID, tuple[int, int]]:
    rows = Task.objects.filter(batch__project__in=projects).exclude(batch__state=Batch.State.CANCELLED)
    sums = (
        rows.order_by("batch__project_id")
        .values("batch__project_id")
        .annotate(want=Sum("wanted"), got=Sum("accepted"))
        .values_list("batch__project_id", "want", "got")
    )
    return {project_id: (want, got) for project_id, want, got in sums}


def _to_review_of(projects: Sequence[Project]) -> dict[UUID, int]:
    rows = Submission.objects.filter(claim__project__in=projects, state=Submission.State.SUBMITTED)
    return _count(rows.annotate(project_id=F("claim__project_id")), "project_id")


def _time_of(projects: Sequence[Project], user: User, now: datetime) -> tuple[dict[UUID, int], dict[UUID, int]]:
    waiting = TimeEntry.objects.decidable_by(user).filter(
        state=TimeEntry.State.SUBMITTED, engagement__opening__project__in=projects
    )
    to_approve = _count(waiting.annotate(project_id=F("engagement__opening__project_id")), "project_id")
    worked = TimeEntry.objects.filter(
        engagement__opening__project__in=projects, starts_at__gte=now - WEEK, ends_at__isnull=False
    ).exclude(state=TimeEntry.State.WITHDRAWN)
    spans = (
        worked.order_by().values("engagement__opening__project_id").annotate(span=Sum(F("ends_at") - F("starts_at")))
    )
    seconds = {row["engagement__opening__project_id"]: int(row["span"].total_seconds()) for row in spans}
    return to_approve, seconds
