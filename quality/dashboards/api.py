"""Quality over HTTP, for reading."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common.api import APIView, CursorPagination, Request, Serializer, read_filters
from common.api.fields import CodeField
from common.api.views import ANY_USER
from quality.dashboards.queries import (
    get_visible_estimate,
    list_visible_history,
    visible_drift_alarms,
    visible_estimates,
)
from quality.estimates.drift import Fall
from quality.estimates.queries.current import figure_of
from quality.scopes.rules import ScopeCodes


class ScopeFilter(Serializer):
    """The scope asked about; a code left out means any."""

    domain = CodeField(max_length=120, required=False, default="", allow_blank=True)
    locale = CodeField(max_length=35, required=False, default="", allow_blank=True)
    task_kind = CodeField(max_length=60, required=False, default="", allow_blank=True)


class EstimateFilter(Serializer):
    """Narrows the list: each filter must match exactly."""

    worker = serializers.UUIDField(required=False)
    domain = CodeField(max_length=120, required=False, allow_blank=True)
    locale = CodeField(max_length=35, required=False, allow_blank=True)
    task_kind = CodeField(max_length=60, required=False, allow_blank=True)


class ScopeOut(serializers.Serializer[Any]):
    """A scope's codes; an empty one means any."""

    domain = serializers.CharField()
    locale = serializers.CharField()
    task_kind = serializers.CharField()


class ReasonOut(serializers.Serializer[Any]):
    """One reason; ``delta`` is in shares."""

    words = serializers.CharField()
    evidence_kind = serializers.CharField()
    delta = serializers.FloatField()


class DriftOut(serializers.Serializer[Any]):
    """The work seems to have fallen: since when, from which level to which (shares), and how sure that is."""

    since = serializers.DateTimeField()
    from_score = serializers.FloatField()
    from_interval90 = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    to_score = serializers.FloatField()
    to_interval90 = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    answers = serializers.FloatField(help_text="Judged answers since then.")
    how_sure = serializers.CharField(help_text="In words.")


class DriftAlarmOut(serializers.Serializer[Any]):
    """An alarm of drift that goes on, with its figures as of ``checked_at``. It decides nothing."""

    id = serializers.UUIDField()
    worker_id = serializers.UUIDField()
    scope = ScopeOut()
    raised_at = serializers.DateTimeField(help_text="The first night that found it.")
    checked_at = serializers.DateTimeField(help_text="The last night that found it.")
    drift = DriftOut()


class DriftAlarmPage(serializers.Serializer[Any]):
    """A page of alarms."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = DriftAlarmOut(many=True)


class EstimateOut(serializers.Serializer[Any]):
    """An estimate that explains itself: ``prior`` plus the deltas of ``why`` is ``score``."""

    worker_id = serializers.UUIDField()
    scope = ScopeOut()
    score = serializers.FloatField(help_text="Share, 0 to 1.")
    interval90 = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    n_eff = serializers.FloatField(help_text="The worker's own answers behind the score.")
    severity = serializers.FloatField(allow_null=True, help_text="Positive = strict.")
    severity_se = serializers.FloatField(allow_null=True)
    severity_words = serializers.CharField()
    prior = serializers.FloatField()
    why = ReasonOut(many=True)
    to_improve = serializers.ListField(child=serializers.CharField())
    percentile = serializers.FloatField(allow_null=True)
    trend = serializers.FloatField(allow_null=True)
    drift = DriftOut(allow_null=True)
    is_inherited = serializers.BooleanField()
    inherited_from = ScopeOut(allow_null=True)
    version = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)


class FigureOut(serializers.Serializer[Any]):
    """An estimate without its reasons."""

    worker_id = serializers.UUIDField()
    scope = ScopeOut()
    score = serializers.FloatField()
    interval90 = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    n_eff = serializers.FloatField()
    severity = serializers.FloatField(allow_null=True)
    severity_se = serializers.FloatField(allow_null=True)
    is_inherited = serializers.BooleanField()
    as_of = serializers.DateTimeField()


class FigurePage(serializers.Serializer[Any]):
    """A page of figures."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = FigureOut(many=True)


class PointOut(serializers.Serializer[Any]):
    """An estimate as it was at ``as_of``."""

    as_of = serializers.DateTimeField()
    score = serializers.FloatField()
    interval90 = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    n_eff = serializers.FloatField()


