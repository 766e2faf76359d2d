"""After a restore: taking over the transfers that the provider has and this database does not know.

Each becomes a payout under the id that the provider was told, its money reserved at once, so that nothing can pay it
again; an attempt that must be looked up lets the sweep settle it like any other whose answer was lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Q

from common import audit, states
from common.errors import DomainError
from common.money import Money
from payouts.payees.models import Payee
from payouts.rails.base import ProviderUnavailable, TransferFacts
from payouts.rails.movements import payout_of
from payouts.rails.registry import get_rail, list_rails
from payouts.transfers.commands.identity import require_trusted, trust
from payouts.transfers.commands.reserve import PayoutOrder, reserve_payouts, transfer_order
from payouts.transfers.errors import ListNotReadable, ReconcileFirst
from payouts.transfers.models import Payout, PayoutAttempt

logger = logging.getLogger(__name__)
State = Payout.State
Kind = PayoutAttempt.Kind
#: How far the provider's clock may be from ours.
_TWO_CLOCKS = timedelta(hours=1)
#: The advisory lock of taking over: two reconciliations at once would both adopt what neither finds here.
_LOCK = 7_305_004


def require_all_known() -> None:
    """Return only if this database was not restored and knows the provider's newest transfers. Calls outside.

    Raises:
        ReconcileFirst: it was, or it does not.
        ListNotReadable: the provider gave no usable answer.
    """
    require_trusted()
    unknown = _find_unknown(pages=1)
    if unknown:
        raise ReconcileFirst(f"The provider has {len(unknown)} transfers that this database does not know.")


type Convert = Callable[[UUID, UUID, Money], None]


def take_over_found(
    *, is_cycle: Callable[[UUID], bool], convert: Convert, now: datetime
) -> tuple[int, Sequence[TransferFacts]]:
    """Take over every transfer that is not known here; return how many were, and those that cannot be. Calls outside.

    Two at once agree, and take over each once. If none is left this database is trusted to pay again. ``is_cycle`` says
    whether a cycle is known here, and ``convert(cycle, worker, money)`` converts, in the caller's transaction, what it owes a
    worker in another currency than they are paid in. One is left where nobody here has its account, or the books owe that
    person less: enter what was earned since, then repeat.

    Raises:
        ListNotReadable: the provider gave no usable answer.
    """
    unknown = _find_unknown()
    left = [facts for payout_id, facts in unknown.items() if not _take_over(payout_id, facts, is_cycle, convert, now)]
    if not left:
        trust(found=len(unknown))
    return len(unknown) - len(left), left


def _find_unknown(*, pages: int | None = None) -> dict[UUID, TransferFacts]:
    """Return the transfers since the last that was sent from here, of payouts for which nothing was, by payout."""
    newest = PayoutAttempt.objects.aggregate(at=Max("last_sent_at"))["at"]
    since = None if newest is None else newest - _TWO_CLOCKS
    try:
        listed = [
            facts
            for rail in list_rails()
            for page in islice(get_rail(rail).list_transfers(since=since), pages)
            for facts in page
        ]
    except ProviderUnavailable as error:
        raise ListNotReadable from error
    ours = {payout_id: facts for facts in listed if (payout_id := payout_of(facts.group)) is not None}
    known = _begun(ours)
    return {payout_id: facts for payout_id, facts in ours.items() if payout_id not in known}


def _begun(payout_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of which this database knows that a transfer was asked for, or that it has to be looked up."""
    begun = PayoutAttempt.objects.filter(Q(sends__gt=0) | Q(must_look_up=True), kind=Kind.TRANSFER)
    return set(begun.filter(payout_id__in=payout_ids).values_list("payout_id", flat=True))


def _take_over(
    payout_id: UUID, facts: TransferFacts, is_cycle: Callable[[UUID], bool], convert: Convert, now: datetime
) -> bool:
    try:
        with transaction.atomic():
            _one_at_a_time()
            if _begun([payout_id]):
                return True  # another reconciliation took it over since this one looked
            payout = Payout.objects.select_for_update().filter(id=payout_id).first()
            if payout is None:
                payout = _reserve_again(payout_id, facts, is_cycle, convert, now)
            _expect(payout, facts, now)
    except (DomainError, IntegrityError, Payee.DoesNotExist) as error:
        logger.exception("payouts.restore.not_taken_over", extra={"transfer": facts.provider_id, "error": str(error)})
        return False
    return True


def _one_at_a_time() -> None:
    # A payout that is not here yet has no row to lock.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _reserve_again(
    payout_id: UUID, facts: TransferFacts, is_cycle: Callable[[UUID], bool], convert: Convert, now: datetime
) -> Payout:
    payee = Payee.objects.get(account_id=facts.destination)
    money = Money(facts.amount_minor, facts.currency)
    named = UUID(facts.cycle) if facts.cycle else None
    cycle_id = named if named is not None and is_cycle(named) else None
    if cycle_id is not None:
        convert(cycle_id, payee.worker_id, money)
    order = PayoutOrder(payee.worker_id, money, payout_id)
    reserve_payouts(cycle_id=cycle_id, lines=[order], by=None, now=now)
    return Payout.objects.select_for_update().get(id=payout_id)


def _expect(payout: Payout, facts: TransferFacts, now: datetime) -> None:
    """Let the sweep look for the transfer of a payout of which this database knows no attempt."""
    number = payout.attempts.filter(kind=Kind.TRANSFER).count() + 1
    payee = Payee.objects.filter(worker_id=payout.worker_id).first()
    prepared = get_rail(payout.rail).prepare(transfer_order(payout, number, payee))
    PayoutAttempt.objects.create(
        payout=payout,
        kind=Kind.TRANSFER,
        number=number,
        idempotency_key=prepared.idempotency_key,
        body=prepared.body,
        body_sha256=prepared.body_sha256,
        must_look_up=True,
        created_at=now,
    )
    if payout.state == State.HELD:
        states.move(payout, State.RESERVED, by=None, now=now, reason_code="found")
    states.move(payout, State.SUBMITTING, by=None, now=now, reason_code="found", also={"next_try_at": now})
    audit.record(action="payout.found", target=payout, by=None, now=now, reason_text=facts.provider_id)
