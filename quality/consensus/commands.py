"""Keeping what a fit said."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from quality.consensus.fitting import ConsensusFit
from quality.consensus.models import ItemConsensus, ItemScore, WorkerConsensus

_BATCH = 5_000


@transaction.atomic(savepoint=False)
def replace_consensus(*, fit: ConsensusFit, fit_run_id: UUID) -> None:
    """This will put the answers and scores of a fit in the place of the last one's, and add what it says of the workers."""
    ItemConsensus.objects.all()._raw_delete(ItemConsensus.objects.db)  # nothing points at a row
    ItemConsensus.objects.bulk_create(
        (
            ItemConsensus(
                item_key=row.item.item_key,
                scope_id=row.scope_id,
                answer=row.item.answer,
                share=min(max(row.item.share, 0.0), 1.0),
                shares=dict(row.item.shares),
                labels=row.item.labels,
                fit_run_id=fit_run_id,
            )
            for row in fit.items
        ),
        batch_size=_BATCH,
    )
    ItemScore.objects.all()._raw_delete(ItemScore.objects.db)
    ItemScore.objects.bulk_create(
        (
            ItemScore(
                tenant=project.tenant,
                project=project.project,
                scope_id=project.scope_id,
                item=row.item,
                score=row.score,
                score_se=row.score_se,
                comparisons=row.comparisons,
                fit_run_id=fit_run_id,
            )
            for project, row in fit.ranked
        ),
        batch_size=_BATCH,
    )
    WorkerConsensus.objects.bulk_create(
        (
            WorkerConsensus(
                fit_run_id=fit_run_id,
                worker_id=row.worker_id,
                scope_id=row.scope_id,
                mean=row.value,
                n_eff=row.weight,
                labels=row.count,
            )
            for row in fit.workers
        ),
        batch_size=_BATCH,
    )
