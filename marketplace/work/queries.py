"""Reads of work, within the caller's scope."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum

from common import clock
from marketplace.identity.models import User
from marketplace.identity.queries import organizations_with
from marketplace.projects.models import Project
from marketplace.staffing.models import Engagement
from marketplace.work.errors import (
    BatchNotFound,
    ClaimNotFound,
    ReportNotFound,
    SubmissionNotFound,
    TaskNotFound,
)
from marketplace.work.models import (
    AcceptanceOrder,
    Batch,
    Claim,
    Draft,
    ImportReport,
    Outcome,
    Review,
    Submission,
    Task,
)
from marketplace.work.rules import item_key_of
from quality import facade as quality


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is: places wanted, taken and accepted over all its tasks, and submissions that wait for a review."""

    wanted: int
    taken: int
    accepted: int
    to_review: int


@dataclass(frozen=True, slots=True)
class Result:
    """One piece of accepted work as the client gets it; ``worker`` is a pseudonym, stable within the organization."""

    submission_id: UUID
    external_id: str
    worker: str
    content: dict[str, Any]
    submitted_at: datetime
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What everybody's labels say of one task: ``answer`` with its probability ``share``, None until it is fitted.

    ``shares`` are the probabilities of all classes, ``labels`` counts the people who labeled the task.
    """

    external_id: str
    answer: str | None
    share: float | None
    shares: Mapping[str, float]
    labels: int


def get_batch(user: User, batch_id: UUID) -> Batch:
    """Return a batch in scope. Raises BatchNotFound."""
    batch = Batch.objects.visible_to(user).select_related("project__organization").filter(id=batch_id).first()
    if batch is None:
        raise BatchNotFound
    return batch


def get_task(user: User, task_id: UUID) -> Task:
    """Return a task in scope. Raises TaskNotFound."""
    task = Task.objects.visible_to(user).select_related("batch__project").filter(id=task_id).first()
    if task is None:
        raise TaskNotFound
    return task


def get_own_claim(user: User, claim_id: UUID) -> Claim:
    """Return one's own claim, whatever its state. Raises ClaimNotFound."""
    rows = Claim.objects.select_related("task__batch", "project__organization", "pay_line", "draft")
    claim = rows.filter(id=claim_id, expert_user=user).first()
    if claim is None:
        raise ClaimNotFound
    return claim


def get_submission(user: User, submission_id: UUID) -> Submission:
    """Return a submission in scope. Raises SubmissionNotFound."""
    rows = Submission.objects.visible_to(user).select_related("claim__task__batch", "claim__project", "guidelines")
    submission = rows.filter(id=submission_id).first()
    if submission is None:
        raise SubmissionNotFound
    return submission


def get_import_report(user: User, report_id: UUID) -> ImportReport:
    """Return an import's report from a project of one's organizations. Raises ReportNotFound."""
    mine = organizations_with(user, "work.import")
    rows = ImportReport.objects.filter(project__organization__in=mine).select_related("project", "batch")
    report = rows.filter(id=report_id).first()
    if report is None:
        raise ReportNotFound
    return report


def get_reviewable(user: User, submission_id: UUID) -> Submission:
    """Return a submission that ``user`` may review, with its work and guidelines. Raises SubmissionNotFound."""
    rows = list_reviewable(user).select_related("claim__task__batch", "claim__project__organization", "guidelines")
    submission = rows.filter(id=submission_id).first()
    if submission is None:
        raise SubmissionNotFound
    return submission


def list_reviewable(user: User) -> QuerySet[Submission]:
    """Return the submissions of others, decided or not, in the organizations where ``user`` reviews."""
    theirs = Submission.objects.filter(claim__project__organization__in=organizations_with(user, "work.review"))
    return theirs.exclude(claim__expert_user_id=user.pk)


def list_review_queue(user: User) -> QuerySet[Submission]:
    """Return undecided submissions that ``user`` may decide on, oldest first; never their own, none that is being accepted."""
    ordered = AcceptanceOrder.objects.filter(state=AcceptanceOrder.State.WAITING).values("submission_id")
    rows = list_reviewable(user).filter(state=Submission.State.SUBMITTED).exclude(id__in=ordered)
    return rows.select_related("claim__task__batch", "claim__project").order_by("submitted_at", "id")


def list_projects_to_review(user: User) -> QuerySet[Project]:
    """Return the projects in which something waits for ``user``'s decision, by name."""
    waiting = list_review_queue(user).order_by().values("claim__project")
    return Project.objects.filter(id__in=waiting).order_by("name", "id")


