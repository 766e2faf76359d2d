"""Putting together what people said of items, and keeping it: of all projects at night, of those with new words within minutes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from psycopg.types.json import Jsonb

from common.copying import copy_rows
from common.identifiers import uuid7
from quality.consensus.fitting import ProjectConsensus, Share, fit_project
from quality.consensus.models import ItemConsensus, ItemScore, ProjectFit
from quality.consensus.watermarks import digest_words
from quality.evidence.queries import count_words, iterate_comparisons, iterate_latest_labels, list_known_answers
from quality.evidence.values import EvidenceSum, Project

#: A project is fitted again at the earliest after so many times what its last fit took.
_REST: Final = 20


@dataclass(frozen=True, slots=True)
class FittedWords:
    """What a project's words say of its workers, and from how many (each worker's newest) it comes; ``digest`` is theirs."""

    shares: list[Share]
    labels: int
    comparisons: int
    digest: str


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
    if row is None or not _is_due(row, count_words(project)[project], now):
        return False
    _fit(row, project, known, now)
    return True


@transaction.atomic
def refit_project(*, project: Project, known: Mapping[str, str], now: datetime) -> FittedWords:
    """This will fit a project whether it is due or not, and wait for whoever fits it at the moment."""
    row = ProjectFit.objects.select_for_update().get(id=_find_or_add(project, now).id)
    return _fit(row, project, known, now)


def _fit(row: ProjectFit, project: Project, known: Mapping[str, str], now: datetime) -> FittedWords:
    """Read a project's words, and put its answers and scores in the place of its last ones; the caller holds its lock."""
    started = time.perf_counter()
    # Counted before they are read: words that come in between make the project due once more.
    row.as_of, (row.labels, row.comparisons) = max(row.as_of, now), count_words(project).get(project, (0, 0))
    labels, comparisons = list(iterate_latest_labels(project)), list(iterate_comparisons(project))
    consensus = fit_project(project, labels, comparisons, known)
    for model in (ItemConsensus, ItemScore):
        model.objects.filter(fit=row)._raw_delete(model.objects.db)  # nothing points at a row
    _write(consensus, row)
    row.seconds = time.perf_counter() - started
    row.save()
    return FittedWords(consensus.shares, len(labels), len(comparisons), digest_words(labels, comparisons, known))


def _find_or_add(project: Project, now: datetime) -> ProjectFit:
    nothing = {"as_of": now, "labels": 0, "comparisons": 0, "seconds": 0.0}
    where = {"scope_id": project.scope_id, "tenant": project.tenant, "project": project.code}
    return ProjectFit.objects.get_or_create(**where, defaults=nothing)[0]


def _write(fitted: ProjectConsensus, row: ProjectFit) -> None:
    answers = (
        (uuid7(), row.id, item.item_key, item.answer, min(max(item.share, 0.0), 1.0), Jsonb(item.shares), item.labels)
        for item in fitted.items
    )
    copy_rows("quality_itemconsensus", ("id", "fit_id", "item_key", "answer", "share", "shares", "labels"), answers)
    scores = ((uuid7(), row.id, item.item, item.score, item.score_se, item.comparisons) for item in fitted.ranked)
    copy_rows("quality_itemscore", ("id", "fit_id", "item", "score", "score_se", "comparisons"), scores)


def keep_worker_consensus(*, workers: Iterable[EvidenceSum], fit_run_id: UUID) -> None:
    """This will add what a refit's labels and comparisons say of the people who gave them."""
    columns = ("id", "fit_run_id", "worker_id", "scope_id", "mean", "n_eff", "labels")
    copy_rows(
        "quality_workerconsensus",
        columns,
        ((uuid7(), fit_run_id, row.worker_id, row.scope_id, row.value, row.weight, row.count) for row in workers),
    )
