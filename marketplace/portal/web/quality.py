"""Quality: one's own with every reason, the managers' map of people and scopes, one person of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from common import clock, web
from common.charts import Chart, band_chart
from common.formats import format_time
from common.forms import MusterForm
from common.permissions import has_grant
from common.spreadsheets import csv_text
from marketplace.experts.models import Expert
from marketplace.portal.queries.drift import list_alarms
from marketplace.portal.queries.planted import count_recent
from marketplace.portal.queries.quality import (
    QualityMap,
    bar_of,
    list_severities,
    list_standing_out,
    own_scopes,
    quality_map,
    scope_of_project,
)
from marketplace.portal.rules import last_of_each_week
from marketplace.projects.forms import choose
from marketplace.projects.models import Project
from quality.facade import HistoryPoint, ScopeCodes, get_visible_estimate, list_visible_history

WEEKS = 26
#: The map shows this many of the newest alarms; the file has all.
MOST_ALARMS = 20
KINDS = {
    "GOLD": "planted items",
    "REVIEW": "reviews",
    "SELF_AGREEMENT": "repeated items",
    "OUTCOME": "clients’ use",
    "AGREEMENT": "agreement with others",
    "RELATED": "related work",
}


class MapForm(MusterForm):
    """What the map shows."""

    project = forms.ChoiceField(label="Project", required=False)
    bar = forms.FloatField(label="Bar, points of 100", required=False, min_value=1, max_value=99)
    order = forms.ChoiceField(
        label="Order", choices=[("", "By name"), ("widest", "Widest intervals first")], required=False
    )


def band_of(history: Sequence[HistoryPoint], bar: float | None) -> Chart | None:
    """Return the line over its band, one point a week; None with fewer than two weeks."""
    points = [(timezone.localtime(point.as_of).date(), point) for point in history]
    weekly = last_of_each_week(points, WEEKS)
    if len(weekly) < 2:
        return None
    return band_chart(
        id="quality",
        label="Quality by week with its 90 % interval",
        labels=[format_time(week, "date") for week, _ in weekly],
        score=[round(100 * point.mean, 1) for _, point in weekly],
        low=[round(100 * point.low90, 1) for _, point in weekly],
        high=[round(100 * point.high90, 1) for _, point in weekly],
        bar=None if bar is None else 100 * bar,
    )


@web.page("quality.own")
def show_own(request: web.PageRequest) -> HttpResponse:
    """Show one's own quality in a scope: the band over time, why it is what it is, what would raise it."""
    web.refuse_unknown_filters(request, ["domain", "locale", "task_kind"])
    figures = own_scopes(request.user)
    scope = _asked_scope(request) or (figures[0].scope if figures else None)
    context: dict[str, object] = {"figures": figures, "scope": scope}
    if scope is not None:
        context |= _estimate(request, request.user.pk, scope)
    return render(request, "portal/quality.html", context)


def _asked_scope(request: web.PageRequest) -> ScopeCodes | None:
    codes = [request.GET.get(name, "") for name in ("domain", "locale", "task_kind")]
    return ScopeCodes(*codes) if any(codes) else None


def _estimate(request: web.PageRequest, worker_id: UUID, scope: ScopeCodes) -> dict[str, object]:
    estimate = get_visible_estimate(request.user, worker_id, scope)
    bar = bar_of(scope)
    parts = [(reason.words, KINDS.get(reason.evidence_kind, ""), 100 * reason.delta) for reason in estimate.why]
    return {
        "estimate": estimate,
        "bar": bar,
        "parts": parts,
        "prior": 100 * estimate.prior,
        "rest": 100 * (estimate.mean - estimate.prior) - sum(part[2] for part in parts),
        "mean": 100 * estimate.mean,
        "trend": None if estimate.trend is None else 100 * estimate.trend,
        "chart": band_of(list_visible_history(request.user, worker_id, scope), bar),
    }


