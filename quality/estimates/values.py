"""Estimates as values that cross the app's border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from quality.estimates.drift import Fall
from quality.estimates.rules import Reason
from quality.scopes.rules import ScopeCodes


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFigure:
    """How good a worker is in a scope, without the reasons: what matching and heat maps read.

    Shares are 0..1. ``inherited_from`` names the wider scope that the figure comes from where the worker has no
    evidence in this one; with none anywhere it is the population's prior, and ``n_eff`` is 0.
    """

    worker_id: UUID
    scope: ScopeCodes
    mean: float
    low90: float
    high90: float
    n_eff: float
    severity: float | None
    severity_se: float | None
    is_inherited: bool
    inherited_from: ScopeCodes | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateView:
    """A quality figure that explains itself.

    ``prior`` plus the deltas of ``why`` is ``mean``. ``percentile`` (0..1) is the part of the other workers in the
    scope who score lower, None with fewer than five others; ``trend`` is the change of the mean over about four
    weeks, None without older estimates. ``severity`` is in the rubric's points, positive = strict, with its standard
    error. ``drift`` is the fall of the work in this very scope, None while it has none. Nothing in it names a planted item
    or a reviewer.
    """

    worker_id: UUID
    domain: str
    locale: str
    task_kind: str
    mean: float
    low90: float
    high90: float
    n_eff: float
    severity: float | None
    severity_se: float | None
    severity_words: str
    prior: float
    why: tuple[Reason, ...]
    to_improve: tuple[str, ...]
    percentile: float | None
    trend: float | None
    drift: Fall | None
    is_inherited: bool
    inherited_from: ScopeCodes | None
    method_version: str
    as_of: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint:
    """One earlier or present estimate of a worker in a scope."""

    as_of: datetime
    mean: float
    low90: float
    high90: float
    n_eff: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerFigure:
    """How strict a reviewer is, in shares of a full score below other reviewers of the same people's work."""

    reviewer_id: UUID
    severity: float
    severity_se: float
    reviews: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSummary:
    """What an exact refit read and wrote. ``seconds`` is its whole duration, writing excluded."""

    fit_run_id: UUID
    as_of: datetime
    method_version: str
    watermark: str
    result_sha256: str
    seconds: float
    metrics: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFigure:
    """How good one rated item is on one criterion, in the rubric's points with a 90 % interval, as of the newest fit.

    ``gain`` (0..1): what one more rating would take from the squared error, as a share of how much such items differ.
    """

    id: UUID
    item_key: str
    scope: ScopeCodes
    criterion: str
    ratings: int
    level: float
    low90: float
    high90: float
    gain: float
    tenant: str
    project: str
    as_of: datetime
