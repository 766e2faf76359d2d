"""What crosses features, over HTTP: the pieces of work that are worth one more judgment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common.api import LIMIT, APIView, CursorPagination, Request, Serializer, read_filters
from marketplace.portal.queries.uncertain import (
    MANAGE,
    LabeledTask,
    RatedTask,
    WaitingPiece,
    list_labeled,
    list_rated,
    list_waiting,
)
from marketplace.projects.queries import get_managed_project

KINDS = {"REVIEW": "Work that waits for a review", "RATING": "Rated tasks", "LABEL": "Labeled tasks"}


class UncertainFilter(Serializer):
    """Which pieces, and of which project."""

    kind = serializers.ChoiceField(list(KINDS.items()), default="REVIEW")
    project = serializers.UUIDField(required=False)


class UncertainItemOut(serializers.Serializer[Any]):
    """A piece of work that is worth one more judgment. Nobody is named.

    REVIEW: ``score`` is its author's quality in the scope (a share), ``answers`` those behind it, ``value`` by how much a review
    lowers the chance to be wrong about whether the author is below ``bar``. RATING: ``score`` is the task's level in the rubric's
    points, ``answers`` its ratings, ``value`` what one more takes from its squared error, as a share of how such tasks differ.
    LABEL: ``score`` is the chance that ``answer`` is right, ``answers`` the people who labeled it, ``value`` by how much one more
    label lowers the chance that the likeliest answer is wrong.
    """

    kind = serializers.ChoiceField(list(KINDS))
    project = serializers.UUIDField()
    task = serializers.UUIDField()
    unit = serializers.CharField()
    submission = serializers.UUIDField(allow_null=True)
    criterion = serializers.CharField(allow_blank=True)
    score = serializers.FloatField()
    interval90 = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True)
    answer = serializers.CharField(allow_blank=True, help_text="The likeliest label; empty but for LABEL.")
    answers = serializers.FloatField()
    bar = serializers.FloatField(allow_null=True)
    value = serializers.FloatField()
    waiting = serializers.IntegerField(allow_null=True, help_text="Pieces of this author that wait in this project.")
    waiting_since = serializers.DateTimeField(allow_null=True)


class UncertainItemsOut(serializers.Serializer[Any]):
    """The most valuable pieces first."""

    results = UncertainItemOut(many=True)


class UncertainItemsView(APIView):
    """The pieces of work that are worth one more judgment."""

    grants: ClassVar = {"get": MANAGE}

    @extend_schema(parameters=[UncertainFilter, LIMIT], responses=UncertainItemsOut)
    def get(self, request: Request) -> Response:
        """Return the pieces of one's own running projects, the most valuable first, at most ``limit`` (50)."""
        filters = read_filters(request, UncertainFilter)
        limit = CursorPagination().get_page_size(request)
        project = get_managed_project(request.user, filters["project"]) if "project" in filters else None
        body: Iterable[dict[str, Any]]
        if filters["kind"] == "REVIEW":
            body = map(_waiting, list_waiting(request.user, project=project)[:limit])
        elif filters["kind"] == "RATING":
            body = map(_rated, list_rated(request.user, project=project, limit=limit))
        else:
            body = map(_labeled, list_labeled(request.user, project=project, limit=limit))
        return Response(UncertainItemsOut({"results": list(body)}).data)


def _waiting(row: WaitingPiece) -> dict[str, Any]:
    claim, figure = row.submission.claim, row.figure
    return {
        "kind": "REVIEW",
        "project": claim.project_id,
        "task": claim.task_id,
        "unit": claim.task.external_id,
        "submission": row.submission.id,
        "criterion": "",
        "score": figure.mean,
        "interval90": [figure.low90, figure.high90],
        "answer": "",
        "answers": figure.n_eff,
        "bar": row.bar,
        "value": row.worth.value,
        "waiting": row.waiting,
        "waiting_since": row.submission.submitted_at,
    }


def _rated(row: RatedTask) -> dict[str, Any]:
    task, item = row.task, row.item
    return {
        "kind": "RATING",
        "project": task.batch.project_id,
        "task": task.id,
        "unit": task.external_id,
        "submission": None,
        "criterion": item.criterion,
        "score": item.level,
        "interval90": [item.low90, item.high90],
        "answer": "",
        "answers": item.ratings,
        "bar": None,
        "value": item.gain,
        "waiting": None,
        "waiting_since": None,
    }


def _labeled(row: LabeledTask) -> dict[str, Any]:
    task, item = row.task, row.answer.item
    return {
        "kind": "LABEL",
        "project": task.batch.project_id,
        "task": task.id,
        "unit": task.external_id,
        "submission": None,
        "criterion": "",
        "score": item.share,
        "interval90": None,
        "answer": item.answer,
        "answers": item.labels,
        "bar": None,
        "value": row.answer.value,
        "waiting": None,
        "waiting_since": None,
    }
