"""Accepting many submissions at once: the reviewer's word is a row each, a worker carries out one a transaction.

However often a worker dies, an order that is WAITING is found again, and one that is DONE has its review, judgments and earning:
they were written in the transaction that settled it. Lock order: order, then what reviewing locks.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import states
from common.errors import DomainError, FieldProblem, InvalidInput
from common.queue import enqueue_on_commit
from marketplace.identity.models import User
from marketplace.work.commands.reviews import ReviewInput, refuse_bad_review, review_submission
from marketplace.work.models import AcceptanceOrder, Submission
from marketplace.work.queries import list_reviewable

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 1000
SWEEP_LIMIT = 2000


@transaction.atomic
def order_acceptances(
    *, submission_ids: Sequence[UUID], scores: Mapping[str, float] | None = None, by: User, now: datetime
) -> int:
    """Order that each submission be accepted, with the same ``scores`` (0..1 by criterion) for all, and wake a worker.

    All or none is ordered. What is ordered already stays so; return how many orders are new.

    Raises:
        InvalidInput: names every submission that is unknown, one's own or decided, and every score out of range.
    """
    review = ReviewInput(decision="ACCEPT", scores=scores or {})
    refuse_bad_review(review)
    wanted = list(dict.fromkeys(submission_ids))
    _refuse_what_cannot_be_accepted(wanted, by)
    before = AcceptanceOrder.objects.filter(submission__in=wanted, state=AcceptanceOrder.State.WAITING)
    waiting = set(before.values_list("submission_id", flat=True))
    orders = [
        AcceptanceOrder(submission_id=submission_id, ordered_by=by, scores=dict(review.scores), ordered_at=now)
        for submission_id in wanted
        if submission_id not in waiting
    ]
    # Two reviewers may order the same at the same moment: the constraint keeps one order.
    AcceptanceOrder.objects.bulk_create(orders, ignore_conflicts=True)
    for order in orders:
        enqueue_on_commit("work.carry_out_acceptance", str(order.id))
    return len(orders)


@transaction.atomic
def carry_out_acceptance(*, order_id: UUID, now: datetime) -> bool:
    """Accept what an order names, unless it is settled or another worker has it in hand; return whether this call settled it.

    What stands in the way of the acceptance (decided meanwhile, the permission withdrawn) is kept on the order for its reviewer.
    """
    rows = AcceptanceOrder.objects.select_for_update(skip_locked=True, of=("self",)).select_related("ordered_by")
    order = rows.filter(id=order_id, state=AcceptanceOrder.State.WAITING).first()
    if order is None:
        return False
    settled: dict[str, Any] = {"settled_at": now}
    to = AcceptanceOrder.State.DONE
    try:
        with transaction.atomic():
            review = ReviewInput(decision="ACCEPT", scores=order.scores)
            review_submission(submission_id=order.submission_id, review=review, by=order.ordered_by, now=now)
    except DomainError as error:
        to = AcceptanceOrder.State.REFUSED
        settled |= {"refusal_code": error.code, "refusal_text": error.detail or error.title}
    states.move(order, to, by=order.ordered_by_id, now=now, also=settled)
    return True


def carry_out_waiting(*, now: datetime) -> int:
    """Carry out what waits, the oldest first, whatever the broker lost; return how many orders were settled.

    An order whose transaction fails stays WAITING and does not hold the others.
    """
    waiting = AcceptanceOrder.objects.filter(state=AcceptanceOrder.State.WAITING).order_by("ordered_at", "id")
    return sum(_try(order_id, now) for order_id in waiting.values_list("id", flat=True)[:SWEEP_LIMIT])


def _try(order_id: UUID, now: datetime) -> bool:
    try:
        return carry_out_acceptance(order_id=order_id, now=now)
    except Exception:
        logger.exception("work.acceptance_failed", extra={"order_id": str(order_id)})
        return False


def _refuse_what_cannot_be_accepted(submission_ids: Sequence[UUID], by: User) -> None:
    if not 1 <= len(submission_ids) <= MOST_AT_ONCE:
        raise InvalidInput.of("/submissions", f"Name 1 to {MOST_AT_ONCE} submissions.", "length")
    found = dict(list_reviewable(by).filter(id__in=submission_ids).values_list("id", "state"))
    problems = []
    for index, submission_id in enumerate(submission_ids):
        if submission_id not in found:
            detail = "There is no such submission for you to review."
            problems.append(FieldProblem(f"/submissions/{index}", "not_found", detail))
        elif found[submission_id] != Submission.State.SUBMITTED:
            problems.append(FieldProblem(f"/submissions/{index}", "already_decided", "It is decided already."))
    if problems:
        raise InvalidInput("Some of these cannot be accepted; nothing was ordered.", problems)
