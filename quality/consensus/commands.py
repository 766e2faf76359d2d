"""Putting together what people said of items, and keeping it: of all projects at night, of those with new words within minutes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from quality.consensus.fitting import ProjectConsensus, fit_project
from quality.consensus.models import ItemConsensus, ItemScore, ProjectFit, WorkerConsensus
from quality.evidence.queries import count_words, list_comparisons, list_known_answers, list_latest_labels
from quality.evidence.values import EvidenceSum, Project

_BATCH = 5_000
#: A project is fitted again at the earliest after so many times what its last fit took.
_REST: Final = 20


def fit_new_words(*, now: datetime) -> int:
    """This will fit each project in which labels or comparisons came in since its last fit; it returns how many.

    A project's answers and scores are exactly what the nightly refit would make of the same words. What they say of its
    workers waits for the night. A project is left alone for ``_REST`` times what its last fit took, and while another
    process fits it. One that fails does not keep the others waiting.

    Raises:
        ExceptionGroup: what went wrong, project by project.
    """
    last = {Project(row.scope_id, row.tenant, row.project): row for row in ProjectFit.objects.all()}
    due = [project for project, words in count_words().items() if _is_due(last.get(project), words, now)]
    known = list_known_answers() if due else {}
    fitted, failures = 0, []
    for project in due:
        try:
            fitted += _fit_if_due(project, known, now)
        except Exception as failure:
            failure.add_note(str(project))
            failures.append(failure)
    if failures:
        raise ExceptionGroup("some projects could not be fitted", failures)
    return fitted


def _is_due(last: ProjectFit | None, words: tuple[int, int], now: datetime) -> bool:
    if last is None:
        return True
    return (last.labels, last.comparisons) != words and now - last.as_of >= timedelta(seconds=_REST * last.seconds)


@transaction.atomic
def _fit_if_due(project: Project, known: Mapping[str, str], now: datetime) -> bool:
    """Fit a project under its lock; not if another process holds that, or has fitted the same words meanwhile."""
    there = ProjectFit.objects.filter(id=_find_or_add(project, now).id)
    row = there.select_for_update(skip_locked=True).first()
    # Counted before they are read: words that come in between make the project due once more.
    words = count_words(project)[project]
    if row is None or not _is_due(row, words, now):
        return False
    started = time.perf_counter()
    _replace(row, fit_project(project, list_latest_labels(project), list_comparisons(project), known), words, now)
    row.seconds = time.perf_counter() - started
    row.save(update_fields=["seconds"])
    return True


def keep_fit(*, fitted: ProjectConsensus, words: tuple[int, int], as_of: datetime) -> None:
    """This will put a project's answers and scores in the place of its last ones; ``words`` counts its labels and comparisons.

    A fit of fewer words than the one that is kept changes nothing: evidence is only ever added. Call it in a transaction;
    it waits for whoever fits the project.
    """
    row = ProjectFit.objects.select_for_update().get(id=_find_or_add(fitted.project, as_of).id)
    if sum(words) >= row.labels + row.comparisons:
        _replace(row, fitted, words, as_of)


def _find_or_add(project: Project, now: datetime) -> ProjectFit:
    nothing = {"as_of": now, "labels": 0, "comparisons": 0, "seconds": 0.0}
    where = {"scope_id": project.scope_id, "tenant": project.tenant, "project": project.code}
    return ProjectFit.objects.get_or_create(**where, defaults=nothing)[0]


def _replace(row: ProjectFit, fitted: ProjectConsensus, words: tuple[int, int], as_of: datetime) -> None:
    row.as_of, (row.labels, row.comparisons) = as_of, words
    row.save()
    for model in (ItemConsensus, ItemScore):
        model.objects.filter(fit=row)._raw_delete(model.objects.db)  # nothing points at a row
    _write(fitted, row)


def _write(fitted: ProjectConsensus, row: ProjectFit) -> None:
    ItemConsensus.objects.bulk_create(
        (
            ItemConsensus(
                fit=row,
                item_key=item.item_key,
                answer=item.answer,
                share=min(max(item.share, 0.0), 1.0),
                shares=dict(item.shares),
                labels=item.labels,
            )
            for item in fitted.items
        ),
        batch_size=_BATCH,
    )
    ItemScore.objects.bulk_create(
        (
            ItemScore(fit=row, item=item.item, score=item.score, score_se=item.score_se, comparisons=item.comparisons)
            for item in fitted.ranked
        ),
        batch_size=_BATCH,
    )


def keep_worker_consensus(*, workers: Iterable[EvidenceSum], fit_run_id: UUID) -> None:
    """This will add what a refit's labels and comparisons say of the people who gave them."""
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
            for row in workers
        ),
        batch_size=_BATCH,
    )
