"""Playing the real annotations: imported as a batch, then claimed, handed in and decided one by one, in the order of time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from marketplace.demo.annotations import Annotation, Dataset
from marketplace.demo.cast import EXPERTS_DOMAIN, Cast
from marketplace.demo.staging import ATTENTION_CHECK
from marketplace.experts.models import Expert
from marketplace.identity.models import User
from marketplace.projects.models import Project
from marketplace.work import commands as work
from marketplace.work.models import Batch, Claim, Submission, Task

#: Annotations in one outer transaction: fewer commits, and nothing half done is ever seen.
AT_ONCE: Final = 25
_LONGEST_LEASE_USE: Final = timedelta(hours=1)
_PAUSE: Final = timedelta(minutes=1)
_MISSED: Final = (
    "The attention check in this passage was missed. Please read it again, mark it and hand it in once more."
)


def import_tasks(dataset: Dataset, project: Project, cast: Cast, *, now: datetime) -> Batch:
    """Import the data's tasks as a CSV file, as a manager would; planted errors come in the gold column."""
    return find_or_import(
        project,
        name="WMT23 English–German, ten systems",
        file_name="wmt23-en-de.csv",
        data=write_csv(dataset),
        by=cast.manager,
        now=now,
    )


def find_or_import(project: Project, *, name: str, file_name: str, data: bytes, by: User, now: datetime) -> Batch:
    """Return the batch of this very file, imported if it is new; a second run leaves no second report."""
    known = Batch.objects.filter(project=project, file_sha256=hashlib.sha256(data).hexdigest()).first()
    if known is not None:
        return known
    outcome = work.import_batch(project_id=project.id, name=name, file_name=file_name, data=data, by=by, now=now)
    if outcome.batch is None:
        raise ValueError(f"the demo's own file was refused: {outcome.report.bad_rows[:3]}")
    return outcome.batch


def write_csv(dataset: Dataset) -> bytes:
    """Return the data's tasks as a file for the importer."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["external_id", "wanted", "document", "segment", "system", "gold"])
    for task in dataset.tasks:
        plants = [
            {"category": ATTENTION_CHECK, "worker": f"{each.worker}@{EXPERTS_DOMAIN}"}
            for each in task.annotations
            for _ in range(each.planted_found + each.planted_missed)
        ]
        gold = json.dumps(plants) if plants else ""
        writer.writerow([task.external_id, len(task.annotations), task.doc, task.seg, task.system, gold])
    return text.getvalue().encode()


def play_annotations(
    dataset: Dataset, batch: Batch, experts: Mapping[str, Expert], cast: Cast, *, progress: Callable[[int, int], None]
) -> None:
    """Claim, hand in and decide every annotation that is not decided yet."""
    tasks = dict(Task.objects.filter(batch=batch).values_list("external_id", "id"))
    decided = _decided(batch)
    todo = [
        annotation
        for annotation in dataset.annotations
        if (annotation.task_id, experts[annotation.worker].user_id) not in decided
    ]
    done = len(dataset.annotations) - len(todo)
    for group in batched(todo, AT_ONCE):
        with transaction.atomic():
            for annotation in group:
                _play(annotation, tasks[annotation.task_id], experts[annotation.worker], cast)
        done += len(group)
        progress(done, len(dataset.annotations))


def _decided(batch: Batch) -> set[tuple[str, UUID]]:
    rows = Claim.objects.filter(task__batch=batch, state=Claim.State.DECIDED)
    return set(rows.values_list("task__external_id", "expert_user_id"))


def _play(annotation: Annotation, task_id: UUID, expert: Expert, cast: Cast) -> None:
    user = expert.user
    begun = max(annotation.first_at - _PAUSE, annotation.last_at - _LONGEST_LEASE_USE)
    claim = work.claim_task(task_id=task_id, by=user, now=begun)
    submission = work.submit(claim_id=claim.id, content=_content(annotation), by=user, now=annotation.last_at)
    at = annotation.last_at + _PAUSE
    if annotation.planted_missed:
        _review(submission, cast, at, "RETURN", "MISSED_CHECK", _MISSED)
        mended = _content(annotation, mended=True)
        submission = work.submit(claim_id=claim.id, content=mended, by=user, now=at + _PAUSE)
        at += 2 * _PAUSE
    _review(submission, cast, at, "ACCEPT")


def _review(submission: Submission, cast: Cast, at: datetime, decision: str, code: str = "", words: str = "") -> None:
    review = work.ReviewInput(decision=decision, reason_code=code, reason_text=words)
    work.review_submission(submission_id=submission.id, review=review, by=cast.reviewer, now=at)


def _content(annotation: Annotation, *, mended: bool = False) -> dict[str, Any]:
    """Return the annotation as handed-in work; a planted error that was found stands as a mark of its own category."""
    found = annotation.planted_found + (annotation.planted_missed if mended else 0)
    marks = [{"category": ATTENTION_CHECK, "severity": "NEUTRAL"}] * found
    errors = [{"category": error.category, "severity": error.severity.upper()} for error in annotation.errors]
    return {"errors": errors + marks}


def list_categories(dataset: Dataset) -> Sequence[str]:
    """Return the categories of errors that the data use, sorted."""
    return sorted({error.category for annotation in dataset.annotations for error in annotation.errors})


def group_by_worker[T](items: Sequence[T], worker: Callable[[T], str]) -> Iterator[tuple[str, list[T]]]:
    """Yield each worker with their items, in the workers' order."""
    groups: dict[str, list[T]] = defaultdict(list)
    for item in items:
        groups[worker(item)].append(item)
    yield from sorted(groups.items())
