"""Severity and levels of items from stored ratings and reviews, scope by scope."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedItem:
    """What the ratings of one item on one criterion say: its level in the rubric's points, with its 90 % interval.

    ``gain``: what one more rating would take from the squared error of the level, as a share (0..1) of how much items of this
    scope differ.
    """

    scope_id: UUID
    item_key: str
    criterion: str
    ratings: int
    level: float
    low90: float
    high90: float
    gain: float


@dataclass(frozen=True, slots=True)
class RatingFit:
    """What all ratings say of who rated and of what was rated."""

    severities: dict[Pair, Severity]
    items: list[RatedItem]


def without_severity(value: float, *, kind: str, severity: float) -> float:
    """This will raise a review's value (0..1) by its reviewer's severity (a share, positive = strict), within 0..1.

    Other kinds have no reviewer and stay as they are.
    """
    return min(max(value + severity, 0.0), 1.0) if kind == JudgmentKind.REVIEW else value


def fit_ratings(ratings: Sequence[RatingValue]) -> RatingFit:
    """This will learn, in each scope where at least two workers rated, their severities and the level of each item.

    Penalties are taken as log1p. A scope with both directions is read in the one it has more ratings of.
    """
    by_scope: dict[UUID, list[RatingValue]] = defaultdict(list)
    for rating in ratings:
        by_scope[rating.scope_id].append(rating)
    severities: dict[Pair, Severity] = {}
    items: list[RatedItem] = []
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
        if fitted is not None:
            model, learned = fitted
            severities |= {(worker, scope_id): value for worker, value in learned.items()}
            items += _items(model, scope_id, used, is_penalty=is_penalty)
    return RatingFit(severities, items)


def _items(
    model: SeverityModel, scope_id: UUID, used: Sequence[RatingValue], *, is_penalty: bool
) -> Iterator[RatedItem]:
    """What is known of each item, and what one more rating by an average rater, whose severity is not known, would add.

    A rating has noise s = residual + halo + a rater's severity; with variance v of the level it leaves ``1 / (1/v + 1/s)``.
    """
    spread = model.variances_
    whole = spread["item"] + spread["item:criterion"]
    noise = spread["residual"] + spread["halo"] + spread["rater"] + spread["rater:criterion"]
    open_variance = np.minimum(model.cell_se_**2, whole)
    gains = open_variance**2 / (open_variance + noise) / whole
    ends = (model.cell_means_, model.cell_low90_, model.cell_high90_)
    points = [np.maximum(np.expm1(each), 0.0) if is_penalty else each for each in ends]
    counts = Counter((row.item_key, row.criterion) for row in used)
    cells = zip(model.cell_items_, model.cell_criteria_, *points, gains, strict=True)
    for item, criterion, level, low, high, gain in cells:
        key = str(item)
        yield RatedItem(
            scope_id=scope_id,
            item_key=key,
            criterion=str(criterion),
            ratings=counts[key, str(criterion)],
            level=float(level),
            low90=float(low),
            high90=float(high),
            gain=min(max(float(gain), 0.0), 1.0),
        )


def fit_reviewer_severities(evidence: Sequence[EvidenceSum]) -> dict[UUID, Severity]:
    """This will learn how far each reviewer scores below others on the same work, in shares of a full score."""
    rows = [row for row in evidence if row.kind == JudgmentKind.REVIEW and row.actor_id]
    counts = np.array([row.count for row in rows], dtype=np.int64)
    subjects = np.repeat([f"{row.worker_id}|{row.scope_id}" for row in rows], counts)
    values = np.repeat([row.value for row in rows], counts)
    reviewers = [row.actor_id for row in rows for _ in range(row.count) if row.actor_id]
    fitted = _fit(list(subjects), reviewers, values, None, higher_is_better=True)
    return {} if fitted is None else fitted[1]


def _fit(
    items: Sequence[str],
    workers: Sequence[UUID],
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    criteria: Sequence[str] | None,
    *,
    higher_is_better: bool,
) -> tuple[SeverityModel, dict[UUID, Severity]] | None:
    labels = sorted(set(workers))
    if len(labels) < 2:
        return None
    index = {worker: place for place, worker in enumerate(labels)}
    model = SeverityModel(higher_is_better=higher_is_better)
    model.fit(np.array(items), [index[worker] for worker in workers], values, criteria)
    counts = Counter(workers)
    learned = {
        worker: Severity(float(severity), float(error), counts[worker])
        for worker, severity, error in zip(labels, model.severity_, model.severity_se_, strict=True)
    }
    return model, learned
