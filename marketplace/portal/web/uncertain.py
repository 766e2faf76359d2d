"""The pieces of work that are worth one more judgment: a page, and each list as a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render

from common import clock, web
from common.forms import MusterForm
from common.permissions import has_grant
from common.spreadsheets import CSV_TYPE, csv_text
from marketplace.portal.queries.uncertain import (
    MANAGE,
    LabeledTask,
    RatedTask,
    WaitingPiece,
    list_labeled,
    list_rated,
    list_waiting,
)
from marketplace.projects.forms import choose
from marketplace.projects.models import Project
from marketplace.projects.queries import get_managed_project

#: The page shows this many rated and labeled tasks; the files have more.
MOST_SHOWN = 25
MOST_IN_FILE = 5_000
_WAITING = ["unit", "submission", "project", "score", "low90", "high90", "answers", "bar", "chance_below_bar", "value"]
_WAITING += ["waiting", "waiting_since"]
_RATED = ["unit", "task", "project", "criterion", "level", "low90", "high90", "ratings", "value", "as_of"]
_LABELED = ["unit", "task", "project", "answer", "chance_right", "labels", "value"]


class ProjectFilter(MusterForm):
    """Of which project."""

    project = forms.ChoiceField(label="Project", required=False)


@web.page(MANAGE)
def show_uncertain(request: web.PageRequest) -> HttpResponse:
    """Show what waits for a review, rated and labeled tasks; in each the pieces first that a judgment would teach most about."""
    project = _asked_project(request)
    managed = Project.objects.managed_by(request.user).order_by("name", "id").values_list("id", "name")
    form = ProjectFilter(request.GET or None)
    choose(form.fields["project"], [("", "All projects"), *((str(key), name) for key, name in managed)])
    context = {
        "form": form,
        "page": web.paginate(request, list_waiting(request.user, project=project)),
        "rated": list_rated(request.user, project=project, limit=MOST_SHOWN),
        "labeled": list_labeled(request.user, project=project, limit=MOST_SHOWN),
        "query": f"?project={project.id}" if project else "",
        "may_review": has_grant(request.user, "work.review"),
    }
    return render(request, "portal/uncertain_items.html", context)


@web.page(MANAGE)
def download_waiting(request: web.PageRequest) -> HttpResponse:
    """Answer as CSV what waits for a review, the most worth knowing first: shares of 0..1, times in UTC."""
    rows = list_waiting(request.user, project=_asked_project(request))
    return _file("waiting", _WAITING, map(_waiting, rows))


@web.page(MANAGE)
def download_rated(request: web.PageRequest) -> HttpResponse:
    """Answer the rated tasks as CSV, those first of which one more rating would teach most: levels in the rubric's points."""
    rows = list_rated(request.user, project=_asked_project(request), limit=MOST_IN_FILE)
    return _file("rated", _RATED, map(_rated, rows))


@web.page(MANAGE)
def download_labeled(request: web.PageRequest) -> HttpResponse:
    """Answer the labeled tasks as CSV, those first of which one more label would teach most: shares of 0..1."""
    rows = list_labeled(request.user, project=_asked_project(request), limit=MOST_IN_FILE)
    return _file("labeled", _LABELED, map(_labeled, rows))


def _asked_project(request: web.PageRequest) -> Project | None:
    web.refuse_unknown_filters(request, ["project"])
    asked = request.GET.get("project")
    if not asked:
        return None
    try:
        return get_managed_project(request.user, UUID(asked))
    except ValueError as error:
        raise Http404 from error


def _waiting(row: WaitingPiece) -> Sequence[object]:
    claim, figure = row.submission.claim, row.figure
    shares = (figure.mean, figure.low90, figure.high90)
    return [
        claim.task.external_id,
        str(row.submission.id),
        claim.project.name,
        *(round(share, 4) for share in shares),
        round(figure.n_eff, 1),
        row.bar,
        round(row.worth.chance_below, 4),
        round(row.worth.value, 6),
        row.waiting,
        row.submission.submitted_at.isoformat(),
    ]


def _rated(row: RatedTask) -> Sequence[object]:
    task, item = row.task, row.item
    return [
        task.external_id,
        str(task.id),
        task.batch.project.name,
        item.criterion,
        *(round(points, 4) for points in (item.level, item.low90, item.high90)),
        item.ratings,
        round(item.gain, 6),
        item.as_of.isoformat(),
    ]


def _labeled(row: LabeledTask) -> Sequence[object]:
    task, item = row.task, row.answer.item
    project = task.batch.project.name
    return [
        task.external_id,
        str(task.id),
        project,
        item.answer,
        round(item.share, 4),
        item.labels,
        round(row.answer.value, 6),
    ]


def _file(name: str, header: Sequence[str], lines: Iterable[Sequence[object]]) -> HttpResponse:
    answer = HttpResponse(csv_text(header, lines), content_type=CSV_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}-{clock.now():%Y-%m-%d}.csv"'
    return answer