class WorkerQualityView(APIView):
    """How good a worker is in a scope, how sure that is, and why."""

    grants: ClassVar = {"get": ANY_USER}

    @extend_schema(parameters=[ScopeFilter], responses=EstimateOut)
    def get(self, request: Request, worker_id: UUID) -> Response:
        """Return one estimate: the reader's own, or that of a worker they may see."""
        scope = _scope(request)
        view = get_visible_estimate(request.user, worker_id, scope)
        wider = view.inherited_from
        body = {
            "worker_id": view.worker_id,
            "scope": _codes(scope),
            "score": view.mean,
            "interval90": [view.low90, view.high90],
            "n_eff": view.n_eff,
            "severity": view.severity,
            "severity_se": view.severity_se,
            "severity_words": view.severity_words,
            "prior": view.prior,
            "why": [
                {
                    "words": line.words,
                    "evidence_kind": line.evidence_kind,
                    "delta": line.delta,
                }
                for line in view.why
            ],
            "to_improve": list(view.to_improve),
            "percentile": view.percentile,
            "trend": view.trend,
            "drift": None if view.drift is None else _drift(view.drift),
            "is_inherited": view.is_inherited,
            "inherited_from": None if wider is None else _codes(wider),
            "version": view.method_version,
            "as_of": view.as_of,
        }
        return Response(EstimateOut(body).data)


class WorkerHistoryView(APIView):
    """A worker's estimates over time."""

    grants: ClassVar = {"get": ANY_USER}

    @extend_schema(parameters=[ScopeFilter], responses=PointOut(many=True))
    def get(self, request: Request, worker_id: UUID) -> Response:
        """Return the estimates of one scope, oldest first."""
        points = list_visible_history(request.user, worker_id, _scope(request))
        body = [
            {
                "as_of": point.as_of,
                "score": point.mean,
                "interval90": [point.low90, point.high90],
                "n_eff": point.n_eff,
            }
            for point in points
        ]
        return Response(PointOut(body, many=True).data)


class EstimatesView(APIView):
    """The current estimates of everybody the reader may see."""

    grants: ClassVar = {"get": ANY_USER}

    @extend_schema(parameters=[EstimateFilter], responses=FigurePage)
    def get(self, request: Request) -> Response:
        """Return a page of estimates, the newest first."""
        filters = read_filters(request, EstimateFilter)
        rows = visible_estimates(request.user)
        if "worker" in filters:
            rows = rows.filter(worker_id=filters.pop("worker"))
        rows = rows.filter(**{f"scope__{name}": code for name, code in filters.items()})
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        figures = [figure_of(row) for row in page]
        body = [
            {
                "worker_id": figure.worker_id,
                "scope": _codes(figure.scope),
                "score": figure.mean,
                "interval90": [figure.low90, figure.high90],
                "n_eff": figure.n_eff,
                "severity": figure.severity,
                "severity_se": figure.severity_se,
                "is_inherited": figure.is_inherited,
                "as_of": figure.as_of,
            }
            for figure in figures
        ]
        return pages.get_paginated_response(FigureOut(body, many=True).data)


class DriftAlarmsView(APIView):
    """The alarms of drift about everybody the reader may see."""

    grants: ClassVar = {"get": ANY_USER}

    @extend_schema(parameters=[EstimateFilter], responses=DriftAlarmPage)
    def get(self, request: Request) -> Response:
        """Return a page of the alarms that go on, the newest first."""
        filters = read_filters(request, EstimateFilter)
        rows = visible_drift_alarms(request.user)
        if "worker" in filters:
            rows = rows.filter(worker_id=filters.pop("worker"))
        rows = rows.filter(**{f"scope__{name}": code for name, code in filters.items()})
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        body = [
            {
                "id": row.id,
                "worker_id": row.worker_id,
                "scope": _codes(row.scope.codes),
                "raised_at": row.raised_at,
                "checked_at": row.checked_at,
                "drift": _drift(row.fall),
            }
            for row in page
        ]
        return pages.get_paginated_response(DriftAlarmOut(body, many=True).data)


def _drift(fall: Fall) -> dict[str, Any]:
    before, after = fall.before, fall.after
    return {
        "since": fall.since,
        "from_score": before.mean,
        "from_interval90": [before.low90, before.high90],
        "to_score": after.mean,
        "to_interval90": [after.low90, after.high90],
        "answers": fall.answers,
        "how_sure": fall.how_sure,
    }


def _scope(request: Request) -> ScopeCodes:
    return ScopeCodes(**read_filters(request, ScopeFilter))


def _codes(scope: ScopeCodes) -> dict[str, str]:
    return {
        "domain": scope.domain,
        "locale": scope.locale,
        "task_kind": scope.task_kind,
    }
