"""The exact refit of every estimate from all evidence."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from quality.consensus.commands import FittedWords, keep_worker_consensus, refit_project
from quality.consensus.fitting import ProjectConsensus, worker_evidence
from quality.consensus.watermarks import digest_all_words
from quality.estimates.assembly import Assembly, Draft, Pair, with_ancestors
from quality.estimates.commands.update import update_estimates_online
from quality.estimates.commands.write import bucket_of, lock_workers, write_estimates
from quality.estimates.commands.write_items import replace_items
from quality.estimates.models import FitRun, QualityEstimate, ReviewerSeverity
from quality.estimates.queries.current import find_last_fit, list_current_pairs
from quality.estimates.rules import METHOD_VERSION, build_cells
from quality.estimates.severity import RatingFit, Severity, fit_ratings, fit_reviewer_severities
from quality.estimates.values import FitSummary
from quality.evidence.queries import (
    count_judgments_by_worker,
    count_words,
    list_evidence,
    list_judged_pairs,
    list_known_answers,
    list_latest_ratings,
)
from quality.evidence.values import EvidenceSum, Project, RatingValue
from quality.methods.shares import SharePriors
from quality.methods.shrunken_share import ShrunkenShare
from quality.scopes.queries import ScopeTree, load_tree

# Estimates that are written in one transaction: their workers' judgments wait for so many and no more.
_PART: Final = 5_000


@dataclass(frozen=True, slots=True)
class _Given:
    """What goes into the numbers besides people's words on items, each in one fixed order."""

    evidence: Sequence[EvidenceSum]
    ratings: Sequence[RatingValue]
    known: Mapping[str, str]
    tree: ScopeTree

    def watermark(self, words: Mapping[Project, str]) -> str:
        """Return the sha256 of it and of the words, which come as a digest of each project."""
        digest = hashlib.sha256()
        for scope, scope_id in zip(self.tree.codes, self.tree.ids, strict=True):
            digest.update(repr((str(scope_id), scope.domain, scope.locale, scope.task_kind)).encode())
        for row in self.evidence:
            values = (row.value.hex(), float(row.weight).hex(), row.count)
            digest.update(repr((str(row.worker_id), str(row.scope_id), row.kind, str(row.actor_id), *values)).encode())
        for rating in self.ratings:
            what = (str(rating.scope_id), rating.direction, rating.item_key, rating.criterion)
            digest.update(repr((*what, str(rating.worker_id), rating.value.hex())).encode())
        for project in sorted(words):
            digest.update(repr((str(project.scope_id), project.tenant, project.code, words[project])).encode())
        return digest.hexdigest()


@dataclass(slots=True, kw_only=True)
class _Fit:
    """What one refit computed; drafts of the ``pairs`` are made part by part."""

    assembly: Assembly
    method: ShrunkenShare
    pairs: list[Pair]
    reviewers: Mapping[UUID, Severity]
    rated: RatingFit
    answerers: list[EvidenceSum]

    def draft(self, pairs: Sequence[Pair]) -> list[Draft]:
        drafts = self.assembly.draft(self.method, pairs)
        for draft in drafts:
            if severity := self.rated.severities.get((draft.worker_id, draft.scope_id)):
                draft.severity, draft.severity_se = severity.severity, severity.standard_error
        return drafts


def refit(*, now: datetime) -> FitSummary:
    """This will refit every prior, severity and estimate, and return what the run did.

    Evidence as at the last run (same watermark, nothing updated online since) returns that run and writes nothing.
    Same evidence and method version give the same numbers to the last bit. Each project's answers, the run, and each few
    thousand estimates are written in a transaction of their own, so that nobody's judgment waits long; judgments
    recorded meanwhile are taken in by online updates. A refit that broke off is begun anew by the next.
    """
    started = time.perf_counter()
    counted = count_judgments_by_worker()
    given = _Given(list_evidence(), list_latest_ratings(), list_known_answers(), load_tree())
    last = find_last_fit()
    if last is not None and _is_current(last) and last.watermark == given.watermark(digest_all_words(given.known)):
        return _summary(last)
    words: dict[Project, FittedWords] = {}
    fit = _compute(given, worker_evidence(_refit_projects(given.known, words, now)))
    digest, width = _look_over(fit)
    run = FitRun(
        as_of=now,
        method_version=METHOD_VERSION,
        watermark=given.watermark({project: fitted.digest for project, fitted in words.items()}),
        result_sha256=digest,
        parameters=_parameters(fit.method.population_),
        seconds=time.perf_counter() - started,
        metrics={
            "judgments": sum(row.count for row in given.evidence),
            "ratings": len(given.ratings),
            "labels": sum(fitted.labels for fitted in words.values()),
            "comparisons": sum(fitted.comparisons for fitted in words.values()),
            "workers": len({worker for worker, _ in fit.pairs}),
            "estimates": len(fit.pairs),
            "mean_interval_width": width,
        },
    )
    _keep_run(run, fit)
    for pairs in _parts(fit.pairs):
        _write_part(fit, pairs, run, counted, now)
    return _summary(run)


