"""Writing estimates: the lock that orders writers, and the rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from common.copying import copy_rows
from common.identifiers import uuid7
from quality.estimates.assembly import Draft, Pair
from quality.estimates.models import Contribution, FitRun, QualityEstimate
from quality.estimates.rules import METHOD_VERSION

# First key of the advisory locks of this feature, and the number of second keys. A lock per bucket of workers keeps
# a set-based writer within PostgreSQL's table of locks.
_LOCK_SPACE = 7_801
_LOCK_BUCKETS = 256
_ESTIMATE_COLUMNS = [
    "id",
    "worker_id",
    "scope_id",
    "mean",
    "low90",
    "high90",
    "n_eff",
    "strength",
    "prior_mean",
    "prior_mean_variance",
    "prior_strengths",
    "severity",
    "severity_se",
    "is_inherited",
    "is_online",
    "is_current",
    "method_version",
    "fit_run_id",
    "as_of",
]
_REASON_COLUMNS = ["id", "estimate_id", "evidence_kind", "delta", "words", "position"]


def bucket_of(worker_id: UUID) -> int:
    """The lock that orders who writes estimates of a worker."""
    return worker_id.int % _LOCK_BUCKETS


def lock_workers(worker_ids: Collection[UUID]) -> None:
    """Wait until no other transaction writes estimates of these workers.

    Take it after writing evidence and before reading it: two recorders of one worker then see each other's rows.
    Lock order: evidence rows, then buckets ascending, then estimate rows.
    """
    with connection.cursor() as cursor:
        for bucket in sorted({bucket_of(worker) for worker in worker_ids}):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, bucket])


def write_estimates(
    drafts: Sequence[Draft],
    *,
    current: dict[Pair, QualityEstimate],
    fit_run: FitRun | None,
    is_online: bool,
    now: datetime,
) -> None:
    """Make the drafts current and what was current history; the callers hold the workers' locks.

    ``current`` are the present current rows of (at least) the drafts' pairs. An online row of the same UTC day is
    replaced instead of kept.
    """
    replaced: list[UUID] = []
    kept: list[UUID] = []
    estimates: list[tuple[object, ...]] = []
    reasons: list[tuple[object, ...]] = []
    for draft in drafts:
        before = current.get((draft.worker_id, draft.scope_id))
        as_of = now
        if before is not None:
            as_of = max(now, before.as_of)
            is_same_day = before.as_of.astimezone(UTC).date() == as_of.astimezone(UTC).date()
            (replaced if is_online and before.is_online and is_same_day else kept).append(before.id)
        estimate_id = uuid7()
        origin = (is_online, True, METHOD_VERSION, None if fit_run is None else fit_run.id, as_of)
        estimates.append((estimate_id, *_numbers(draft, before if is_online else None), *origin))
        for place, reason in enumerate(draft.reasons):
            reasons.append((uuid7(), estimate_id, reason.evidence_kind, reason.delta, reason.words, place))
    using = connection.alias
    if replaced:
        # Raw: the cascade is known, and collecting it would read every row back first.
        Contribution.objects.filter(estimate_id__in=replaced)._raw_delete(using)
        QualityEstimate.objects.filter(id__in=replaced)._raw_delete(using)
    if kept:
        QualityEstimate.objects.filter(id__in=kept).update(is_current=False)
    copy_rows("quality_qualityestimate", _ESTIMATE_COLUMNS, estimates)
    copy_rows("quality_contribution", _REASON_COLUMNS, reasons)


def _numbers(draft: Draft, before: QualityEstimate | None) -> tuple[object, ...]:
    """A draft's columns up to ``is_inherited``; between two fits severity stays what it was ``before``."""
    severity = (draft.severity, draft.severity_se) if before is None else (before.severity, before.severity_se)
    interval = (draft.mean, draft.low90, draft.high90, draft.n_eff, draft.strength)
    prior = (draft.prior_mean, draft.prior_mean_variance, draft.prior_strengths)
    return (draft.worker_id, draft.scope_id, *interval, *prior, *severity, draft.is_inherited)
