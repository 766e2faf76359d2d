"""Present figures, in bulk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from quality.estimates.assembly import LEVELS
from quality.estimates.models import FitRun, QualityEstimate, ReviewerSeverity
from quality.estimates.values import QualityFigure, ReviewerFigure
from quality.methods.share_posterior import widen
from quality.methods.shares import SharePriors
from quality.methods.shrunken_share import ShrunkenShare
from quality.scopes.queries import find_scope_ids
from quality.scopes.rules import ScopeCodes, path_of


def find_last_fit() -> FitRun | None:
    """Return the exact fit that was last written to its end."""
    return FitRun.objects.filter(end__isnull=False).order_by("-end__at", "-id").first()


def list_current_pairs() -> set[tuple[UUID, UUID]]:
    """Return every (worker, scope) that has a current estimate."""
    return set(QualityEstimate.objects.filter(is_current=True).values_list("worker_id", "scope_id"))


def quality_of(*, worker_ids: Sequence[UUID], scope: ScopeCodes) -> dict[UUID, QualityFigure]:
    """Return a figure for each worker in ``scope``, whatever they have worked on so far.

    A worker without evidence there has the figure of the nearest wider scope, with a wider interval; without any
    evidence the population's prior, wider still. A fixed number of queries for any number of workers.
    """
    return {worker: row[scope] for worker, row in heat_map(worker_ids=worker_ids, scopes=[scope]).items()}


def list_estimates(
    *,
    worker_ids: Sequence[UUID] | None = None,
    scope: ScopeCodes | None = None,
    limit: int = 200,
) -> list[QualityFigure]:
    """Return the current figures that workers have by evidence of their own, by worker and scope."""
    rows = QualityEstimate.objects.filter(is_current=True).select_related("scope")
    if worker_ids is not None:
        rows = rows.filter(worker_id__in=list(worker_ids))
    if scope is not None:
        rows = rows.filter(
            scope__domain=scope.domain,
            scope__locale=scope.locale,
            scope__task_kind=scope.task_kind,
        )
    ordered = rows.order_by("worker_id", "scope__domain", "scope__task_kind", "scope__locale", "id")
    return [figure_of(row) for row in ordered[:limit]]


def heat_map(
    *, worker_ids: Sequence[UUID], scopes: Collection[ScopeCodes]
) -> dict[UUID, dict[ScopeCodes, QualityFigure]]:
    """Return a figure for each worker and scope; inherited ones say so (``is_inherited``).

    A fixed number of queries for any number of workers and scopes.
    """
    workers = list(dict.fromkeys(worker_ids))
    paths = {scope: path_of(scope) for scope in dict.fromkeys(scopes)}
    scope_ids = find_scope_ids({wider for path in paths.values() for wider in path})
    rows = QualityEstimate.objects.filter(worker_id__in=workers, scope_id__in=list(scope_ids.values()), is_current=True)
    known = {(row.worker_id, row.scope_id): row for row in rows}
    table: dict[UUID, dict[ScopeCodes, QualityFigure]] = {worker: {} for worker in workers}
    priors: dict[ScopeCodes, QualityFigure] = {}
    run: FitRun | None = None
    for scope, path in paths.items():
        steps = [(wider, scope_ids[wider]) for wider in path if wider in scope_ids]
        for worker in workers:
            found = next(((known[worker, key], wider) for wider, key in steps if (worker, key) in known), None)
            if found is not None:
                table[worker][scope] = _figure(found[0], scope, found[1], path)
                continue
            if not priors:
                run = find_last_fit()
            if scope not in priors:
                priors[scope] = _prior_figure(scope, run)
            table[worker][scope] = replace(priors[scope], worker_id=worker)
    return table


def list_reviewer_severities(*, reviewer_ids: Collection[UUID] | None = None) -> list[ReviewerFigure]:
    """Return how strict each reviewer was in the last exact fit, the strictest first."""
    run = find_last_fit()
    if run is None:
        return []
    rows = ReviewerSeverity.objects.filter(fit_run=run)
    if reviewer_ids is not None:
        rows = rows.filter(reviewer_id__in=list(reviewer_ids))
    ordered = rows.order_by("-severity", "id")
    return [
        ReviewerFigure(
            reviewer_id=row.reviewer_id,
            severity=row.severity,
            severity_se=row.severity_se,
            reviews=row.reviews,
        )
        for row in ordered
    ]


def figure_of(row: QualityEstimate) -> QualityFigure:
    """Return the figure of a row, whose scope is loaded."""
    return QualityFigure(
        worker_id=row.worker_id,
        scope=row.scope.codes,
        mean=row.mean,
        low90=row.low90,
        high90=row.high90,
        n_eff=row.n_eff,
        severity=row.severity,
        severity_se=row.severity_se,
        is_inherited=row.is_inherited,
        inherited_from=None,
        as_of=row.as_of,
    )


def _figure(
    row: QualityEstimate,
    scope: ScopeCodes,
    found_at: ScopeCodes,
    path: Sequence[ScopeCodes],
) -> QualityFigure:
    """The row's figure carried down from ``found_at`` to ``scope``, wider by each level."""
    is_own = found_at == scope
    low, high = row.low90, row.high90
    n_eff = row.n_eff
    if not is_own:
        depth, deepest = len(path_of(found_at)) - 1, len(path) - 1
        steps = sum(1 / strength for strength in row.prior_strengths[depth + 1 : deepest + 1])
        lows, highs, strength = widen(row.mean, low, high, row.strength, steps)
        low, high = float(lows), float(highs)
        whole = sum(1 / strength for strength in row.prior_strengths[: deepest + 1])
        n_eff = max(float(strength) - 1 / (whole + row.prior_mean_variance), 0.0)
    return QualityFigure(
        worker_id=row.worker_id,
        scope=scope,
        mean=row.mean,
        low90=low,
        high90=high,
        n_eff=n_eff,
        severity=row.severity if is_own else None,
        severity_se=row.severity_se if is_own else None,
        is_inherited=row.is_inherited or not is_own,
        inherited_from=None if is_own else found_at,
        as_of=row.as_of,
    )


def _prior_figure(scope: ScopeCodes, run: FitRun | None) -> QualityFigure:
    """What is expected of somebody nothing is known of."""
    if run is None:
        priors = SharePriors.before_any_data(LEVELS)
    else:
        stored = run.parameters["priors"]
        values = (np.array(stored[name]) for name in ("mean", "mean_variance", "strengths"))
        priors = SharePriors(*values)
    depth = len(path_of(scope)) - 1
    chain = np.arange(-1, depth - 1)
    method = ShrunkenShare(chain, levels=LEVELS).use_priors(priors, [], [], [], [])
    result = method.estimate([0], [depth - 1])
    return QualityFigure(
        worker_id=UUID(int=0),
        scope=scope,
        mean=float(result.mean[0]),
        low90=float(result.low90[0]),
        high90=float(result.high90[0]),
        n_eff=0.0,
        severity=None,
        severity_se=None,
        is_inherited=True,
        inherited_from=None,
        as_of=None if run is None else run.as_of,
    )
