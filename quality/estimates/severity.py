"""Severity from stored ratings and reviews, scope by scope."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from quality.estimates.assembly import Pair
from quality.evidence.values import Direction, EvidenceSum, JudgmentKind, RatingValue
from quality.methods.severity import SeverityModel


@dataclass(frozen=True, slots=True)
class Severity:
    """How strict somebody is (positive = strict), its standard error, and from how many scores."""

    severity: float
    standard_error: float
    scores: int


def without_severity(value: float, *, kind: str, severity: float) -> float:
    """This will raise a review's value (0..1) by its reviewer's severity (a share, positive = strict), within 0..1.

    Other kinds have no reviewer and stay as they are.
    """
    return min(max(value + severity, 0.0), 1.0) if kind == JudgmentKind.REVIEW else value


def fit_rating_severities(ratings: Sequence[RatingValue]) -> dict[Pair, Severity]:
    """This will learn each worker's severity in each scope where at least two of them rated.

    Penalties are taken as log1p. A scope with both directions is read in the one it has more ratings of.
    """
    by_scope: dict[UUID, list[RatingValue]] = defaultdict(list)
    for rating in ratings:
        by_scope[rating.scope_id].append(rating)
    result: dict[Pair, Severity] = {}
    for scope_id, rows in sorted(by_scope.items()):
        directions = Counter(row.direction for row in rows)
        direction = max(sorted(directions), key=directions.__getitem__)
        used = [row for row in rows if row.direction == direction]
        values = np.array([row.value for row in used])
        is_penalty = direction == Direction.PENALTY
        fitted = _fit(
            [row.item_key for row in used],
            [row.worker_id for row in used],
            np.log1p(values) if is_penalty else values,
            [row.criterion for row in used],
            higher_is_better=not is_penalty,
        )
        result |= {(worker, scope_id): value for worker, value in fitted.items()}
    return result


def fit_reviewer_severities(evidence: Sequence[EvidenceSum]) -> dict[UUID, Severity]:
    """This will learn how far each reviewer scores below others on the same work, in shares of a full score."""
    rows = [row for row in evidence if row.kind == JudgmentKind.REVIEW and row.actor_id]
    counts = np.array([row.count for row in rows], dtype=np.int64)
    subjects = np.repeat([f"{row.worker_id}|{row.scope_id}" for row in rows], counts)
    values = np.repeat([row.value for row in rows], counts)
    reviewers = [row.actor_id for row in rows for _ in range(row.count) if row.actor_id]
    return _fit(list(subjects), reviewers, values, None, higher_is_better=True)


def _fit(
    items: Sequence[str],
    workers: Sequence[UUID],
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    criteria: Sequence[str] | None,
    *,
    higher_is_better: bool,
) -> dict[UUID, Severity]:
    labels = sorted(set(workers))
    if len(labels) < 2:
        return {}
    index = {worker: place for place, worker in enumerate(labels)}
    model = SeverityModel(higher_is_better=higher_is_better)
    model.fit(np.array(items), [index[worker] for worker in workers], values, criteria)
    counts = Counter(workers)
    return {
        worker: Severity(float(severity), float(error), counts[worker])
        for worker, severity, error in zip(labels, model.severity_, model.severity_se_, strict=True)
    }
