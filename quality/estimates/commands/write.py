"""Writing estimates: the lock that orders writers, and the rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from quality.estimates.assembly import Draft, Pair
from quality.estimates.models import Contribution, FitRun, QualityEstimate
from quality.estimates.rules import METHOD_VERSION

# First key of the advisory locks of this feature, and the number of second keys. A lock per bucket of workers keeps
# a set-based writer within PostgreSQL's table of locks.
_LOCK_SPACE = 7_801
_LOCK_BUCKETS = 256
_BATCH = 2_000


def lock_workers(worker_ids: Collection[UUID] | None) -> None:
    """Wait until no other transaction writes estimates of these workers (None: of anybody).

    Take it after writing evidence and before reading it: two recorders of one worker then see each other's rows.
    Lock order: evidence rows, then buckets ascending, then estimate rows.
    """
    if worker_ids is None:
        buckets = list(range(_LOCK_BUCKETS))
    else:
        buckets = sorted({worker.int % _LOCK_BUCKETS for worker in worker_ids})
    with connection.cursor() as cursor:
        for bucket in buckets:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, bucket])


def write_estimates(
    drafts: Sequence[Draft],
    *,
    current: dict[Pair, QualityEstimate],
    fit_run: FitRun | None,
    is_online: bool,
    now: datetime,
) -> list[QualityEstimate]:
    """Make the drafts current and what was current history; the callers hold the workers' locks.

    ``current`` are the present current rows of (at least) the drafts' pairs. An online row of the same UTC day is
    replaced instead of kept.
    """
    using = connection.alias
    replaced: list[UUID] = []
    kept: list[UUID] = []
    rows: list[QualityEstimate] = []
    reasons: list[Contribution] = []
    for draft in drafts:
        before = current.get((draft.worker_id, draft.scope_id))
        as_of = now
        if before is not None:
            as_of = max(now, before.as_of)
            is_same_day = before.as_of.astimezone(UTC).date() == as_of.astimezone(UTC).date()
            (replaced if is_online and before.is_online and is_same_day else kept).append(before.id)
        row = _row(draft, before, fit_run, is_online, as_of)
        rows.append(row)
        reasons += [
            Contribution(
                estimate=row,
                evidence_kind=reason.evidence_kind,
                delta=reason.delta,
                words=reason.words,
                position=place,
            )
            for place, reason in enumerate(draft.reasons)
        ]
    if replaced:
        # Raw: the cascade is known, and collecting it would read every row back first.
        Contribution.objects.filter(estimate_id__in=replaced)._raw_delete(using)
        QualityEstimate.objects.filter(id__in=replaced)._raw_delete(using)
    if kept:
        QualityEstimate.objects.filter(id__in=kept).update(is_current=False)
    QualityEstimate.objects.bulk_create(rows, batch_size=_BATCH)
    Contribution.objects.bulk_create(reasons, batch_size=_BATCH)
    return rows


def _row(
    draft: Draft,
    before: QualityEstimate | None,
    fit_run: FitRun | None,
    is_online: bool,
    as_of: datetime,
) -> QualityEstimate:
    severity, severity_se = draft.severity, draft.severity_se
    if is_online and before is not None:
        severity, severity_se = before.severity, before.severity_se
    return QualityEstimate(
        worker_id=draft.worker_id,
        scope_id=draft.scope_id,
        mean=draft.mean,
        low90=draft.low90,
        high90=draft.high90,
        n_eff=draft.n_eff,
        strength=draft.strength,
        prior_mean=draft.prior_mean,
        prior_mean_variance=draft.prior_mean_variance,
        prior_strengths=draft.prior_strengths,
        severity=severity,
        severity_se=severity_se,
        is_inherited=draft.is_inherited,
        is_online=is_online,
        method_version=METHOD_VERSION,
        fit_run=fit_run,
        as_of=as_of,
    )
