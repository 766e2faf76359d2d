"""Reads what the search for a fall needs: the estimate from before, and the judged answers since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from quality.estimates.drift import FALL_WINDOW, Answer, Fall, Level, find_fall
from quality.estimates.models import FitRun, QualityEstimate, ReviewerSeverity
from quality.estimates.queries.current import find_last_fit
from quality.estimates.rules import MOST_ANSWERS
from quality.estimates.severity import without_severity
from quality.evidence.models import Judgment

# Answers of the last weeks from which a kind is searched for a fall by itself.
ENOUGH_ANSWERS = 20

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
    rows = recent.values_list("worker_id", "scope_id", "at", "kind", "actor_id", "value", "confidence")
    falls = {}
    for pair, group in groupby(rows.iterator(chunk_size=20_000), key=lambda row: (row[0], row[1])):
        if pair not in baselines:
            continue
        found = find_fall(*baselines[pair], _answers(list(group), severities))
        if found is not None:
            falls[pair] = found
    return falls


def _answers(rows: Sequence[Any], severities: Mapping[UUID, float]) -> list[Answer]:
    """The answers of one kind, without reviewers' severity: kinds differ in level, so mixing them would look like a fall.

    Otherwise whoever gets a stricter reviewer, or a review on more criteria, would seem to have fallen, too.
    """
    kind = _main_kind(rows)
    return [
        Answer(
            at=at,
            value=without_severity(value, kind=kind, severity=severities.get(actor, 0.0)),
            weight=confidence,
        )
        for _worker, _scope, at, of_kind, actor, value, confidence in rows
        if of_kind == kind and value is not None
    ]


def _main_kind(rows: Sequence[Any]) -> str:
    """The strongest kind with enough answers to seek a fall in; else the kind with most of them."""
    answers: Counter[str] = Counter()
    for *_, kind, _actor, _value, confidence in rows:
        answers[kind] += confidence
    enough = [kind for kind in MOST_ANSWERS if answers[kind] >= ENOUGH_ANSWERS]
    return enough[0] if enough else max(sorted(answers), key=answers.__getitem__)
