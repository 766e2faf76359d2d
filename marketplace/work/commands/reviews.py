"""Deciding on work. One transaction holds the decision, the judgment and the earning: all three or none.

Lock order: task, claim, submission; quality and the books lock their own rows after these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from common import events, states
from common.errors import FieldProblem, InvalidInput, NotPermitted
from common.permissions import require_grant
from common.text import clean_name, clean_text
from marketplace.identity.models import User
from marketplace.projects.models import Project, RateLine
from marketplace.work.commands.funding import give_back
from marketplace.work.errors import ReviewNotFound, SubmissionAlreadyDecided, SubmissionNotFound
from marketplace.work.events import BatchCompleted, SubmissionDecided
from marketplace.work.models import Batch, Claim, Review, ReviewError, ReviewScore, Submission, Task
from marketplace.work.rules import (
    LONGEST_CLASS,
    REWORK_LEASE,
    chosen_class,
    count_marks,
    item_key_of,
    penalty_points,
    share_alike,
)
from payouts import facade as payouts
from quality import facade as quality

REVIEW = "work.review"
#: A final rejection says why in at least this many characters. Source: Prolific's rule for rejections.
SHORTEST_REJECTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewInput:
    """A decision (ACCEPT, RETURN, REJECT) with scores 0..1 by criterion, typed errors, and for a refusal code and words."""

    decision: str
    scores: Mapping[str, float] = field(default_factory=dict)
    errors: Sequence[Mapping[str, str]] = ()
    reason_code: str = ""
    reason_text: str = ""


@transaction.atomic
def review_submission(*, submission_id: UUID, review: ReviewInput, by: User, now: datetime) -> Review:
    """Accept, return or reject a submission.

    Accepting posts the earning of work paid by task and records the judgments in this same transaction. The first decision on
    a submission's first version also records which planted errors it found. Rejected work that is paid by submitted task is paid.

    Raises:
        SubmissionNotFound, NotPermitted: also for one's own work; SubmissionAlreadyDecided; InvalidInput: every defect by field.
    """
    submission = _lock_submission(submission_id, by)
    claim = submission.claim
    require_grant(by, REVIEW, tenant=claim.project.organization_id)
    if claim.expert_user_id == by.pk:
        raise NotPermitted("Nobody reviews their own work.")
    if submission.state != Submission.State.SUBMITTED:
        raise SubmissionAlreadyDecided
    refuse_bad_review(review)
    row = _write_review(submission, review, by, now)
    outcome = _OUTCOMES[review.decision]
    states.move(
        submission,
        outcome,
        by=by.pk,
        now=now,
        reason_code=review.reason_code,
        reason_text=review.reason_text,
        also={"decided_at": now},
    )
    _record_evidence(submission, row, review, by, now)
    if review.decision == Review.Decision.RETURN:
        states.move(claim, Claim.State.ACTIVE, by=by.pk, now=now, also={"lease_until": now + REWORK_LEASE})
    else:
        _settle(submission, review.decision, by, now)
    _tell(submission, row, now)
    return row


@transaction.atomic
def overturn_review(*, review_id: UUID, by: User, now: datetime) -> Submission:
    """Accept after all what ``review_id`` returned or rejected, because an appeal was won: it is paid in this transaction.

    Raises:
        ReviewNotFound; SubmissionAlreadyDecided: the work was accepted meanwhile.
    """
    review = Review.objects.select_related("submission").filter(id=review_id).first()
    if review is None:
        raise ReviewNotFound
    submission = _lock_submission(review.submission_id, by)
    claim = submission.claim
    if submission.state == Submission.State.ACCEPTED or claim.submissions.filter(state="ACCEPTED").exists():
        raise SubmissionAlreadyDecided
    was_rejected = submission.state == Submission.State.REJECTED
    later = claim.submissions.select_for_update().filter(state=Submission.State.SUBMITTED).exclude(id=submission.id)
    for waiting in later:
        states.move(waiting, Submission.State.RETURNED, by=by.pk, now=now, also={"decided_at": now})
    states.move(submission, Submission.State.ACCEPTED, by=by.pk, now=now, also={"decided_at": now})
    if was_rejected:
        # Another expert may have taken the place meanwhile: then the task wants one more, since both are owed.
        taken = F("taken") + 1
        Task.objects.filter(id=claim.task_id).update(taken=taken, wanted=Greatest(F("wanted"), taken))
    if claim.state == Claim.State.ACTIVE:
        states.move(claim, Claim.State.SUBMITTED, by=by.pk, now=now)
    # Rejected work that is paid by submitted task was paid when it was rejected.
    already_paid = was_rejected and claim.pay_line.unit == RateLine.Unit.TASK
    _settle(submission, Review.Decision.ACCEPT, by, now, already_paid=already_paid)
    return submission


_OUTCOMES = {
    "ACCEPT": Submission.State.ACCEPTED,
    "RETURN": Submission.State.RETURNED,
    "REJECT": Submission.State.REJECTED,
}


def _lock_submission(submission_id: UUID, by: User) -> Submission:
    visible = Submission.objects.visible_to(by).filter(id=submission_id).values("id")
    ids = Submission.objects.filter(id__in=visible).values_list("claim_id", "claim__task_id").first()
    if ids is None:
        raise SubmissionNotFound
    Task.objects.select_for_update().get(id=ids[1])
    Claim.objects.select_for_update().get(id=ids[0])
    rows = Submission.objects.select_for_update(of=("self",)).select_related(
        "claim__task__batch", "claim__project__domain", "claim__pay_line"
    )
    return rows.get(id=submission_id)


def refuse_bad_review(review: ReviewInput) -> None:
    """Return only if the decision is well formed. Raises InvalidInput: every defect by field."""
    problems: list[FieldProblem] = []
    if review.decision not in Review.Decision.values:
        problems.append(FieldProblem("/decision", "unknown", "Must be ACCEPT, RETURN or REJECT."))
    for criterion, score in review.scores.items():
        if not 0 <= score <= 1:
            problems.append(FieldProblem(f"/scores/{criterion}", "out_of_range", "Must be from 0 to 1."))
    for index, error in enumerate(review.errors):
        if error.get("severity") not in ReviewError.Severity.values:
            problems.append(FieldProblem(f"/errors/{index}/severity", "unknown", "Must be MINOR or MAJOR."))
    if review.decision in ("RETURN", "REJECT"):
        problems += _find_reason_problems(review)
    if problems:
        raise InvalidInput("The review is not valid.", problems)


def _find_reason_problems(review: ReviewInput) -> list[FieldProblem]:
    problems = []
    if review.reason_code not in Review.ReasonCode.values:
        detail = f"Must be one of {', '.join(Review.ReasonCode.values)}."
        problems.append(FieldProblem("/reason_code", "unknown", detail))
    words = review.reason_text.strip()
    if not words:
        problems.append(FieldProblem("/reason_text", "required", "Say why: the expert reads it."))
    elif review.decision == "REJECT" and len(words) < SHORTEST_REJECTION:
        detail = f"A rejection is final: say why in at least {SHORTEST_REJECTION} characters."
        problems.append(FieldProblem("/reason_text", "too_short", detail))
    return problems


def _write_review(submission: Submission, review: ReviewInput, by: User, now: datetime) -> Review:
    try:
        row = Review.objects.create(
            submission=submission,
            reviewer=by,
            author_id=submission.claim.expert_user_id,
            decision=review.decision,
            reason_code=review.reason_code,
            reason_text=clean_text(review.reason_text),
            decided_at=now,
        )
        scores = [
            ReviewScore(review=row, criterion=clean_name(name, max_length=80), score=score)
            for name, score in review.scores.items()
        ]
        errors = [
            ReviewError(
                review=row,
                category=clean_name(error["category"], max_length=80),
                severity=error["severity"],
                note=clean_text(error.get("note", "")),
            )
            for error in review.errors
        ]
    except ValueError as error:
        raise InvalidInput.of("/reason_text", str(error)) from error
    if scores:
        ReviewScore.objects.bulk_create(scores)
    if errors:
        ReviewError.objects.bulk_create(errors)
    return row


def _record_evidence(submission: Submission, row: Review, review: ReviewInput, by: User, now: datetime) -> None:
    claim = submission.claim
    project = claim.project
    scope = quality.ScopeCodes(domain=project.domain.code, locale=project.locale, task_kind=project.task_kind)
    tenant = str(project.organization_id)
    judgments = [
        quality.NewJudgment(
            worker_id=claim.expert_user_id,
            scope=scope,
            kind=quality.JudgmentKind.REVIEW,
            value=score,
            source_key=f"review:{row.id}:{criterion}",
            at=now,
            actor_id=by.pk,
            criterion=criterion,
            confidence=1 / len(review.scores),
            tenant=tenant,
            project=project.code,
        )
        for criterion, score in review.scores.items()
    ]
    if judgments:
        quality.record_judgments(judgments=judgments, now=now)
    if submission.number == 1:
        # Later versions know what a reviewer said of the first: they are not answers of one's own.
        _record_gold(submission, scope, now)
        _record_label(submission, scope)
        _record_repetition(submission, scope, now)
    if review.decision == Review.Decision.ACCEPT and project.task_kind == "rubric":
        rating = quality.NewRating(
            worker_id=claim.expert_user_id,
            item_key=item_key_of(claim.task_id),
            scope=scope,
            value=penalty_points(submission.content),
            source_key=f"submission:{submission.id}",
            at=submission.submitted_at,
            direction=quality.Direction.PENALTY,
            tenant=tenant,
            project=project.code,
        )
        quality.record_ratings(ratings=[rating])


def _record_gold(submission: Submission, scope: quality.ScopeCodes, now: datetime) -> None:
    claim = submission.claim
    checks = quality.check_gold(
        item_key=item_key_of(claim.task_id), worker_id=claim.expert_user_id, marks=count_marks(submission.content)
    )
    results = [
        quality.NewGoldResult(
            gold_key=check.gold_key,
            worker_id=claim.expert_user_id,
            scope=scope,
            found=check.found,
            source_key=f"submission:{submission.id}:{check.gold_key}",
            at=submission.submitted_at,
        )
        for check in checks
    ]
    if results:
        quality.record_gold_results(results=results, now=now)


def _record_label(submission: Submission, scope: quality.ScopeCodes) -> None:
    claim = submission.claim
    chosen = chosen_class(submission.content)
    if not 0 < len(chosen) <= LONGEST_CLASS:
        return
    label = quality.NewLabel(
        worker_id=claim.expert_user_id,
        item_key=item_key_of(claim.task_id),
        scope=scope,
        label=chosen,
        source_key=f"submission:{submission.id}",
        at=submission.submitted_at,
        tenant=str(claim.project.organization_id),
        project=claim.project.code,
    )
    quality.record_labels(labels=[label])
    task = claim.task
    if claim.project.task_kind == Project.TaskKind.PAIRWISE and task.item_a:
        comparison = quality.NewComparison(
            worker_id=label.worker_id,
            first=task.item_a,
            second=task.item_b,
            winner=quality.Winner(chosen),
            scope=scope,
            source_key=label.source_key,
            at=label.at,
            tenant=label.tenant,
            project=label.project,
        )
        quality.record_comparisons(comparisons=[comparison])


def _record_repetition(submission: Submission, scope: quality.ScopeCodes, now: datetime) -> None:
    """Say of a task that was shown again how alike the two first answers of the same person are."""
    claim = submission.claim
    if claim.task.repeats_id is None:
        return
    earlier = Submission.objects.filter(
        claim__task_id=claim.task.repeats_id, claim__expert_user_id=claim.expert_user_id, number=1
    )
    first = earlier.order_by("-submitted_at").first()
    if first is None:
        return
    judgment = quality.NewJudgment(
        worker_id=claim.expert_user_id,
        scope=scope,
        kind=quality.JudgmentKind.SELF_AGREEMENT,
        value=share_alike(first.content, submission.content),
        source_key=f"repetition:{submission.id}",
        at=submission.submitted_at,
        actor_kind=quality.ActorKind.SYSTEM,
        tenant=str(claim.project.organization_id),
        project=claim.project.code,
    )
    quality.record_judgments(judgments=[judgment], now=now)


def _settle(submission: Submission, decision: str, by: User, now: datetime, *, already_paid: bool = False) -> None:
    """Close the claim, free the place of rejected work, pay what the line pays, and see whether the batch is complete."""
    claim = submission.claim
    task = claim.task
    if claim.state != Claim.State.DECIDED:
        states.move(claim, Claim.State.DECIDED, by=by.pk, now=now)
    accepted = decision == Review.Decision.ACCEPT
    if accepted:
        Task.objects.filter(id=task.id).update(accepted=F("accepted") + 1)
    else:
        Task.objects.filter(id=task.id).update(taken=F("taken") - 1)
    paid_units = {RateLine.Unit.TASK} | ({RateLine.Unit.ACCEPTED_TASK} if accepted else set())
    if claim.pay_line.unit in paid_units and not already_paid:
        _post_earning(submission, by, now)
    elif not accepted:
        Claim.objects.filter(id=claim.id).update(reserved_minor=0)
    if accepted:
        _complete_batch(task, now)


def _post_earning(submission: Submission, by: User, now: datetime) -> None:
    claim = submission.claim
    payouts.post_earning(
        worker_id=claim.expert_user_id,
        source_key=f"submission:{submission.id}",
        description=f"{claim.project.name}: {claim.task.external_id}",
        quantity=Decimal(1),
        unit=claim.pay_line.unit,
        rate_minor=claim.pay_line.amount_minor,
        currency=claim.pay_line.currency,
        rate_line_key=str(claim.pay_line_id),
        worked_from=claim.claimed_at,
        worked_to=submission.submitted_at,
        approved_by=by.pk,
        tenant=str(claim.project.organization_id),
        project=claim.project.code,
        now=now,
    )


def _complete_batch(task: Task, now: datetime) -> None:
    """Complete the batch once no task wants more. The last deciders of two tasks meet at the batch's lock."""
    if Task.objects.filter(batch_id=task.batch_id, accepted__lt=F("wanted")).exists():
        return
    batch = Batch.objects.select_for_update(of=("self",)).select_related("project").get(id=task.batch_id)
    if batch.state != Batch.State.IN_PROGRESS:
        return
    states.move(batch, Batch.State.COMPLETED, by=None, now=now, also={"completed_at": now})
    give_back(batch, now)
    news = BatchCompleted(
        batch_id=batch.id,
        organization_id=batch.project.organization_id,
        batch_name=batch.name,
        task_count=batch.task_count,
    )
    events.publish(news, now=now)


def _tell(submission: Submission, row: Review, now: datetime) -> None:
    claim = submission.claim
    news = SubmissionDecided(
        submission_id=submission.id,
        review_id=row.id,
        expert_user_id=claim.expert_user_id,
        decision=row.decision,
        reason_code=row.reason_code,
        reason_text=row.reason_text,
        task_external_id=claim.task.external_id,
        project_name=claim.project.name,
    )
    events.publish(news, now=now)
