"""Reads of cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from common.permissions import has_grant
from marketplace.identity.models import PlatformGrant, User
from marketplace.standing.errors import CaseNotFound
from marketplace.standing.models import Case
from marketplace.standing.rules import ADVERSE, APPEAL_WITHIN, DECIDE_CASES
from marketplace.work.models import Review

#: Published numbers look back over this time.
COUNTED = timedelta(days=365)
_RELATED = ("worker", "organization", "opened_by", "decided_by", "appeal_by", "urgent_by")


@dataclass(frozen=True, slots=True)
class CaseNumbers:
    """How many cases were opened in the last twelve months, and what became of them."""

    opened: int
    no_action: int
    feedback: int
    paused: int
    promoted: int
    restored: int
    appealed: int
    overturned: int


def list_cases(user: User) -> QuerySet[Case]:
    """Return the cases that ``user`` may see, newest first."""
    return Case.objects.visible_to(user).select_related(*_RELATED).order_by("-id")


def get_case(user: User, case_id: UUID, *, lock: bool = False) -> Case:
    """Return a case in scope, locked if asked.

    Raises:
        CaseNotFound: absent or out of scope.
    """
    visible = Case.objects.visible_to(user).filter(id=case_id).values("id")
    rows = Case.objects.select_related(*_RELATED).filter(id__in=visible)
    case = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if case is None:
        raise CaseNotFound
    return case


def find_case_of(user: User, proposal_id: UUID) -> Case | None:
    """Return the case that came of a proposal, if ``user`` may see it."""
    return list_cases(user).filter(proposal_id=proposal_id).first()


def lock_own_case(user: User, case_id: UUID) -> Case:
    """Return a case about oneself of which one was told, locked.

    Raises:
        CaseNotFound.
    """
    own = Case.objects.select_for_update(of=("self",)).filter(id=case_id, worker=user, notice_at__isnull=False)
    case = own.first()
    if case is None:
        raise CaseNotFound
    return case


def lock_case(case_id: UUID) -> Case:
    """Return a case, locked, whoever asks: for what no person does."""
    return Case.objects.select_for_update(of=("self",)).get(id=case_id)


def list_judged_reviews(case: Case) -> QuerySet[Review]:
    """Return the reviews of the worker's work in the case's scope, newest first."""
    scope = Q(submission__claim__project__domain__code=case.domain)
    if case.locale:
        scope &= Q(submission__claim__project__locale=case.locale)
    if case.task_kind:
        scope &= Q(submission__claim__project__task_kind=case.task_kind)
    return Review.objects.filter(scope, author_id=case.worker_id).order_by("-decided_at", "-id")


def list_uninvolved(case_id: UUID | str) -> list[UUID]:
    """Return the operators who took no part in a case."""
    case = Case.objects.get(id=case_id)
    held = PlatformGrant.objects.filter(role=PlatformGrant.Role.OPERATOR, revoked_at__isnull=True)
    rows = held.exclude(user_id__in=case.involved).order_by("user_id").distinct("user_id")
    return list(rows.values_list("user_id", flat=True))


def count_cases(*, now: datetime) -> CaseNumbers:
    """Return the numbers of the last twelve months, over everybody."""
    outcomes = Case.Outcome
    by_outcome = {
        name: Count("id", filter=Q(outcome=outcome))
        for name, outcome in (
            ("no_action", outcomes.NO_ACTION),
            ("feedback", outcomes.FEEDBACK),
            ("paused", outcomes.PAUSED),
            ("promoted", outcomes.PROMOTED),
            ("restored", outcomes.RESTORED),
        )
    }
    numbers = Case.objects.filter(opened_at__gt=now - COUNTED, opened_at__lte=now).aggregate(
        opened=Count("id"),
        **by_outcome,
        appealed=Count("id", filter=Q(appealed_at__isnull=False)),
        overturned=Count("id", filter=Q(appeal_outcome=Case.AppealOutcome.OVERTURNED)),
    )
    return CaseNumbers(**numbers)


def why_not_decide_case(user: User, case: Case) -> str:
    """Return why ``user`` can't decide an undecided case in any way, in words; empty when they can."""
    if user.pk == case.worker_id:
        return "Nobody decides on a case about themselves."
    if user.pk == case.opened_by_id:
        return "You opened this case. Somebody else decides it."
    if not has_grant(user, DECIDE_CASES):
        return "You can read this case; the operators decide it."
    return ""


def why_not_hear_appeal(user: User, case: Case) -> str:
    """Return why ``user`` can't decide the appeal, in words; empty when they can."""
    if user.pk in case.involved:
        return "You took part in this case. Somebody uninvolved decides the appeal."
    if not has_grant(user, DECIDE_CASES):
        return "You can read this case; an operator who took no part decides the appeal."
    return ""


def may_answer(case: Case, *, now: datetime) -> bool:
    """Say whether the answer window is open."""
    return case.state == Case.State.ANSWERING and case.answer_due_at is not None and now < case.answer_due_at


def may_appeal(case: Case, *, now: datetime) -> bool:
    """Say whether the decision costs the worker something and can still be appealed."""
    is_adverse = case.state == Case.State.DECIDED and case.outcome in ADVERSE
    return is_adverse and case.decided_at is not None and now <= case.decided_at + APPEAL_WITHIN
