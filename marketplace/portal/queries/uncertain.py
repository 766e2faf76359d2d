"""Which pieces of work are worth one more judgment: what waits for a review, and tasks whose level or answer is not sure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet

from marketplace.identity.models import User
from marketplace.portal.queries.quality import scope_of_project
from marketplace.projects.models import Project
from marketplace.work.models import Submission, Task
from marketplace.work.queries import list_review_queue
from marketplace.work.rules import item_key_of, task_id_of
from quality.facade import (
    AnswerWorth,
    ItemFigure,
    QualityFigure,
    UncertainAnswer,
    bars_in_force,
    list_uncertain_answers,
    list_uncertain_items,
    visible_heat_map,
    weigh_answers,
)

#: For who manages projects. Not for reviewers: whoever is to judge a piece is not to know its author's score before.
MANAGE: Final = "projects.edit"
#: Work in projects that have ended is judged no more.
_RUNNING = (Project.State.PRODUCTION, Project.State.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPiece:
    """The piece that has waited longest of one author in one project, of whom ``waiting`` pieces wait; the author is not named.

    ``figure`` is the author's quality in the project's scope, ``bar`` a share; ``worth`` is what one review would tell.
    """

    submission: Submission
    waiting: int
    figure: QualityFigure
    bar: float
    worth: AnswerWorth


@dataclass(frozen=True, slots=True)
class RatedTask:
    """A task that experts rated, with what is known of its level."""

    task: Task
    item: ItemFigure


@dataclass(frozen=True, slots=True)
class LabeledTask:
    """A task that several people labeled, with the likeliest answer."""

    task: Task
    answer: UncertainAnswer


def list_waiting(user: User, *, project: Project | None = None) -> Sequence[WaitingPiece]:
    """Return what waits for a review by ``user``, one piece an author and project, the most worth knowing first.

    Whose quality ``user`` may not read is left out. A fixed number of queries.

    Raises:
        NotPermitted: the role never reads quality.
    """
    queue = list_review_queue(user).filter(claim__project__state__in=_RUNNING)
    if project is not None:
        queue = queue.filter(claim__project=project)
    author = ("claim__expert_user_id", "claim__project_id")
    oldest = queue.select_related("claim__task__batch", "claim__project__domain").order_by(
        *author, "submitted_at", "id"
    )
    pieces = list(oldest.distinct(*author))
    waiting = {(who, where): count for who, where, count in queue.order_by().values_list(*author).annotate(Count("id"))}
    scopes = {piece.claim.project_id: scope_of_project(piece.claim.project) for piece in pieces}
    workers = {piece.claim.expert_user_id for piece in pieces}
    figures = visible_heat_map(user, sorted(workers), set(scopes.values()))
    shown = [piece for piece in pieces if piece.claim.expert_user_id in figures]
    own = [figures[piece.claim.expert_user_id][scopes[piece.claim.project_id]] for piece in shown]
    asked = bars_in_force(set(scopes.values()))
    bars = [_bar(piece.claim.project, asked[scopes[piece.claim.project_id]].bar) for piece in shown]
    rows = [
        WaitingPiece(
            submission=piece,
            waiting=waiting[piece.claim.expert_user_id, piece.claim.project_id],
            figure=figure,
            bar=bar,
            worth=worth,
        )
        for piece, figure, bar, worth in zip(shown, own, bars, weigh_answers(own, bars), strict=True)
    ]
    return sorted(rows, key=lambda row: (-row.worth.value, row.submission.submitted_at, row.submission.id))


def list_rated(user: User, *, project: Project | None = None, limit: int) -> Sequence[RatedTask]:
    """Return the rated tasks of ``user``'s running projects of which one more expert's work would teach most, at most ``limit``.

    Raises:
        NotPermitted: the role never reads others' quality.
    """
    chosen = _running(user, project)
    items = list_uncertain_items(user, places=_places(chosen), limit=limit)
    tasks = _tasks(chosen, [item.item_key for item in items])
    return [RatedTask(tasks[item.item_key], item) for item in items if item.item_key in tasks]


def list_labeled(user: User, *, project: Project | None = None, limit: int) -> Sequence[LabeledTask]:
    """Return the labeled tasks of ``user``'s running projects of which one more label would teach most, at most ``limit``.

    Raises:
        NotPermitted: the role never reads others' quality.
    """
    chosen = _running(user, project)
    answers = list_uncertain_answers(user, places=_places(chosen), limit=limit)
    tasks = _tasks(chosen, [row.item.item_key for row in answers])
    return [LabeledTask(tasks[row.item.item_key], row) for row in answers if row.item.item_key in tasks]


def _running(user: User, project: Project | None) -> QuerySet[Project]:
    managed = Project.objects.managed_by(user).filter(state__in=_RUNNING)
    return managed if project is None else managed.filter(id=project.id)


def _places(projects: QuerySet[Project]) -> set[tuple[str, str]]:
    """By what quality knows where work was done: the organization and the project's code."""
    return {(str(organization), code) for organization, code in projects.values_list("organization_id", "code")}


def _tasks(projects: QuerySet[Project], keys: Collection[str]) -> dict[str, Task]:
    """The tasks that these keys name, as far as they stand in these projects."""
    wanted = [task_id for key in keys if (task_id := task_id_of(key)) is not None]
    rows = Task.objects.filter(id__in=wanted, batch__project__in=projects).select_related("batch__project")
    return {item_key_of(row.id): row for row in rows}


def _bar(project: Project, of_scope: float) -> float:
    """The project's bar; without one, or where it stands at an end of the scale and asks nothing, the scope's."""
    bar = project.quality_bar
    return bar if bar is not None and 0 < bar < 1 else of_scope
