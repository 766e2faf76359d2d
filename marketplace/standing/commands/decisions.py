"""Deciding a case, and the urgent pause before it. Lock order: case, restriction, what quality locks."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, events, states
from common.errors import FourEyesRequired, InvalidInput
from common.permissions import require_grant
from marketplace.experts.commands import lift, restrict
from marketplace.experts.models import LONGEST_PROVISIONAL
from marketplace.experts.queries import find_decided_restriction
from marketplace.identity.models import User
from marketplace.standing.commands.words import clean_words
from marketplace.standing.errors import AnswerStillOpen, GroundLost, NotUrgent, RestrictedAlready
from marketplace.standing.events import CaseDecided, CasePausedUrgently
from marketplace.standing.models import Case, CaseDraft
from marketplace.standing.queries import get_case
from marketplace.standing.rules import ADVERSE, DECIDE_CASES, OUTCOMES, SHORTEST_REASON, URGENT_CODES
from quality import facade as quality


@transaction.atomic
def pause_urgently(*, case_id: UUID, code: str, reason: str, by: User, now: datetime) -> Case:
    """Close the case's scope for 72 hours before any decision, once, for a named reason. Work in hand goes on and is paid.

    Raises:
        CaseNotFound, NotPermitted; FourEyesRequired: the worker; NotUrgent: paused before, decided, or not about a pause;
        InvalidInput: an unknown reason or too few words.
    """
    case = get_case(by, case_id, lock=True)
    require_grant(by, DECIDE_CASES)
    if by.pk == case.worker_id:
        raise FourEyesRequired
    if case.kind != Case.Kind.PAUSE or case.decided_at is not None or case.urgent_at is not None:
        raise NotUrgent
    if code not in URGENT_CODES:
        raise InvalidInput.of("/code", f"Must be one of {', '.join(URGENT_CODES)}.", "unknown")
    words = clean_words(reason, "/reason", shortest=SHORTEST_REASON)
    case.urgent_code, case.urgent_text, case.urgent_by, case.urgent_at = code, words, by, now
    case.version += 1
    case.save(update_fields=["urgent_code", "urgent_text", "urgent_by", "urgent_at", "version"])
    restrict(
        user_id=case.worker_id,
        domain=case.domain,
        locale=case.locale,
        task_kind=case.task_kind,
        source_key=_urgent_key(case),
        reason=URGENT_CODES[code],
        provisional_for=LONGEST_PROVISIONAL,
        now=now,
    )
    audit.record(action="case.pause_urgently", target=case, by=by.pk, now=now, reason_code=code, reason_text=words)
    events.publish(CasePausedUrgently(case_id=case.id, worker_id=case.worker_id, code=code), now=now)
    return case


@transaction.atomic
def decide_case(*, case_id: UUID, outcome: str, reason: str, by: User, now: datetime) -> Case:
    """Decide in words that the worker reads. What costs them something waits for their answer or the end of the window.

    A pause closes this scope alone; earned and running pay go out, other scopes stay. An urgent pause ends with it.

    Raises:
        CaseNotFound, NotPermitted, IllegalTransition; FourEyesRequired: whoever opened it, or the worker; InvalidInput: an
        outcome that was not proposed, too few words; AnswerStillOpen; GroundLost; RestrictedAlready.
    """
    case = get_case(by, case_id, lock=True)
    require_grant(by, DECIDE_CASES)
    if by.pk in (case.opened_by_id, case.worker_id):
        raise FourEyesRequired("Somebody who did not open this case must decide it.")
    if outcome not in OUTCOMES[case.kind]:
        raise InvalidInput.of("/outcome", f"Must be one of {', '.join(OUTCOMES[case.kind])}.", "unknown")
    words = clean_words(reason, "/reason", shortest=SHORTEST_REASON)
    if outcome in ADVERSE and case.decided_at is None:
        _require_heard(case, now)
    if outcome == Case.Outcome.PAUSED and case.ground_lost_at is not None:
        raise GroundLost
    also = {"outcome": outcome, "decided_by": by, "decided_at": now, "decision_text": words}
    states.move(case, Case.State.DECIDED, by=by.pk, now=now, reason_code=outcome, reason_text=words, also=also)
    CaseDraft.objects.filter(case=case).delete()
    lift(source_key=_urgent_key(case), now=now)
    _carry_out(case, now)
    if case.proposal_id is not None:
        quality.settle_proposal(proposal_id=case.proposal_id, now=now)
    events.publish(CaseDecided(case_id=case.id, worker_id=case.worker_id, outcome=outcome), now=now)
    return case


def undo_pause(case: Case, now: datetime) -> None:
    """Open again what the case closed."""
    lift(source_key=pause_key(case), now=now)
    quality.end_pause(source_key=pause_key(case), now=now)


def pause_key(case: Case) -> str:
    """Return by what the pause of a case is known in experts and in quality."""
    return f"case:{case.id}"


def _urgent_key(case: Case) -> str:
    return f"case:{case.id}:urgent"


def _require_heard(case: Case, now: datetime) -> None:
    answered = case.answered_at is not None
    if case.notice_at is None or case.answer_due_at is None or (now < case.answer_due_at and not answered):
        raise AnswerStillOpen


def _carry_out(case: Case, now: datetime) -> None:
    if case.outcome == Case.Outcome.PAUSED:
        try:
            with transaction.atomic():
                restrict(
                    user_id=case.worker_id,
                    domain=case.domain,
                    locale=case.locale,
                    task_kind=case.task_kind,
                    source_key=pause_key(case),
                    reason=case.decision_text,
                    now=now,
                )
        except IntegrityError as error:
            raise RestrictedAlready from error
        quality.begin_pause(worker_id=case.worker_id, scope=case.scope, source_key=pause_key(case), now=now)
    elif case.outcome == Case.Outcome.RESTORED:
        restriction = find_decided_restriction(case.worker_id, **asdict(case.scope))
        if restriction is not None:
            lift(source_key=restriction.source_key, now=now)
            quality.end_pause(source_key=restriction.source_key, now=now)