@web.page("quality.read")
def show_map(request: web.PageRequest) -> HttpResponse:
    """Show the quality of everyone engaged in the viewer's projects, by scope, with each interval's width."""
    web.refuse_unknown_filters(request, ["project", "bar", "order"])
    form, project, shown = _read_map(request)
    page = web.paginate(request, shown.rows)
    heat = {
        "label": "Quality by person and scope",
        "columns": [str(scope) for scope in shown.scopes],
        "bar": 100 * shown.bar,
        "rows": [
            {"name": row.name, "url": reverse("portal:worker_quality", args=[row.worker_id]), "cells": row.cells}
            for row in page
        ],
    }
    alarms = list_alarms(request.user, project=project)
    may_correct = has_grant(request.user, "quality.correct")
    context = {
        "form": form,
        "alarms": alarms[:MOST_ALARMS],
        "alarm_count": len(alarms),
        "alarm_query": f"?project={project.id}" if project else "",
        "planted": count_recent(request.user, project=project, now=clock.now()),
        "page": page,
        "heat": heat,
        "shown": shown,
        "csv_query": _query_without_page(request),
        "severities": list_severities(request.user, project=project),
        "standing_out": list_standing_out(request.user) if may_correct else [],
        "may_correct": may_correct,
    }
    return render(request, "portal/quality_map.html", context)


def _query_without_page(request: web.PageRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return f"?{query.urlencode()}" if query else ""


@web.page("quality.read")
def download_map(request: web.PageRequest) -> HttpResponse:
    """Answer the map as CSV: one line a person and scope, shares of 0..1."""
    _form, _project, shown = _read_map(request)
    header = ["person", "worker_id", "domain", "locale", "task_kind", "mean", "low90", "high90", "width90"]
    header += ["chance_above_bar", "bar", "answers", "inherited"]
    lines = [
        [
            row.name,
            str(row.worker_id),
            scope.domain,
            scope.locale,
            scope.task_kind,
            *(round(value / 100, 4) for value in (cell.value, cell.low, cell.high, cell.high - cell.low)),
            round(cell.chance_above, 4),
            shown.bar,
            round(cell.answers, 1),
            "yes" if cell.inherited else "no",
        ]
        for row in shown.rows
        for scope, cell in zip(shown.scopes, row.cells, strict=True)
        if cell is not None
    ]
    answer = HttpResponse(csv_text(header, lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="quality-{clock.now():%Y-%m-%d}.csv"'
    return answer


def _read_map(request: web.PageRequest) -> tuple[MapForm, Project | None, QualityMap]:
    projects = {str(row.id): row for row in Project.objects.managed_by(request.user).select_related("domain")}
    form = MapForm(request.GET or None)
    names = sorted(((key, row.name) for key, row in projects.items()), key=lambda pair: pair[1])
    choose(form.fields["project"], [("", "All projects"), *names])
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    project = projects.get(given.get("project", ""))
    bar = given["bar"] / 100 if given.get("bar") else None
    shown = quality_map(request.user, project=project, bar=bar)
    if given.get("order") == "widest":
        shown.rows.sort(key=lambda row: -row.widest)
    return form, project, shown


@web.page("quality.read")
def show_worker(request: web.PageRequest, worker_id: UUID) -> HttpResponse:
    """Show one person's quality with its reasons, in each scope of the viewer's projects that they work in."""
    web.refuse_unknown_filters(request, ["domain", "locale", "task_kind"])
    projects = Project.objects.managed_by(request.user).filter(openings__engagements__expert__user_id=worker_id)
    scopes = list(dict.fromkeys(scope_of_project(row) for row in projects.select_related("domain").distinct()))
    asked = _asked_scope(request)
    scope = asked if asked in scopes else (scopes[0] if scopes else ScopeCodes())
    context = {"scopes": scopes, "scope": scope, **_estimate(request, worker_id, scope)}
    expert = Expert.objects.filter(user_id=worker_id).first()
    context["name"] = expert.preferred_name if expert else str(worker_id)
    return render(request, "portal/worker_quality.html", context)
