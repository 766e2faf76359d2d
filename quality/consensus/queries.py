"""Reading what labels say together."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import F, Q, Subquery, Sum

from quality.consensus.models import ItemConsensus, ItemScore, WorkerConsensus
from quality.consensus.values import ItemAnswer, RankedItem, ScopedAnswer
from quality.evidence.values import EvidenceSum, JudgmentKind
from quality.scopes.queries import find_scope_ids
from quality.scopes.rules import ScopeCodes


def consensus_of(*, item_keys: Collection[str]) -> dict[str, ItemAnswer]:
    """Return the likeliest answer to each of these items as its project's last fit found it; items without one are left out."""
    # An item that was labeled in two scopes has two answers: the newer fit's counts.
    rows = ItemConsensus.objects.filter(item_key__in=list(item_keys)).order_by("fit__as_of", "fit_id")
    values = rows.values_list("item_key", "answer", "shares", "labels")
    return {key: ItemAnswer(key, answer, shares, labels) for key, answer, shares, labels in values}


def ranking_of(*, tenant: str, project: str, scope: ScopeCodes) -> list[RankedItem]:
    """Return the compared items of a project as its last fit found them, the best first."""
    scopes = list(find_scope_ids([scope]).values())
    rows = ItemScore.objects.filter(fit__tenant=tenant, fit__project=project, fit__scope_id__in=scopes)
    return [
        RankedItem(item=row.item, score=row.score, score_se=row.score_se, comparisons=row.comparisons)
        for row in rows.order_by("-score", "item")
    ]


def list_worker_consensus(*, fit_run_id: UUID, worker_ids: Collection[UUID]) -> list[EvidenceSum]:
    """Return what a fit's consensus says of these workers, as evidence, in one fixed order."""
    rows = WorkerConsensus.objects.filter(fit_run_id=fit_run_id, worker_id__in=list(worker_ids))
    return [
        EvidenceSum(row.worker_id, row.scope_id, JudgmentKind.AGREEMENT, None, row.mean, row.n_eff, row.labels)
        for row in rows.order_by("worker_id", "scope_id")
    ]


def list_unsure_answers(*, places: Collection[tuple[str, str]], limit: int) -> list[ScopedAnswer]:
    """Return the answers to items of these (tenant, project)s, the least sure first, at most ``limit``; none that is certain."""
    if not places:
        return []
    wanted = reduce(or_, (Q(fit__tenant=tenant, fit__project=project) for tenant, project in sorted(places)))
    rows = ItemConsensus.objects.filter(wanted, share__lt=1).order_by("share", "id")
    values = rows.values_list("fit__scope_id", "item_key", "answer", "shares", "labels")[:limit]
    return [
        ScopedAnswer(scope, ItemAnswer(key, answer, shares, labels)) for scope, key, answer, shares, labels in values
    ]


def accuracy_of_scopes(scope_ids: Collection[UUID]) -> dict[UUID, float]:
    """Return how often labelers were right in each of these scopes as the last refit that could tell it of anybody
    estimates it.

    People count by the known answers that would tell as much; scopes in which labels do not tell people apart are left out.
    """
    # Ids of runs are in the order of time.
    written = WorkerConsensus.objects.filter(fit_run__end__isnull=False)
    last = written.order_by("-fit_run_id").values("fit_run_id")[:1]
    rows = WorkerConsensus.objects.filter(scope_id__in=list(scope_ids), fit_run_id=Subquery(last))
    sums = (
        rows.values_list("scope_id").annotate(right=Sum(F("mean") * F("n_eff")), all=Sum("n_eff")).order_by("scope_id")
    )
    return {scope: right / total for scope, right, total in sums}
