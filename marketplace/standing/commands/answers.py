"""Notice and answer, a draft of it, and disputes: what is the worker's before anybody decides."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, states
from common.errors import InvalidInput
from common.text import clean_text
from marketplace.identity.models import User
from marketplace.standing.commands.words import LONGEST, clean_words
from marketplace.standing.errors import AnswerTooLate, DisputedBefore, ExtendedBefore
from marketplace.standing.models import Case, CaseDispute, CaseDraft
from marketplace.standing.queries import get_own_unit, lock_case, lock_own_case
from marketplace.standing.rules import ANSWER_WINDOW, EXTENSION, SHORTEST_APPEAL


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
    CaseDraft.objects.filter(case=case).delete()
    audit.record(action="case.answer", target=case, by=by.pk, now=now, reason_text=case.answer_text)
    return case


@transaction.atomic
def save_answer_draft(*, case_id: UUID, text: str, by: User, now: datetime) -> CaseDraft | None:
    """Keep an answer that is not sent yet, in place of the last draft; without words there is none. Nobody else reads it.

    Raises:
        CaseNotFound; AnswerTooLate; InvalidInput: too long, or with characters that are not allowed.
    """
    case = lock_own_case(by, case_id)
    _require_open_window(case, now)
    try:
        words = clean_text(text, max_length=LONGEST)
    except ValueError as error:
        raise InvalidInput.of("/text", str(error)) from error
    if not words:
        CaseDraft.objects.filter(case=case).delete()
        return None
    return CaseDraft.objects.update_or_create(case=case, defaults={"text": words, "saved_at": now})[0]


@transaction.atomic
def dispute_unit(*, case_id: UUID, review_id: UUID, text: str, by: User, now: datetime) -> CaseDispute:
    """Say of one unit of a case about oneself that it was judged wrongly, once. Whoever decides reads it beside the unit.

    It takes no evidence back: a person does, by the decision or the appeal.

    Raises:
        CaseNotFound; UnitNotFound; AnswerTooLate; DisputedBefore; InvalidInput: too few words.
    """
    case = lock_own_case(by, case_id)
    review = get_own_unit(case, review_id)
    _require_open_window(case, now)
    words = clean_words(text, "/text", shortest=SHORTEST_APPEAL)
    try:
        with transaction.atomic():
            row = CaseDispute.objects.create(case=case, review=review, text=words, at=now)
    except IntegrityError as error:
        raise DisputedBefore from error
    audit.record(
        action="case.dispute", target=case, by=by.pk, now=now, reason_text=words, detail={"review": str(review_id)}
    )
    return row


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
