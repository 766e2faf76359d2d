"""What the client says became of accepted work: evidence about quality, with a reason, and never a matter of pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from common import events
from common.errors import FieldProblem, InvalidInput
from common.permissions import require_grant
from common.text import clean_text
from marketplace.identity.models import User
from marketplace.work.events import OutcomeReported
from marketplace.work.models import Batch, Outcome, Submission
from marketplace.work.queries import get_batch, list_latest_outcomes
from quality import facade as quality

REPORT = "work.outcomes"
MOST_AT_ONCE: Final = 1000
#: What an outcome says of the work, as a share: reworked work was half as good as the client needed.
SHARES: Final = {Outcome.Kind.KEPT: 1.0, Outcome.Kind.REWORKED: 0.5, Outcome.Kind.DISCARDED: 0.0}


@dataclass(frozen=True, slots=True)
class OutcomeInput:
    """What became of one submission; anything but KEPT needs a reason, which the expert reads."""

    submission_id: UUID
    kind: str
    reason_text: str = ""


@transaction.atomic
def report_outcomes(*, batch_id: UUID, outcomes: Sequence[OutcomeInput], by: User, now: datetime) -> list[Outcome]:
    """Record what became of accepted work of a batch, all or nothing; return the rows in the order given.

    A later report of a submission replaces the earlier one; the same again changes nothing. Each becomes evidence about the
    expert (``SHARES``), who is told of what was not kept and why. Pay is as it was.

    Raises:
        BatchNotFound, NotPermitted; InvalidInput: names every row that is unknown, not accepted, twice there or without reason.
    """
    batch = get_batch(by, batch_id)
    require_grant(by, REPORT, tenant=batch.project.organization_id)
    reasons = _read_reasons(outcomes)
    work = _lock_accepted(batch, [each.submission_id for each in outcomes])
    _refuse_unknown(outcomes, work, by)
    latest = list_latest_outcomes(work)
    rows: list[Outcome] = []
    for given, reason in zip(outcomes, reasons, strict=True):
        before = latest.get(given.submission_id)
        if before is not None and (before.kind, before.reason_text) == (given.kind, reason):
            rows.append(before)
            continue
        row = Outcome.objects.create(
            submission_id=given.submission_id, kind=given.kind, reason_text=reason, reported_by=by, reported_at=now
        )
        _record_evidence(work[given.submission_id], row, before, now)
        _tell(work[given.submission_id], row, now)
        rows.append(row)
    return rows


def _read_reasons(outcomes: Sequence[OutcomeInput]) -> list[str]:
    problems: list[FieldProblem] = []
    reasons: list[str] = []
    if not 0 < len(outcomes) <= MOST_AT_ONCE:
        raise InvalidInput.of("/outcomes", f"Report 1 to {MOST_AT_ONCE} outcomes at once.")
    for place, given in enumerate(outcomes):
        reason = ""
        try:
            reason = clean_text(given.reason_text)
        except ValueError as error:
            problems.append(FieldProblem(f"/outcomes/{place}/reason_text", "characters", str(error)))
        if given.kind not in Outcome.Kind.values:
            detail = f"Must be one of {', '.join(Outcome.Kind.values)}."
            problems.append(FieldProblem(f"/outcomes/{place}/kind", "unknown", detail))
        elif given.kind != Outcome.Kind.KEPT and not reason:
            problems.append(FieldProblem(f"/outcomes/{place}/reason_text", "required", "Say why: the expert reads it."))
        reasons.append(reason)
    if problems:
        raise InvalidInput("The outcomes are not valid.", problems)
    return reasons


def _lock_accepted(batch: Batch, submission_ids: Sequence[UUID]) -> dict[UUID, Submission]:
    """Lock the batch's accepted submissions among these, so that two reports of one come one after the other."""
    rows = Submission.objects.select_for_update(of=("self",)).select_related("claim__project__domain", "claim__task")
    found = rows.filter(id__in=submission_ids, claim__task__batch=batch, state=Submission.State.ACCEPTED)
    return {row.id: row for row in found.order_by("id")}


def _refuse_unknown(outcomes: Sequence[OutcomeInput], work: dict[UUID, Submission], by: User) -> None:
    problems: list[FieldProblem] = []
    seen: set[UUID] = set()
    for place, given in enumerate(outcomes):
        pointer = f"/outcomes/{place}/submission_id"
        if given.submission_id not in work:
            problems.append(FieldProblem(pointer, "not_found", "The batch has no accepted work of this id."))
        elif given.submission_id in seen:
            problems.append(FieldProblem(pointer, "repeated", "This work is twice in the list."))
        elif work[given.submission_id].claim.expert_user_id == by.pk:
            problems.append(FieldProblem(pointer, "own_work", "Nobody reports on their own work."))
        seen.add(given.submission_id)
    if problems:
        raise InvalidInput("The outcomes are not valid.", problems)


def _record_evidence(submission: Submission, row: Outcome, before: Outcome | None, now: datetime) -> None:
    share, actor_id = SHARES[Outcome.Kind(row.kind)], row.reported_by_id
    if before is not None:
        quality.supersede_judgment(
            source_key=f"outcome:{before.id}",
            new_source_key=f"outcome:{row.id}",
            value=share,
            actor_id=actor_id,
            now=now,
        )
        return
    project = submission.claim.project
    judgment = quality.NewJudgment(
        worker_id=submission.claim.expert_user_id,
        scope=quality.ScopeCodes(domain=project.domain.code, locale=project.locale, task_kind=project.task_kind),
        kind=quality.JudgmentKind.OUTCOME,
        value=share,
        source_key=f"outcome:{row.id}",
        at=now,
        actor_id=actor_id,
        tenant=str(project.organization_id),
        project=project.code,
    )
    quality.record_judgments(judgments=[judgment], now=now)


def _tell(submission: Submission, row: Outcome, now: datetime) -> None:
    claim = submission.claim
    news = OutcomeReported(
        outcome_id=row.id,
        claim_id=claim.id,
        expert_user_id=claim.expert_user_id,
        kind=row.kind,
        reason_text=row.reason_text,
        task_external_id=claim.task.external_id,
        project_name=claim.project.name,
    )
    events.publish(news, now=now)
