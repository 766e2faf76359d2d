"""The exact refit of every estimate from all evidence."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

from quality.estimates.assembly import Assembly, Draft, with_ancestors
from quality.estimates.commands.update import update_estimates_online
from quality.estimates.commands.write import lock_workers, write_estimates
from quality.estimates.commands.write_items import replace_items
from quality.estimates.models import FitRun, QualityEstimate, ReviewerSeverity
from quality.estimates.queries.current import find_last_fit
from quality.estimates.rules import METHOD_VERSION, build_cells, choose_basis
from quality.estimates.severity import RatedItem, Severity, fit_ratings, fit_reviewer_severities
from quality.estimates.values import FitSummary
from quality.evidence.queries import (
    count_judgments_by_worker,
    list_evidence,
    list_judged_pairs,
    list_latest_ratings,
)
from quality.evidence.values import EvidenceSum, RatingValue
from quality.methods.shares import SharePriors
from quality.scopes.queries import ScopeTree, load_tree


@dataclass(slots=True, kw_only=True)
class _Fit:
    """What one refit computed."""

    drafts: list[Draft]
    priors: SharePriors
    basis: Mapping[UUID, str]
    reviewers: Mapping[UUID, Severity]
    items: Sequence[RatedItem]
    metrics: dict[str, Any]


@transaction.atomic
def refit(*, now: datetime) -> FitSummary:
    """This will refit every prior, severity and estimate, and return what the run did.

    Evidence as at the last run (same watermark, nothing updated online since) returns that run and writes nothing.
    Same evidence and method version give the same numbers to the last bit. Judgments recorded while it computes are
    taken in at the end by online updates.
    """
    started = time.perf_counter()
    counted = count_judgments_by_worker()
    evidence, ratings, tree = list_evidence(), list_latest_ratings(), load_tree()
    watermark = _watermark(evidence, ratings, tree)
    last = find_last_fit()
    is_same = last is not None and (last.watermark, last.method_version) == (
        watermark,
        METHOD_VERSION,
    )
    if last is not None and is_same and not _is_updated_online():
        return _summary(last)

    fit = _compute(evidence, ratings, tree)
    lock_workers(None)
    digest = hashlib.sha256("\n".join(draft.numbers() for draft in fit.drafts).encode())
    run = FitRun.objects.create(
        as_of=now,
        method_version=METHOD_VERSION,
        watermark=watermark,
        result_sha256=digest.hexdigest(),
        parameters=_parameters(fit),
        seconds=time.perf_counter() - started,
        metrics=fit.metrics,
    )
    ReviewerSeverity.objects.bulk_create(
        ReviewerSeverity(
            fit_run=run,
            reviewer_id=reviewer,
            severity=value.severity,
            severity_se=value.standard_error,
            reviews=value.scores,
        )
        for reviewer, value in fit.reviewers.items()
    )
    current = {(row.worker_id, row.scope_id): row for row in QualityEstimate.objects.filter(is_current=True)}
    write_estimates(fit.drafts, current=current, fit_run=run, is_online=False, now=now)
    replace_items(fit.items, fit_run=run)
    _catch_up(counted, now)
    return _summary(run)


def _compute(evidence: Sequence[EvidenceSum], ratings: Sequence[RatingValue], tree: ScopeTree) -> _Fit:
    reviewers = fit_reviewer_severities(evidence)
    basis = choose_basis(evidence)
    cells = build_cells(evidence, basis, {who: value.severity for who, value in reviewers.items()})
    rated = fit_ratings(ratings)
    severities = rated.severities
    assembly = Assembly(tree, cells)
    method = assembly.fit()
    drafts = assembly.draft(method, with_ancestors(tree, list_judged_pairs() | set(severities)))
    for draft in drafts:
        if severity := severities.get((draft.worker_id, draft.scope_id)):
            draft.severity, draft.severity_se = (
                severity.severity,
                severity.standard_error,
            )
    metrics = {
        "judgments": sum(row.count for row in evidence),
        "ratings": len(ratings),
        "workers": len({draft.worker_id for draft in drafts}),
        "estimates": len(drafts),
        "mean_interval_width": _rounded_mean([draft.high90 - draft.low90 for draft in drafts]),
    }
    return _Fit(
        drafts=drafts,
        priors=method.population_,
        basis=basis,
        reviewers=reviewers,
        items=rated.items,
        metrics=metrics,
    )


def _parameters(fit: _Fit) -> dict[str, Any]:
    return {
        "priors": {
            "mean": float(fit.priors.mean),
            "mean_variance": float(fit.priors.mean_variance),
            "strengths": [float(x) for x in fit.priors.strengths],
        },
        "basis": {str(scope): kind for scope, kind in sorted(fit.basis.items())},
    }


def _watermark(evidence: Sequence[EvidenceSum], ratings: Sequence[RatingValue], tree: ScopeTree) -> str:
    """sha256 of everything that goes into the numbers."""
    digest = hashlib.sha256()
    for scope, scope_id in zip(tree.codes, tree.ids, strict=True):
        digest.update(repr((str(scope_id), scope.domain, scope.locale, scope.task_kind)).encode())
    for row in evidence:
        values = (row.value.hex(), float(row.weight).hex(), row.count)
        who = (str(row.worker_id), str(row.scope_id), row.kind, str(row.actor_id))
        digest.update(repr((*who, *values)).encode())
    for rating in ratings:
        what = (
            str(rating.scope_id),
            rating.direction,
            rating.item_key,
            rating.criterion,
        )
        digest.update(repr((*what, str(rating.worker_id), rating.value.hex())).encode())
    return digest.hexdigest()


def _is_updated_online() -> bool:
    return QualityEstimate.objects.filter(is_current=True, is_online=True).exists()


def _catch_up(counted: Mapping[UUID, int], now: datetime) -> None:
    """Take in what was judged while the fit was computed. Writers wait for our locks from now on."""
    late = [worker for worker, count in count_judgments_by_worker().items() if counted.get(worker) != count]
    if late:
        update_estimates_online(pairs=list_judged_pairs(late), now=now)


def _rounded_mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 6) if values else None


def _summary(run: FitRun) -> FitSummary:
    return FitSummary(
        fit_run_id=run.id,
        as_of=run.as_of,
        method_version=run.method_version,
        watermark=run.watermark,
        result_sha256=run.result_sha256,
        seconds=run.seconds,
        metrics=run.metrics,
    )
