"""Notice and answer: what is the worker's before anybody decides."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import audit, states
from marketplace.identity.models import User
from marketplace.standing.commands.words import clean_words
from marketplace.standing.errors import AnswerTooLate, ExtendedBefore
from marketplace.standing.models import Case
from marketplace.standing.queries import lock_case, lock_own_case
from marketplace.standing.rules import ANSWER_WINDOW, EXTENSION


@transaction.atomic
def give_notice(*, case_id: UUID | str, now: datetime) -> None:
    """Take note that the worker was told, which opens the answer window of seven days. Again it changes nothing."""
    case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
    if case.state == Case.State.OPENED:
        due = {"notice_at": now, "answer_due_at": now + ANSWER_WINDOW}
        states.move(case, Case.State.ANSWERING, by=None, now=now, also=due)


@transaction.atomic
def answer_case(*, case_id: UUID, text: str, by: User, now: datetime) -> Case:
    """Answer a case about oneself; until the window ends or a person decides, a new answer takes the old one's place.

    Raises:
        CaseNotFound; AnswerTooLate: decided, or the window has ended; InvalidInput: no words.
    """
    case = lock_own_case(by, case_id)
    _require_open_window(case, now)
    case.answer_text, case.answered_at = clean_words(text, "/text", shortest=1), now
    case.version += 1
    case.save(update_fields=["answer_text", "answered_at", "version"])
    audit.record(action="case.answer", target=case, by=by.pk, now=now, reason_text=case.answer_text)
    return case


@transaction.atomic
def extend_answer(*, case_id: UUID, by: User, now: datetime) -> Case:
    """Give oneself seven more days to answer, once. Nobody has to allow it.

    Raises:
        CaseNotFound, AnswerTooLate, ExtendedBefore.
    """
    case = lock_own_case(by, case_id)
    due = _require_open_window(case, now)
    if case.extended_at is not None:
        raise ExtendedBefore
    case.extended_at, case.answer_due_at = now, due + EXTENSION
    case.version += 1
    case.save(update_fields=["extended_at", "answer_due_at", "version"])
    audit.record(action="case.extend", target=case, by=by.pk, now=now)
    return case


@transaction.atomic
def note_lost_ground(*, proposal_id: UUID | str, now: datetime) -> None:
    """Take note that the evidence behind a case that nobody has decided was withdrawn: it can't end in a pause any more."""
    found = Case.objects.filter(proposal_id=proposal_id, decided_at__isnull=True, ground_lost_at__isnull=True).first()
    if found is None:
        return
    case = lock_case(found.id)
    if case.decided_at is None:
        case.ground_lost_at = now
        case.save(update_fields=["ground_lost_at"])
        audit.record(action="case.ground_lost", target=case, by=None, now=now)


def _require_open_window(case: Case, now: datetime) -> datetime:
    if case.state != Case.State.ANSWERING or case.answer_due_at is None or now >= case.answer_due_at:
        raise AnswerTooLate
    return case.answer_due_at
