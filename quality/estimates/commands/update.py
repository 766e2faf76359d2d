"""The update between two exact fits: one worker's evidence under the yardstick of the last fit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import transaction

from quality.consensus.queries import list_worker_consensus
from quality.estimates.assembly import LEVELS, Assembly, Pair, with_ancestors
from quality.estimates.commands.write import lock_workers, write_estimates
from quality.estimates.models import FitRun, QualityEstimate, ReviewerSeverity
from quality.estimates.queries.current import find_last_fit
from quality.estimates.rules import build_cells
from quality.evidence.queries import list_evidence
from quality.methods.shares import SharePriors
from quality.scopes.queries import tree_with


@transaction.atomic(savepoint=False)
def update_estimates_online(*, pairs: Collection[Pair], now: datetime, anew: FitRun | None = None) -> None:
    """This will bring the estimates of these (worker id, scope id) pairs, and of their wider scopes, up to date.

    The priors, what labels say together and the reviewers' severities stay those of the fit that each worker's estimates
    come from (``anew``: are those of this one, as if it had seen no evidence of them), so the result differs from the next
    fit only by what the others' evidence changed since. Cost: a few queries a fit and one small solve a worker, whatever the
    number of judgments elsewhere.
    """
    workers = sorted({worker for worker, _ in pairs})
    if not workers:
        return
    lock_workers(workers)
    rows = QualityEstimate.objects.filter(worker_id__in=workers, is_current=True).order_by("as_of", "id")
    current = {(row.worker_id, row.scope_id): row for row in rows}
    last = anew or find_last_fit()
    own = {} if anew else {row.worker_id: row.fit_run_id for row in rows if row.fit_run_id}
    runs = FitRun.objects.in_bulk({run for run in own.values() if last is None or run != last.id})
    by_run: dict[UUID | None, list[Pair]] = {}
    for pair in sorted(pairs):
        by_run.setdefault(own.get(pair[0], None if last is None else last.id), []).append(pair)
    for run_id, some in by_run.items():
        _update(some, runs.get(run_id, last) if run_id else None, current, now=now, keeps_priors=anew is None)


def _update(
    pairs: Sequence[Pair],
    run: FitRun | None,
    current: dict[Pair, QualityEstimate],
    *,
    now: datetime,
    keeps_priors: bool,
) -> None:
    """Bring workers up to date whose estimates come from one fit."""
    workers = sorted({worker for worker, _ in pairs})
    evidence = list_evidence(workers)
    if run is not None:
        evidence += list_worker_consensus(fit_run_id=run.id, worker_ids=workers)
    tree = tree_with({row.scope_id for row in evidence} | {scope for _, scope in pairs})
    reviewers = {row.actor_id for row in evidence if row.actor_id is not None}
    assembly = Assembly(tree, build_cells(evidence, _severities(run, reviewers)))
    priors = {
        worker: SharePriors(
            np.array(row.prior_mean),
            np.array(row.prior_mean_variance),
            np.array(row.prior_strengths),
        )
        for (worker, scope), row in current.items()
        if scope == tree.root_id and keeps_priors
    }
    method = assembly.use(priors, population_priors(run))
    drafts = assembly.draft(method, with_ancestors(tree, set(pairs)))
    write_estimates(drafts, current=current, fit_run=run, is_online=True, now=now)


def population_priors(run: FitRun | None) -> SharePriors:
    """The priors for a worker whom the last fit had not seen."""
    if run is None:
        return SharePriors.before_any_data(LEVELS)
    stored = run.parameters["priors"]
    return SharePriors(
        np.array(stored["mean"]),
        np.array(stored["mean_variance"]),
        np.array(stored["strengths"]),
    )


def _severities(run: FitRun | None, reviewers: Collection[UUID]) -> dict[UUID, float]:
    if run is None or not reviewers:
        return {}
    rows = ReviewerSeverity.objects.filter(fit_run=run, reviewer_id__in=reviewers)
    return dict(rows.values_list("reviewer_id", "severity"))
