"""Verbs of appeals. Lock order: appeal, then what work and timesheets lock."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, events, states
from common.errors import FourEyesRequired, InvalidInput
from common.permissions import require_grant
from marketplace.identity.models import User
from marketplace.standing.commands.words import clean_words
from marketplace.standing.errors import AppealedBefore, AppealTooLate, DecisionNotFound, NothingToAppeal
from marketplace.standing.events import AppealDecided, AppealOpened
from marketplace.standing.models import Appeal
from marketplace.standing.queries import get_appeal
from marketplace.standing.rules import ANSWER_WITHIN, APPEAL_WITHIN, SHORTEST_APPEAL
from marketplace.timesheets.commands import restore_cut
from marketplace.timesheets.models import TimeDecision
from marketplace.work.commands import overturn_review
from marketplace.work.models import Review

DECIDE = "appeals.decide"


@transaction.atomic
def appeal_review(*, review_id: UUID, text: str, by: User, now: datetime) -> Appeal:
    """Appeal a return or rejection of one's own work, once, within 30 days.

    Raises:
        NotPermitted, DecisionNotFound, NothingToAppeal, AppealTooLate, AppealedBefore; InvalidInput: too few words.
    """
    review = Review.objects.select_related("submission__claim__project").filter(id=review_id, author=by).first()
    if review is None:
        raise DecisionNotFound
    if review.decision == Review.Decision.ACCEPT:
        raise NothingToAppeal
    organization_id = review.submission.claim.project.organization_id
    appeal = Appeal(review=review, organization_id=organization_id, first_decided_by_id=review.reviewer_id)
    return _open(appeal, review.decided_at, text, by, now)


@transaction.atomic
def appeal_time_cut(*, decision_id: UUID, text: str, by: User, now: datetime) -> Appeal:
    """Appeal a cut of one's own time, once, within 30 days.

    Raises:
        As ``appeal_review``.
    """
    rows = TimeDecision.objects.select_related("entry__engagement__opening__project")
    decision = rows.filter(id=decision_id, author=by).first()
    if decision is None:
        raise DecisionNotFound
    if decision.decision != TimeDecision.Decision.CUT:
        raise NothingToAppeal
    organization_id = decision.entry.engagement.opening.project.organization_id
    appeal = Appeal(time_decision=decision, organization_id=organization_id, first_decided_by_id=decision.decided_by_id)
    return _open(appeal, decision.decided_at, text, by, now)


@transaction.atomic
def decide_appeal(*, appeal_id: UUID, outcome: str, answer: str, by: User, now: datetime) -> Appeal:
    """Uphold or overturn, with words. Overturning accepts the work or restores the time and pays it in this transaction.

    Raises:
        AppealNotFound, NotPermitted, IllegalTransition; FourEyesRequired: the first decider or the appellant; InvalidInput: no words or
        an unknown outcome; SubmissionAlreadyDecided: the work was accepted meanwhile.
    """
    appeal = get_appeal(by, appeal_id, lock=True)
    require_grant(by, DECIDE, tenant=appeal.organization_id)
    if by.pk in (appeal.first_decided_by_id, appeal.opened_by_id):
        raise FourEyesRequired("Somebody who was not involved must decide this appeal.")
    if outcome not in (Appeal.State.UPHELD, Appeal.State.OVERTURNED):
        raise InvalidInput.of("/outcome", "Must be UPHELD or OVERTURNED.", "unknown")
    words = clean_words(answer, "/answer", shortest=1)
    also = {"decided_by": by, "decided_at": now, "answer": words}
    states.move(appeal, outcome, by=by.pk, now=now, reason_text=words, also=also)
    if outcome == Appeal.State.OVERTURNED:
        if appeal.review_id is not None:
            overturn_review(review_id=appeal.review_id, by=by, now=now)
        elif appeal.time_decision_id is not None:
            restore_cut(decision_id=appeal.time_decision_id, by=by, now=now)
    news = AppealDecided(appeal_id=appeal.id, opened_by_id=appeal.opened_by_id, state=outcome, answer=words)
    events.publish(news, now=now)
    return appeal


def _open(appeal: Appeal, decided_at: datetime, text: str, by: User, now: datetime) -> Appeal:
    require_grant(by, "appeals.open")
    if now > decided_at + APPEAL_WITHIN:
        raise AppealTooLate
    appeal.text = clean_words(text, "/text", shortest=SHORTEST_APPEAL)
    appeal.opened_by, appeal.opened_at, appeal.answer_due_at = by, now, now + ANSWER_WITHIN
    try:
        with transaction.atomic():
            appeal.save(force_insert=True)
    except IntegrityError as error:
        raise AppealedBefore from error
    audit.record(action="appeal.open", target=appeal, by=by.pk, now=now)
    news = AppealOpened(
        appeal_id=appeal.id,
        organization_id=appeal.organization_id,
        opened_by_id=by.pk,
        first_decided_by_id=appeal.first_decided_by_id,
    )
    events.publish(news, now=now)
    return appeal
