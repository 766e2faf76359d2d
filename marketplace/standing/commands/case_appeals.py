"""The appeal against a decided case: heard by somebody who took no part, and won by the worker when it is late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import events, states
from common.errors import FourEyesRequired, InvalidInput
from common.permissions import require_grant
from marketplace.identity.models import User
from marketplace.standing.commands.decisions import undo_pause
from marketplace.standing.commands.words import clean_words
from marketplace.standing.errors import AppealTooLate, NothingToAppeal
from marketplace.standing.events import CaseAppealDecided, CaseAppealed
from marketplace.standing.models import Case
from marketplace.standing.queries import get_case, list_judged_reviews, lock_own_case
from marketplace.standing.rules import (
    ADVERSE,
    APPEAL_WITHIN,
    CASE_APPEAL_WITHIN,
    DECIDE_CASES,
    LATE_ANSWER,
    SHORTEST_APPEAL,
    SHORTEST_REASON,
)
from marketplace.work.models import ReviewScore
from quality import facade as quality


@transaction.atomic
def appeal_case(*, case_id: UUID, text: str, by: User, now: datetime) -> Case:
    """Appeal a decision that costs oneself something, once, within 30 days.

    Raises:
        CaseNotFound, IllegalTransition; NothingToAppeal; AppealTooLate; InvalidInput: too few words.
    """
    User.objects.select_for_update(no_key=True).filter(id=by.pk).first()
    case = lock_own_case(by, case_id)
    if case.outcome not in ADVERSE or case.decided_at is None:
        raise NothingToAppeal
    if now > case.decided_at + APPEAL_WITHIN:
        raise AppealTooLate
    words = clean_words(text, "/text", shortest=SHORTEST_APPEAL)
    also = {"appeal_text": words, "appealed_at": now, "appeal_due_at": now + CASE_APPEAL_WITHIN}
    states.move(case, Case.State.APPEALED, by=by.pk, now=now, reason_text=words, also=also)
    events.publish(CaseAppealed(case_id=case.id, worker_id=case.worker_id), now=now)
    return case


@transaction.atomic
def decide_case_appeal(
    *, case_id: UUID, outcome: str, answer: str, withdrawn: Sequence[UUID] = (), by: User, now: datetime
) -> Case:
    """Uphold or overturn. Overturned, the scope is open again in this transaction.

    ``withdrawn`` names reviews of the worker's work in this scope that were found wrong: their judgments count no more.

    Raises:
        CaseNotFound, NotPermitted, IllegalTransition; FourEyesRequired: whoever took part; InvalidInput: an unknown outcome or
        review, too few words.
    """
    case = get_case(by, case_id, lock=True)
    require_grant(by, DECIDE_CASES)
    if by.pk in case.involved:
        raise FourEyesRequired("Somebody who took no part in this case must decide the appeal.")
    if outcome not in Case.AppealOutcome.values:
        raise InvalidInput.of("/outcome", "Must be UPHELD or OVERTURNED.", "unknown")
    words = clean_words(answer, "/answer", shortest=SHORTEST_REASON)
    _refuse_unknown(case, withdrawn)
    _close(case, outcome, words, by, now)
    _withdraw(case, withdrawn, by, now)
    return case


@transaction.atomic
def decide_late_appeals(*, now: datetime) -> int:
    """Decide for the worker every appeal that nobody decided in time, and return how many."""
    late = Case.objects.select_for_update(skip_locked=True, of=("self",))
    rows = list(late.filter(state=Case.State.APPEALED, appeal_due_at__lte=now).order_by("appeal_due_at", "id"))
    for case in rows:
        _close(case, Case.AppealOutcome.OVERTURNED, LATE_ANSWER, None, now)
    return len(rows)


def _close(case: Case, outcome: str, words: str, by: User | None, now: datetime) -> None:
    also = {"appeal_outcome": outcome, "appeal_by": by, "appeal_decided_at": now, "appeal_answer": words}
    actor = None if by is None else by.pk
    states.move(case, Case.State.CLOSED, by=actor, now=now, reason_code=outcome, reason_text=words, also=also)
    if outcome == Case.AppealOutcome.OVERTURNED:
        undo_pause(case, now)
    news = CaseAppealDecided(case_id=case.id, worker_id=case.worker_id, outcome=outcome, is_late=by is None)
    events.publish(news, now=now)


def _refuse_unknown(case: Case, withdrawn: Sequence[UUID]) -> None:
    known = set(list_judged_reviews(case).filter(id__in=withdrawn).values_list("id", flat=True))
    for place, review_id in enumerate(withdrawn):
        if review_id not in known:
            raise InvalidInput.of(f"/withdrawn/{place}", "There is no such review of this person's work in this scope.")


def _withdraw(case: Case, withdrawn: Sequence[UUID], by: User, now: datetime) -> None:
    """Take back the judgments of reviews that were found wrong; the estimates follow in the same transaction."""
    scores = ReviewScore.objects.filter(review_id__in=withdrawn).values_list("review_id", "criterion")
    keys = [f"review:{review_id}:{criterion}" for review_id, criterion in scores]
    if keys:
        quality.withdraw_judgments(source_keys=keys, reason_key=f"case:{case.id}", actor_id=by.pk, now=now)
