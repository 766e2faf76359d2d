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

from quality.consensus.commands import keep_fit, keep_worker_consensus
from quality.consensus.fitting import ProjectConsensus, fit_consensus, worker_evidence
from quality.estimates.assembly import Assembly, Draft, with_ancestors
from quality.estimates.commands.update import update_estimates_online
from quality.estimates.commands.write import lock_workers, write_estimates
from quality.estimates.commands.write_items import replace_items
from quality.estimates.models import FitRun, QualityEstimate, ReviewerSeverity
from quality.estimates.queries.current import find_last_fit
from quality.estimates.rules import METHOD_VERSION, build_cells
from quality.estimates.severity import RatedItem, Severity, fit_ratings, fit_reviewer_severities
from quality.estimates.values import FitSummary
from quality.evidence.queries import (
    count_judgments_by_worker,
    count_words,
    list_comparisons,
    list_evidence,
    list_judged_pairs,
    list_known_answers,
    list_latest_labels,
    list_latest_ratings,
)
from quality.evidence.values import ComparisonValue, EvidenceSum, LabelValue, RatingValue
from quality.methods.shares import SharePriors
from quality.scopes.queries import ScopeTree, load_tree


@dataclass(frozen=True, slots=True)
class _Given:
    """Everything that goes into the numbers, each in one fixed order."""

    evidence: Sequence[EvidenceSum]
    ratings: Sequence[RatingValue]
    labels: Sequence[LabelValue]
    comparisons: Sequence[ComparisonValue]
    known: Mapping[str, str]
    tree: ScopeTree

    def watermark(self) -> str:
        """Return its sha256."""
        digest = hashlib.sha256()
        for scope, scope_id in zip(self.tree.codes, self.tree.ids, strict=True):
            digest.update(repr((str(scope_id), scope.domain, scope.locale, scope.task_kind)).encode())
        for row in self.evidence:
            values = (row.value.hex(), float(row.weight).hex(), row.count)
            digest.update(repr((str(row.worker_id), str(row.scope_id), row.kind, str(row.actor_id), *values)).encode())
        for rating in self.ratings:
            what = (str(rating.scope_id), rating.direction, rating.item_key, rating.criterion)
            digest.update(repr((*what, str(rating.worker_id), rating.value.hex())).encode())
        for label in self.labels:
            where = (str(label.scope_id), label.tenant, label.project, label.item_key)
            digest.update(repr((*where, str(label.worker_id), label.label, self.known.get(label.item_key))).encode())
        for comparison in self.comparisons:
            where = (str(comparison.scope_id), comparison.tenant, comparison.project, str(comparison.worker_id))
            digest.update(repr((*where, comparison.first, comparison.second, comparison.winner)).encode())
        return digest.hexdigest()


@dataclass(slots=True, kw_only=True)
class _Fit:
    """What one refit computed."""

    drafts: list[Draft]
    priors: SharePriors
    reviewers: Mapping[UUID, Severity]
    items: Sequence[RatedItem]
    consensus: list[ProjectConsensus]
    answerers: list[EvidenceSum]
    metrics: dict[str, Any]


@transaction.atomic
def refit(*, now: datetime) -> FitSummary:
    """This will refit every prior, severity and estimate, and return what the run did.

    Evidence as at the last run (same watermark, nothing updated online since) returns that run and writes nothing.
    Same evidence and method version give the same numbers to the last bit. Judgments recorded while it computes are
    taken in at the end by online updates.
    """
    started = time.perf_counter()
    counted, words = count_judgments_by_worker(), count_words()
    given = _Given(
        list_evidence(),
        list_latest_ratings(),
        list_latest_labels(),
        list_comparisons(),
        list_known_answers(),
        load_tree(),
    )
    watermark = given.watermark()
    last = find_last_fit()
    is_same = last is not None and (last.watermark, last.method_version) == (
        watermark,
        METHOD_VERSION,
    )
    if last is not None and is_same and not _is_updated_online():
        return _summary(last)

    fit = _compute(given)
    # Before the workers are locked: a project that is being fitted is waited for, and nobody's judgment waits with it.
    for fitted in fit.consensus:
        keep_fit(fitted=fitted, words=words.get(fitted.project, (0, 0)), as_of=now)
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
    keep_worker_consensus(workers=fit.answerers, fit_run_id=run.id)
    current = {(row.worker_id, row.scope_id): row for row in QualityEstimate.objects.filter(is_current=True)}
    write_estimates(fit.drafts, current=current, fit_run=run, is_online=False, now=now)
    replace_items(fit.items, fit_run=run)
    _catch_up(counted, now)
    return _summary(run)


def _compute(given: _Given) -> _Fit:
    consensus = fit_consensus(given.labels, given.comparisons, given.known)
    answerers = worker_evidence(consensus)
    evidence, tree = [*given.evidence, *answerers], given.tree
    reviewers = fit_reviewer_severities(evidence)
    cells = build_cells(evidence, {who: value.severity for who, value in reviewers.items()})
    rated = fit_ratings(given.ratings)
    severities = rated.severities
    assembly = Assembly(tree, cells)
    method = assembly.fit()
    pairs = list_judged_pairs() | set(severities) | {(row.worker_id, row.scope_id) for row in answerers}
    drafts = assembly.draft(method, with_ancestors(tree, pairs))
    for draft in drafts:
        if severity := severities.get((draft.worker_id, draft.scope_id)):
            draft.severity, draft.severity_se = (
                severity.severity,
                severity.standard_error,
            )
    metrics = {
        "judgments": sum(row.count for row in given.evidence),
        "ratings": len(given.ratings),
        "labels": len(given.labels),
        "comparisons": len(given.comparisons),
        "workers": len({draft.worker_id for draft in drafts}),
        "estimates": len(drafts),
        "mean_interval_width": _rounded_mean([draft.high90 - draft.low90 for draft in drafts]),
    }
    return _Fit(
        drafts=drafts,
        priors=method.population_,
        reviewers=reviewers,
        items=rated.items,
        consensus=consensus,
        answerers=answerers,
        metrics=metrics,
    )


def _parameters(fit: _Fit) -> dict[str, Any]:
    return {
        "priors": {
            "mean": float(fit.priors.mean),
            "mean_variance": float(fit.priors.mean_variance),
            "strengths": [float(x) for x in fit.priors.strengths],
        },
    }


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