def list_acceptance_orders(user: User) -> QuerySet[AcceptanceOrder]:
    """Return one's own orders to accept, newest first."""
    return AcceptanceOrder.objects.visible_to(user).select_related("submission__claim__task").order_by("-id")


def list_own_claims(user: User, states: tuple[str, ...] = ()) -> QuerySet[Claim]:
    """Return one's own claims, newest first, in ``states`` if any are named."""
    rows = Claim.objects.filter(expert_user=user).select_related("task__batch", "project", "pay_line")
    return (rows.filter(state__in=states) if states else rows).order_by("-id")


def list_active_claims(user: User) -> QuerySet[Claim]:
    """Return what one holds, the shortest lease first; ``last`` is the state of the version handed in last, if any."""
    last = Submission.objects.filter(claim=OuterRef("pk")).order_by("-number").values("state")[:1]
    active = list_own_claims(user, (Claim.State.ACTIVE,))
    return active.annotate(last=Subquery(last)).order_by("lease_until", "id")


def list_own_decisions(user: User) -> QuerySet[Review]:
    """Return every decision on one's own work with its scores and errors, the latest first."""
    rows = Review.objects.filter(author_id=user.pk).order_by("-decided_at", "-id")
    rows = rows.select_related("submission__claim__task", "submission__claim__project")
    return rows.prefetch_related("errors", "scores")


def list_claimable_projects(user: User) -> list[tuple[Project, int]]:
    """Return the projects in which ``user`` works, each with how many tasks are free for them, by name."""
    engaged = Engagement.objects.filter(expert__user_id=user.pk, state=Engagement.State.PRODUCTION)
    free = Task.objects.open_to(user, clock.now()).filter(batch__state="IN_PROGRESS")
    counts = dict(
        free.filter(batch__project__openings__engagements__in=engaged)
        .values_list("batch__project")
        .annotate(count=Count("id", distinct=True))
        .order_by("batch__project")
    )
    projects = Project.objects.filter(openings__engagements__in=engaged).distinct().order_by("name", "id")
    return [(project, counts.get(project.id, 0)) for project in projects.select_related("organization")]


def find_draft(claim: Claim) -> Draft | None:
    """Return what a claim's holder has written and not handed in."""
    return Draft.objects.filter(claim=claim).first()


def find_last_submission(claim: Claim) -> Submission | None:
    """Return the version that was handed in last."""
    return claim.submissions.order_by("-number").first()


def find_latest_content(claim: Claim) -> dict[str, Any]:
    """Return what the work on a claim goes on from: its draft, the work that came back, or a lapsed claim's draft."""
    drafts = Draft.objects.filter(claim__task=claim.task_id, claim__expert_user=claim.expert_user_id)
    found = find_draft(claim) or find_last_submission(claim) or drafts.order_by("-saved_at", "-claim_id").first()
    return dict(found.content) if found else {}


def count_claimable(user: User, project_id: UUID) -> int:
    """Return how many tasks of a project have a free place that the expert has not taken."""
    rows = Task.objects.open_to(user, clock.now())
    return rows.filter(batch__project_id=project_id, batch__state=Batch.State.IN_PROGRESS).count()


def measure_progress(batch: Batch) -> BatchProgress:
    """Return how far a batch is."""
    sums = batch.tasks.aggregate(wanted=Sum("wanted"), taken=Sum("taken"), accepted=Sum("accepted"))
    waiting = Submission.objects.filter(claim__task__batch=batch, state=Submission.State.SUBMITTED)
    return BatchProgress(sums["wanted"] or 0, sums["taken"] or 0, sums["accepted"] or 0, waiting.count())


def count_claims(batch: Batch) -> dict[str, int]:
    """Return how many claims of a batch's tasks are in each state that one is in."""
    claims = Claim.objects.filter(task__batch=batch)
    return dict(claims.values_list("state").annotate(count=Count("id")).order_by("state"))


def list_outcomes(batch: Batch) -> QuerySet[Outcome]:
    """Return every report on what became of a batch's work."""
    return Outcome.objects.filter(submission__claim__task__batch=batch).select_related("submission__claim__task")


def list_latest_outcomes(submission_ids: Iterable[UUID]) -> dict[UUID, Outcome]:
    """Return the newest report on each of these submissions."""
    rows = Outcome.objects.filter(submission_id__in=list(submission_ids)).order_by("submission_id", "-id")
    return {row.submission_id: row for row in rows.distinct("submission_id")}


