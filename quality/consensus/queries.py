"""Reading what labels say together."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from quality.consensus.models import ItemConsensus, WorkerConsensus
from quality.consensus.values import ItemAnswer
from quality.evidence.values import EvidenceSum, JudgmentKind


def consensus_of(*, item_keys: Collection[str]) -> dict[str, ItemAnswer]:
    """Return the likeliest answer to each of these items as the last fit found it; items without one are left out."""
    rows = ItemConsensus.objects.filter(item_key__in=list(item_keys))
    values = rows.values_list("item_key", "answer", "shares", "labels")
    return {key: ItemAnswer(key, answer, shares, labels) for key, answer, shares, labels in values}


def list_worker_consensus(*, fit_run_id: UUID, worker_ids: Collection[UUID]) -> list[EvidenceSum]:
    """Return what a fit's consensus says of these workers, as evidence, in one fixed order."""
    rows = WorkerConsensus.objects.filter(fit_run_id=fit_run_id, worker_id__in=list(worker_ids))
    return [
        EvidenceSum(row.worker_id, row.scope_id, JudgmentKind.AGREEMENT, None, row.mean, row.n_eff, row.labels)
        for row in rows.order_by("worker_id", "scope_id")
    ]
