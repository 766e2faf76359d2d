"""The exact refit of every estimate from all evidence."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from common import clock
from quality.consensus.commands import keep_worker_consensus, refit_project
from quality.consensus.fitting import worker_evidence
from quality.consensus.watermarks import digest_all_words
from quality.errors import RefitRunning
from quality.estimates.assembly import Assembly, Draft, Pair, with_ancestors
from quality.estimates.commands.update import update_estimates_online
from quality.estimates.commands.write import bucket_of, lock_workers, write_estimates
from quality.estimates.commands.write_items import replace_items
from quality.estimates.models import FitEnd, FitRun, QualityEstimate, ReviewerSeverity
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

#: The lock that a refit holds from its beginning to its end.
REFIT_LOCK: Final = (7_801, 1_000)
# Estimates that are written in one transaction: their workers' judgments wait for so many and no more.
_PART: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Given:
    """What goes into the numbers besides people's words on items, each in one fixed order."""

    evidence: Sequence[EvidenceSum]
    ratings: Sequence[RatingValue]
    known: Mapping[str, str]

    def watermark(self, words: Mapping[Project, str], tree: ScopeTree) -> str:
        """Return the sha256 of it, of the words, which come as a digest of each project, and of the scopes."""
        digest = hashlib.sha256()
        for scope, scope_id in zip(tree.codes, tree.ids, strict=True):
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
    recorded meanwhile are taken in by online updates. A run counts once it is written to its end; one that broke off is
    done anew by the next. Call it outside of any transaction: else everything is written, and waited for, at once.

    Raises:
        RefitRunning: another process refits.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", REFIT_LOCK)
        if not cursor.fetchone()[0]:
            raise RefitRunning
        try:
            done = _refit(now)
        except BaseException:
            # Where the connection or its transaction is broken this fails, too, and must not hide why.
            with suppress(DatabaseError):
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", REFIT_LOCK)
            raise
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", REFIT_LOCK)
    return done


def _refit(now: datetime) -> FitSummary:
    started = time.perf_counter()
    counted = count_judgments_by_worker()
    given = _Given(list_evidence(), list_latest_ratings(), list_known_answers())
    last = find_last_fit()
    if last is not None and _is_current(last) and last.watermark == _watermark_now(given):
        return _summary(last)
    words = {project: refit_project(project=project, known=given.known, now=now) for project in count_words()}
    fit = _compute(given, worker_evidence((project.scope_id, fitted.shares) for project, fitted in words.items()))
    digest, width = _digest_numbers(fit)
    run = FitRun(
        as_of=now,
        method_version=METHOD_VERSION,
        watermark=given.watermark({project: fitted.digest for project, fitted in words.items()}, fit.assembly.tree),
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
        _write_part(fit.draft(pairs), run, counted, now)
    _end(run, fit)
    # Whoever was judged for the first time meanwhile has this run's yardstick, too.
    known = {worker for worker, _ in fit.pairs}
    if newcomers := [worker for worker in _list_late(counted) if worker not in known]:
        update_estimates_online(pairs=list_judged_pairs(newcomers), now=now, anew=run)
    return _summary(run)


def _watermark_now(given: _Given) -> str:
    return given.watermark(digest_all_words(given.known), load_tree())


def _compute(given: _Given, answerers: list[EvidenceSum]) -> _Fit:
    evidence = [*given.evidence, *answerers]
    reviewers = fit_reviewer_severities(evidence)
    cells = build_cells(evidence, {who: value.severity for who, value in reviewers.items()})
    rated = fit_ratings(given.ratings)
    # What is current without any evidence left is estimated anew, too.
    pairs = list_judged_pairs() | set(rated.severities) | list_current_pairs()
    pairs |= {(row.worker_id, row.scope_id) for row in answerers}
    # Scopes are read last, so that each of the pairs' is there.
    assembly = Assembly(load_tree(), cells)
    ordered = sorted(with_ancestors(assembly.tree, pairs), key=lambda pair: (bucket_of(pair[0]), pair))
    return _Fit(
        assembly=assembly,
        method=assembly.fit(),
        pairs=ordered,
        reviewers=reviewers,
        rated=rated,
        answerers=answerers,
    )


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


def _digest_numbers(fit: _Fit) -> tuple[str, float | None]:
    """The sha256 of every number that comes out and of what the reasons are told from, and the intervals' mean width."""
    digests = [hashlib.sha256() for _ in range(7)]
    own = fit.method.own_priors_
    for part in (
        _parameters(fit.method.population_),
        sorted(fit.reviewers.items()),
        fit.rated.items,
        fit.assembly.cells,
    ):
        digests[0].update(repr(part).encode())
    for column in (own.mean, own.mean_variance, own.strengths):
        digests[0].update(column.tobytes())
    width = 0.0
    for pairs in _parts(fit.pairs):
        result = fit.assembly.estimate(fit.method, pairs)
        numbers = (result.mean, result.low90, result.high90, result.n_eff, result.strength, result.contribution_weight)
        for pair in pairs:
            digests[0].update(repr((str(pair[0]), str(pair[1]), fit.rated.severities.get(pair))).encode())
        for digest, column in zip(digests[1:], numbers, strict=True):
            digest.update(column.tobytes())
        width += float((result.high90 - result.low90).sum())
    whole = hashlib.sha256(b"".join(digest.digest() for digest in digests)).hexdigest()
    return whole, round(width / len(fit.pairs), 6) if fit.pairs else None


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
def _write_part(drafts: Sequence[Draft], run: FitRun, counted: Mapping[UUID, int], now: datetime) -> None:
    """Write the estimates of some workers, and take in what was judged of them while the fit was computed."""
    workers = sorted({draft.worker_id for draft in drafts})
    lock_workers(workers)
    rows = QualityEstimate.objects.filter(is_current=True, worker_id__in=workers)
    current = {(row.worker_id, row.scope_id): row for row in rows}
    write_estimates(drafts, current=current, fit_run=run, is_online=False, now=now)
    if late := _list_late(counted, workers):
        update_estimates_online(pairs=list_judged_pairs(late), now=now)


@transaction.atomic
def _end(run: FitRun, fit: _Fit) -> None:
    """Let the run count from here on."""
    replace_items(fit.rated.items, fit_run=run)
    FitEnd.objects.create(fit_run=run, at=clock.now())


def _list_late(counted: Mapping[UUID, int], workers: Collection[UUID] | None = None) -> list[UUID]:
    """Those (of these workers, or of all) of whom there are more judgments than were counted before."""
    return [worker for worker, count in count_judgments_by_worker(workers).items() if counted.get(worker) != count]


def _parameters(priors: SharePriors) -> dict[str, Any]:
    return {
        "priors": {
            "mean": float(priors.mean),
            "mean_variance": float(priors.mean_variance),
            "strengths": [float(x) for x in priors.strengths],
        },
    }


def _is_current(run: FitRun) -> bool:
    """Say whether every current estimate is this run's by today's method, and nothing updated online since."""
    others = QualityEstimate.objects.filter(is_current=True).exclude(fit_run=run, is_online=False)
    return run.method_version == METHOD_VERSION and not others.exists()


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
