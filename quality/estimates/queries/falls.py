"""Reads what the search for a fall needs: the estimate from before, and the judged answers since."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from quality.estimates.drift import FALL_WINDOW, Answer, Fall, Level, find_fall
from quality.estimates.models import FitRun, QualityEstimate, ReviewerSeverity
from quality.estimates.queries.current import find_last_fit
from quality.estimates.rules import KIND_WEIGHTS
from quality.estimates.severity import without_severity
from quality.evidence.models import Judgment

type Pair = tuple[UUID, UUID]


def find_fall_of(*, worker_id: UUID, scope_id: UUID, now: datetime) -> Fall | None:
    """Return the fall of one worker's work in one very scope, if it seems to have fallen. At most four queries."""
    fit = find_last_fit()
    if fit is None:
        return None
    mine = {"worker_id": worker_id, "scope_id": scope_id}
    before, recent = _before(now).filter(**mine), _recent(now).filter(**mine)
    return _seek(fit, _baselines(before), recent).get((worker_id, scope_id))


def list_falls(fit: FitRun, pairs: Collection[Pair], *, now: datetime) -> dict[Pair, Fall]:
    """Return the falls among ``pairs`` (worker, scope): a fixed number of queries, one pass over the recent answers."""
    baselines = {pair: found for pair, found in _baselines(_before(now)).items() if pair in pairs}
    return _seek(fit, baselines, _recent(now))


def _before(now: datetime) -> QuerySet[QualityEstimate]:
    """The newest estimate of each worker and scope from before the window in which a fall is sought."""
    rows = QualityEstimate.objects.filter(as_of__lt=now - FALL_WINDOW, is_inherited=False)
    return rows.order_by("worker_id", "scope_id", "-as_of", "-id").distinct("worker_id", "scope_id")


def _recent(now: datetime) -> QuerySet[Judgment]:
    rows = Judgment.objects.effective().filter(at__gte=now - FALL_WINDOW, at__lte=now)
    return rows.order_by("worker_id", "scope_id", "at", "id")


def _baselines(rows: QuerySet[QualityEstimate]) -> dict[Pair, tuple[Level, float]]:
    columns = rows.values_list("worker_id", "scope_id", "mean", "low90", "high90", "strength")
    return {
        (worker, scope): (Level(mean=mean, low90=low, high90=high), strength)
        for worker, scope, mean, low, high, strength in columns
    }


def _seek(fit: FitRun, baselines: Mapping[Pair, tuple[Level, float]], recent: QuerySet[Judgment]) -> dict[Pair, Fall]:
    if not baselines:
        return {}
    severities = dict(ReviewerSeverity.objects.filter(fit_run=fit).values_list("reviewer_id", "severity"))
    basis = fit.parameters["basis"]
    rows = recent.values_list("worker_id", "scope_id", "at", "kind", "actor_id", "value", "confidence")
    falls = {}
    for pair, group in groupby(rows.iterator(chunk_size=20_000), key=lambda row: (row[0], row[1])):
        if pair not in baselines:
            continue
        answers = list(_answers(group, basis.get(str(pair[1])), severities))
        found = find_fall(*baselines[pair], answers)
        if found is not None:
            falls[pair] = found
    return falls


def _answers(rows: Iterator[Any], basis: str | None, severities: Mapping[UUID, float]) -> Iterator[Answer]:
    """The answers as the estimate takes them (``rules.build_cells``): of the scope's basis, without reviewers' severity.

    Otherwise whoever gets a stricter reviewer, or a review on more criteria, would seem to have fallen.
    """
    for _worker, _scope, at, kind, actor, value, confidence in rows:
        if value is None or kind != (basis or kind):
            continue
        own = without_severity(value, kind=kind, severity=severities.get(actor, 0.0))
        yield Answer(at=at, value=own, weight=confidence * KIND_WEIGHTS[kind])
