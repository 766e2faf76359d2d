"""One estimate with its reasons, and its history."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from common import clock
from quality.estimates.drift import Fall
from quality.estimates.models import Contribution, QualityEstimate
from quality.estimates.queries.current import quality_of
from quality.estimates.queries.falls import find_fall_of
from quality.estimates.rules import METHOD_VERSION, Reason, advise, describe_severity
from quality.estimates.values import EstimateView, HistoryPoint, QualityFigure
from quality.scopes.queries import find_scope_ids
from quality.scopes.rules import ScopeCodes

# A comparison with fewer people would tell one about another.
LEAST_OTHERS = 5
TREND_SPAN = timedelta(days=28)
LEAST_TREND_SPAN = timedelta(days=7)


def get_estimate(*, worker_id: UUID, domain: str = "", locale: str = "", task_kind: str = "") -> EstimateView:
    """This will return how good a worker is in a scope, how sure that is, and why.

    Never fails: without evidence the figure is inherited and says from where.
    """
    scope = ScopeCodes(domain, locale, task_kind)
    figure = quality_of(worker_ids=[worker_id], scope=scope)[worker_id]
    source = figure.inherited_from or scope
    row = _find_current(worker_id, source)
    reasons = () if row is None else _reasons(row, inherited_from=figure.inherited_from)
    return EstimateView(
        worker_id=worker_id,
        domain=domain,
        locale=locale,
        task_kind=task_kind,
        mean=figure.mean,
        low90=figure.low90,
        high90=figure.high90,
        n_eff=figure.n_eff,
        severity=figure.severity,
        severity_se=figure.severity_se,
        severity_words=describe_severity(figure.severity, figure.severity_se),
        prior=figure.mean if row is None else row.prior_mean,
        why=reasons,
        to_improve=_advice(figure, row, reasons),
        percentile=None if figure.is_inherited else _percentile(row),
        trend=None if row is None else _trend(row),
        drift=None if figure.is_inherited else _drift(row),
        is_inherited=figure.is_inherited,
        inherited_from=figure.inherited_from,
        method_version=METHOD_VERSION if row is None else row.method_version,
        as_of=figure.as_of,
    )


def estimate_history(*, worker_id: UUID, scope: ScopeCodes, limit: int = 400) -> list[HistoryPoint]:
    """This will return a worker's estimates in a scope, oldest first, at most the ``limit`` newest."""
    rows = (
        QualityEstimate.objects.filter(worker_id=worker_id, scope_id__in=find_scope_ids([scope]).values())
        .order_by("-as_of", "-id")
        .values_list("as_of", "mean", "low90", "high90", "n_eff")[:limit]
    )
    return [
        HistoryPoint(as_of=as_of, mean=mean, low90=low90, high90=high90, n_eff=n_eff)
        for as_of, mean, low90, high90, n_eff in reversed(rows)
    ]


def _find_current(worker_id: UUID, scope: ScopeCodes) -> QualityEstimate | None:
    scope_ids = find_scope_ids([scope]).values()
    return QualityEstimate.objects.filter(worker_id=worker_id, scope_id__in=scope_ids, is_current=True).first()


def _reasons(row: QualityEstimate, *, inherited_from: ScopeCodes | None) -> tuple[Reason, ...]:
    rows = Contribution.objects.filter(estimate=row).order_by("position", "id")
    reasons = [Reason(line.words, line.evidence_kind, line.delta) for line in rows]
    if inherited_from is None:
        return tuple(reasons)
    return tuple(
        Reason(
            line.words.replace("in this work", f"in {inherited_from}"),
            line.evidence_kind,
            line.delta,
        )
        for line in reasons
    )


def _advice(figure: QualityFigure, row: QualityEstimate | None, reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    strength = None if row is None or figure.is_inherited else row.strength
    kind = reasons[0].evidence_kind if reasons else ""
    return advise(mean=figure.mean, strength=strength, n_eff=figure.n_eff, kind=kind)


def _percentile(row: QualityEstimate | None) -> float | None:
    """The part of the others in this scope, by evidence of their own, who score lower."""
    if row is None:
        return None
    others = QualityEstimate.objects.filter(scope_id=row.scope_id, is_current=True, is_inherited=False).exclude(
        worker_id=row.worker_id
    )
    count = others.count()
    if count < LEAST_OTHERS:
        return None
    return others.filter(mean__lt=row.mean).count() / count


def _drift(row: QualityEstimate | None) -> Fall | None:
    """Sought anew on each reading, so that it speaks of today; the night keeps what managers list."""
    return None if row is None else find_fall_of(worker_id=row.worker_id, scope_id=row.scope_id, now=clock.now())


def _trend(row: QualityEstimate) -> float | None:
    """Change of the mean over about four weeks, or over what history there is from one week up."""
    earlier = QualityEstimate.objects.filter(worker_id=row.worker_id, scope_id=row.scope_id)
    four_weeks_ago = earlier.filter(as_of__lte=row.as_of - TREND_SPAN).order_by("-as_of", "-id").first()
    since = earlier.filter(as_of__lte=row.as_of - LEAST_TREND_SPAN)
    then = four_weeks_ago or since.order_by("as_of", "id").first()
    return None if then is None else row.mean - then.mean