def _refit_projects(
    known: Mapping[str, str], words: dict[Project, FittedWords], now: datetime
) -> Iterator[ProjectConsensus]:
    """Fit one project after the other; ``words`` keeps what went into each, without what was found of its items."""
    for project in count_words():
        fitted = refit_project(project=project, known=known, now=now)
        yield fitted.consensus
        words[project] = replace(fitted, consensus=ProjectConsensus(project, [], [], []))


def _compute(given: _Given, answerers: list[EvidenceSum]) -> _Fit:
    evidence, tree = [*given.evidence, *answerers], given.tree
    reviewers = fit_reviewer_severities(evidence)
    cells = build_cells(evidence, {who: value.severity for who, value in reviewers.items()})
    rated = fit_ratings(given.ratings)
    assembly = Assembly(tree, cells)
    method = assembly.fit()
    # What is current without any evidence left is estimated anew, too.
    pairs = list_judged_pairs() | set(rated.severities) | list_current_pairs()
    pairs |= {(row.worker_id, row.scope_id) for row in answerers}
    ordered = sorted(with_ancestors(tree, pairs), key=lambda pair: (bucket_of(pair[0]), pair))
    return _Fit(assembly=assembly, method=method, pairs=ordered, reviewers=reviewers, rated=rated, answerers=answerers)


@transaction.atomic
def _keep_run(run: FitRun, fit: _Fit) -> None:
    run.save()
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
    replace_items(fit.rated.items, fit_run=run)


def _look_over(fit: _Fit) -> tuple[str, float | None]:
    """The sha256 of every number that comes out, and the mean width of the intervals."""
    digest, width = hashlib.sha256(), 0.0
    for pairs in _parts(fit.pairs):
        result = fit.assembly.estimate(fit.method, pairs)
        numbers = (result.mean, result.low90, result.high90, result.n_eff, result.strength, result.contribution_delta)
        for pair in pairs:
            severity = fit.rated.severities.get(pair)
            digest.update(repr((str(pair[0]), str(pair[1]), severity)).encode())
        for column in numbers:
            digest.update(column.tobytes())
        width += float((result.high90 - result.low90).sum())
    return digest.hexdigest(), round(width / len(fit.pairs), 6) if fit.pairs else None


def _parts(pairs: Sequence[Pair]) -> Iterator[Sequence[Pair]]:
    """Runs of about ``_PART`` pairs, in the order of the workers' locks; a worker's are never parted."""
    start = 0
    for at in range(1, len(pairs)):
        if at - start >= _PART and pairs[at][0] != pairs[at - 1][0]:
            yield pairs[start:at]
            start = at
    if pairs:
        yield pairs[start:]


@transaction.atomic
def _write_part(fit: _Fit, pairs: Sequence[Pair], run: FitRun, counted: Mapping[UUID, int], now: datetime) -> None:
    """Write the estimates of some workers, and take in what was judged of them while the fit was computed."""
    drafts = fit.draft(pairs)
    workers = sorted({worker for worker, _ in pairs})
    lock_workers(workers)
    rows = QualityEstimate.objects.filter(is_current=True, worker_id__in=workers)
    current = {(row.worker_id, row.scope_id): row for row in rows}
    write_estimates(drafts, current=current, fit_run=run, is_online=False, now=now)
    late = [worker for worker, count in count_judgments_by_worker(workers).items() if counted.get(worker) != count]
    if late:
        update_estimates_online(pairs=list_judged_pairs(late), now=now)


def _parameters(priors: SharePriors) -> dict[str, Any]:
    return {
        "priors": {
            "mean": float(priors.mean),
            "mean_variance": float(priors.mean_variance),
            "strengths": [float(x) for x in priors.strengths],
        },
    }


def _is_current(run: FitRun) -> bool:
    """Say whether every current estimate is this run's by today's method, and nothing updated online since.

    A run that broke off has written fewer than it meant to.
    """
    rows = QualityEstimate.objects.filter(is_current=True)
    own = rows.filter(fit_run=run, is_online=False)
    return run.method_version == METHOD_VERSION and rows.count() == own.count() == run.metrics["estimates"]


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
