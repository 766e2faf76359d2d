"""Importing tasks: all rows or none, and the same file is the same batch."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, states
from common.errors import InvalidInput
from common.permissions import require_grant
from common.text import clean_name
from marketplace.identity.models import User
from marketplace.projects.models import Project
from marketplace.projects.queries import get_managed_project
from marketplace.work.commands.funding import fund_batch, give_back
from marketplace.work.errors import BatchNameTaken, BatchNotFound
from marketplace.work.imports import BadRow, ParsedFile, TaskRow, parse_file
from marketplace.work.models import Batch, ImportReport, Task
from marketplace.work.rules import item_key_of
from quality import facade as quality

IMPORT = "work.import"


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What came of an import: the batch (None for a dry run or bad rows), whether it was there before, and the report."""

    batch: Batch | None
    is_new: bool
    report: ImportReport


@transaction.atomic
def import_batch(
    *, project_id: UUID, name: str, file_name: str, data: bytes, dry_run: bool = False, by: User, now: datetime
) -> ImportOutcome:
    """Import a file of tasks into a project. With bad rows, or as a dry run, nothing but the report is written.

    Raises:
        ProjectNotFound, NotPermitted; InvalidInput: the file or the batch's name cannot be read; BatchNameTaken;
        ClientFundsMissing: the client's money does not cover the work.
    """
    project = get_managed_project(by, project_id, lock=True)
    require_grant(by, IMPORT, tenant=project.organization_id)
    digest = hashlib.sha256(data).hexdigest()
    known = Batch.objects.filter(project=project, file_sha256=digest).first()
    if known is not None:
        return ImportOutcome(known, False, ImportReport.objects.get(batch=known))
    parsed = parse_file(file_name, data)
    workers = _find_workers(parsed)
    repeated = _find_repeated(parsed, project)
    report = ImportReport.objects.create(
        project=project,
        file_name=_clean_name(file_name, "/file"),
        is_dry_run=dry_run,
        row_count=parsed.row_count,
        bad_rows=[asdict(bad) for bad in parsed.bad_rows],
        columns=list(parsed.columns),
        created_by=by,
        created_at=now,
    )
    if dry_run or parsed.bad_rows:
        return ImportOutcome(None, False, report)
    batch = _write_batch(project, _clean_name(name, "/name"), digest, parsed, by, now)
    _write_tasks(batch, project, parsed.rows, workers, repeated, now)
    fund_batch(batch, now)
    report.batch = batch
    report.save(update_fields=["batch"])
    audit.record(action="batch.imported", target=batch, by=by.pk, now=now, detail={"tasks": batch.task_count})
    return ImportOutcome(batch, True, report)


@transaction.atomic
def move_batch(*, batch_id: UUID, to: str, by: User, now: datetime) -> Batch:
    """Pause, resume or cancel a batch. Work that was claimed can be finished and is paid.

    Raises:
        BatchNotFound, NotPermitted, IllegalTransition; ClientFundsMissing: resuming it needs money that is not there.
    """
    visible = Batch.objects.visible_to(by).filter(id=batch_id).values("id")
    rows = Batch.objects.select_for_update(of=("self",)).select_related("project")
    batch = rows.filter(id__in=visible).first()
    if batch is None:
        raise BatchNotFound
    require_grant(by, IMPORT, tenant=batch.project.organization_id)
    if to == Batch.State.COMPLETED:
        raise InvalidInput.of("/state", "A batch is complete once every task has what it wants.", "not_by_hand")
    states.move(batch, to, by=by.pk, now=now)
    if to == Batch.State.IN_PROGRESS:
        fund_batch(batch, now)
    else:
        give_back(batch, now)
    return batch


def _find_workers(parsed: ParsedFile) -> dict[str, UUID]:
    """Return the user ids of the experts that plants name; an unknown one is a bad row."""
    emails = {plant.worker_email.lower() for row in parsed.rows for plant in row.gold if plant.worker_email}
    found = dict(User.objects.filter(email__in=emails, expert__isnull=False).values_list("email", "id"))
    for row in parsed.rows:
        for plant in row.gold:
            if plant.worker_email and plant.worker_email.lower() not in found:
                parsed.bad_rows.append(BadRow(row.line, "gold", f"There is no expert {plant.worker_email[:80]!r}."))
    return found


def _find_repeated(parsed: ParsedFile, project: Project) -> dict[str, UUID]:
    """Return the ids of the earlier tasks that rows repeat, by their names; a row whose task is unknown or not one is bad."""
    names = {row.repeats for row in parsed.rows if row.repeats}
    known = Task.objects.filter(batch__project=project, external_id__in=names, repeats__isnull=True)
    found: dict[str, list[UUID]] = {}
    for name, task_id in known.values_list("external_id", "id"):
        found.setdefault(name, []).append(task_id)
    for row in parsed.rows:
        matches = len(found.get(row.repeats, []))
        if not row.repeats:
            continue
        if project.task_kind == Project.TaskKind.FREEFORM:
            detail = "Texts are not compared: only tasks with labels, winners or marks are repeated."
        elif matches == 0:
            detail = f"An earlier batch of this project has no task {row.repeats[:80]!r} that may be repeated."
        elif matches > 1:
            detail = f"Several batches have a task {row.repeats[:80]!r}."
        else:
            continue
        parsed.bad_rows.append(BadRow(row.line, "repeats", detail))
    return {name: ids[0] for name, ids in found.items()}


def _write_batch(project: Project, name: str, digest: str, parsed: ParsedFile, by: User, now: datetime) -> Batch:
    batch = Batch(
        project=project,
        name=name,
        file_sha256=digest,
        task_count=len(parsed.rows),
        created_by=by,
        created_at=now,
    )
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
    except IntegrityError as error:
        raise BatchNameTaken from error
    return batch


def _write_tasks(
    batch: Batch,
    project: Project,
    rows: list[TaskRow],
    workers: dict[str, UUID],
    repeated: dict[str, UUID],
    now: datetime,
) -> None:
    tasks = [
        Task(
            batch=batch,
            external_id=row.external_id,
            content=dict(row.content),
            repeats_id=repeated.get(row.repeats),
            item_a=row.item_a,
            item_b=row.item_b,
            wanted=row.wanted,
            priority=row.priority,
            created_at=now,
        )
        for row in rows
    ]
    Task.objects.bulk_create(tasks, batch_size=1000)
    items = [
        quality.NewGold(
            item_key=item_key_of(task.id),
            kind=quality.GoldKind.HONEYPOT,
            planted_at=now,
            answer=_answer(plant.category, workers.get(plant.worker_email.lower())),
            source_key=f"{item_key_of(task.id)}:{number}",
            tenant=str(project.organization_id),
            project=project.code,
        )
        for task, row in zip(tasks, rows, strict=True)
        for number, plant in enumerate(row.gold, 1)
    ]
    if items:
        quality.plant_gold_items(items=items)


def _answer(category: str, worker_id: UUID | None) -> dict[str, str]:
    return {"category": category} | ({"worker": str(worker_id)} if worker_id else {})


def _clean_name(name: str, pointer: str) -> str:
    try:
        return clean_name(name)
    except ValueError as error:
        raise InvalidInput.of(pointer, str(error)) from error