def count_outcomes(batch: Batch) -> list[tuple[str, int]]:
    """Return how much of a batch's work was kept, reworked and not used, by the newest report on each; empty without any."""
    latest = list_outcomes(batch).order_by("submission_id", "-id").distinct("submission_id")
    counts = Counter(latest.values_list("kind", flat=True))
    return [(label, counts[value]) for value, label in Outcome.Kind.choices] if counts else []


def find_outcome(submission: Submission | None) -> Outcome | None:
    """Return the newest report on a submission."""
    return None if submission is None else submission.outcomes.order_by("-id").first()


def rank_items(project: Project) -> list[quality.RankedItem]:
    """Return what a project's pairwise tasks compare, the best first, as its last fit found it."""
    scope = quality.ScopeCodes(domain=project.domain.code, locale=project.locale, task_kind=project.task_kind)
    return quality.ranking_of(tenant=str(project.organization_id), project=project.code, scope=scope)


def find_answers(tasks: Iterable[Task]) -> list[Answer]:
    """Return for each task what everybody's labels say of it, in the order given."""
    rows = list(tasks)
    found = quality.consensus_of(item_keys=[item_key_of(task.id) for task in rows])
    return [_answer(task, found.get(item_key_of(task.id))) for task in rows]


def iterate_answers(batch: Batch) -> Iterator[Answer]:
    """Yield the answer to every task of a batch, in the order of the tasks' names, reading in chunks."""
    tasks = batch.tasks.order_by("external_id", "id").only("id", "external_id")
    for chunk in batched(tasks.iterator(chunk_size=1000), 1000):
        yield from find_answers(chunk)


def _answer(task: Task, found: quality.ItemAnswer | None) -> Answer:
    if found is None:
        return Answer(task.external_id, None, None, {}, 0)
    return Answer(task.external_id, found.answer, found.share, found.shares, found.labels)


def list_results(batch: Batch) -> QuerySet[Submission, Any]:
    """Return accepted work of a batch as plain values, for pages and exports alike."""
    rows = Submission.objects.filter(claim__task__batch=batch, state=Submission.State.ACCEPTED)
    return rows.values(
        "id", "content", "submitted_at", "decided_at", "claim__task__external_id", "claim__expert_user_id"
    )


def iterate_results(batch: Batch) -> Iterator[Result]:
    """Yield every result of a batch in order of its task, reading in chunks."""
    rows = list_results(batch).order_by("claim__task__external_id", "id")
    for row in rows.iterator(chunk_size=1000):
        yield as_result(row, batch.project.organization_id)


def as_result(row: dict[str, Any], organization_id: UUID) -> Result:
    """Return one row of ``list_results`` as the client gets it."""
    return Result(
        submission_id=row["id"],
        external_id=row["claim__task__external_id"],
        worker=pseudonym(organization_id, row["claim__expert_user_id"]),
        content=row["content"],
        submitted_at=row["submitted_at"],
        decided_at=row["decided_at"],
    )


def pseudonym(organization_id: UUID, user_id: UUID) -> str:
    """Return the name under which a client knows an expert: the same in all its projects, another at any other client."""
    return "w_" + hashlib.sha256(f"{organization_id}:{user_id}".encode()).hexdigest()[:12]


def list_reviews(submission: Submission) -> list[Review]:
    """Return the decisions on a submission, oldest first."""
    return list(submission.reviews.prefetch_related("scores", "errors").order_by("id"))


def list_decisions_on(claim: Claim) -> QuerySet[Review]:
    """Return the decisions on every version of a claim's work, oldest first."""
    return Review.objects.filter(submission__claim=claim).order_by("decided_at", "id")


def count_to_review(user: User) -> int:
    """Return how many submissions wait for ``user``."""
    return list_review_queue(user).count()


def list_batches_with_progress(user: User) -> QuerySet[Batch]:
    """Return every batch that ``user`` may see, the latest first; ``accepted`` and ``wanted`` sum up its tasks."""
    rows = Batch.objects.visible_to(user).select_related("project__organization")
    return rows.annotate(accepted=Sum("tasks__accepted"), wanted=Sum("tasks__wanted")).order_by("-id")


def list_projects_to_import(user: User) -> QuerySet[Project]:
    """Return the unfinished projects into which ``user`` may import tasks, by name."""
    theirs = Project.objects.filter(organization__in=organizations_with(user, "work.import"))
    return theirs.exclude(state__in=["COMPLETE", "CANCELLED"]).order_by("name", "id")


def list_batches(user: User, project_id: UUID) -> QuerySet[Batch]:
    """Return a project's batches that ``user`` may see."""
    return Batch.objects.visible_to(user).filter(project_id=project_id)
