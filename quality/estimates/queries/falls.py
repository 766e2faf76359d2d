"""Reads what the search for a fall needs: the estimate from before, and the judged answers since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from quality.estimates.drift import FALL_WINDOW, Answer, Fall, Level, find_fall
from quality.estimates.models import FitRun, QualityEstimate, ReviewerSeverity
from quality.estimates.queries.current import find_last_fit
from quality.estimates.rules import MOST_ANSWERS
from quality.estimates.severity import without_severity
from quality.evidence.models import Judgment
from quality.methods.drift import level_interval

# Answers of the last weeks from which a kind is searched for a fall by itself, and answers before them that make a level.
ENOUGH_ANSWERS = 20

# How many answers the estimate from before weighs beside the answers of the kind in which a fall is sought.
_BORROWED = 10.0

type Pair = tuple[UUID, UUID]
type _Sums = dict[Pair, dict[str, tuple[float, float]]]


def find_fall_of(*, worker_id: UUID, scope_id: UUID, now: datetime) -> Fall | None:
    """Return the fall of one worker's work in one very scope, if it seems to have fallen. At most five queries."""
    fit = find_last_fit()
    if fit is None:
        return None
    mine = {"worker_id": worker_id, "scope_id": scope_id}
    known = dict(_levels_before(now, mine))
    return _seek(fit, known, now, mine).get((worker_id, scope_id))


def list_falls(fit: FitRun, pairs: Collection[Pair], *, now: datetime) -> dict[Pair, Fall]:
    """Return the falls among ``pairs`` (worker, scope): a fixed number of queries, one pass over the recent answers."""
    known = {pair: mean for pair, mean in _levels_before(now, {}) if pair in pairs}
    return _seek(fit, known, now, {})


def _levels_before(now: datetime, mine: Mapping[str, UUID]) -> list[tuple[Pair, float]]:
    """The newest estimate of each worker and scope from before the window in which a fall is sought."""
    rows = QualityEstimate.objects.filter(as_of__lt=now - FALL_WINDOW, is_inherited=False, **mine)
    newest = rows.order_by("worker_id", "scope_id", "-as_of", "-id").distinct("worker_id", "scope_id")
    return [((worker, scope), mean) for worker, scope, mean in newest.values_list("worker_id", "scope_id", "mean")]


def _seek(fit: FitRun, known: Mapping[Pair, float], now: datetime, mine: Mapping[str, UUID]) -> dict[Pair, Fall]:
    if not known:
        return {}
    severities = dict(ReviewerSeverity.objects.filter(fit_run=fit).values_list("reviewer_id", "severity"))
    past = _sum_past(now, mine, severities)
    recent = Judgment.objects.effective().filter(at__gte=now - FALL_WINDOW, at__lte=now, **mine)
    rows = recent.order_by("worker_id", "scope_id", "at", "id").values_list(
        "worker_id", "scope_id", "at", "kind", "actor_id", "value", "confidence"
    )
    falls = {}
    for pair, group in groupby(rows.iterator(chunk_size=20_000), key=lambda row: (row[0], row[1])):
        judged = list(group)
        kind = _main_kind(judged)
        weight, found = past.get(pair, {}).get(kind, (0.0, 0.0))
        if pair not in known or weight < ENOUGH_ANSWERS:
            continue
        strength = _BORROWED + weight
        mean = (_BORROWED * known[pair] + found) / strength
        low, high = level_interval(mean, strength)
        before = Level(mean=mean, low90=low, high90=high)
        fall = find_fall(before, strength, _answers(judged, kind, severities))
        if fall is not None:
            falls[pair] = fall
    return falls


def _sum_past(now: datetime, mine: Mapping[str, UUID], severities: Mapping[UUID, float]) -> _Sums:
    """The answers from before the window by kind: how many, and how many of them right, without reviewers' severity.

    They are the level that the newer ones are held against: what all answers of a kind share, for example that planted items are
    harder than what reviewers ask, is no fall.
    """
    rows = Judgment.objects.effective().filter(at__lt=now - FALL_WINDOW, **mine)
    sums = rows.values_list("worker_id", "scope_id", "kind", "actor_id").annotate(
        weight=Sum("confidence"), found=Sum(F("confidence") * F("value"))
    )
    past: _Sums = {}
    for worker, scope, kind, actor, weight, found in sums.order_by("worker_id", "scope_id", "kind", "actor_id"):
        share = without_severity(found / weight, kind=kind, severity=severities.get(actor, 0.0))
        of_pair = past.setdefault((worker, scope), {})
        before = of_pair.get(kind, (0.0, 0.0))
        of_pair[kind] = (before[0] + weight, before[1] + share * weight)
    return past


def _answers(rows: Sequence[Any], kind: str, severities: Mapping[UUID, float]) -> list[Answer]:
    """The answers of one kind, without reviewers' severity.

    Otherwise whoever gets a stricter reviewer, or a review on more criteria, would seem to have fallen.
    """
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
