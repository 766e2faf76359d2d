"""Payouts that did not go their way, and what is done about each: the queue of finance.

A row leaves by itself when the payout goes on, or when the worker's next payout takes the money that came back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from payouts.cycles.models import CycleLine, PayCycle
from payouts.holds.queries import find_hold_on_all
from payouts.ledger.models import LedgerBalance
from payouts.payees.models import Payee
from payouts.payees.queries import judge
from payouts.transfers.models import Payout, PayoutAttempt
from payouts.transfers.rules import NEW_ATTEMPT_AFTER

State = Payout.State

#: For so long a payout may be unknown before a person is told.
UNKNOWN_FOR: Final = timedelta(hours=2)
#: Money that was sent and is not at the bank after so long is asked for. A bank takes up to five working days.
LATE_AFTER: Final = timedelta(days=7)

#: Why a payout is in the queue, in words.
KINDS: Final = {
    "FROZEN": "Stopped for a person",
    "HELD": "Held",
    "UNKNOWN": "Unknown for hours",
    "LATE": "Not at the bank yet",
    "CAME_BACK": "Came back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutException:
    """One payout of the queue: ``kind`` of ``KINDS``, the reason, the next step in words, and the verbs that do it.

    ``verbs`` are ``resume``, ``review`` and ``cancel``; empty where nobody has to act.
    """

    payout: Payout
    kind: str
    reason: str
    next_step: str
    verbs: tuple[str, ...]


def find_exceptions(
    user: Any, *, now: datetime, kind: str = "", cycle_id: UUID | None = None, currency: str = ""
) -> QuerySet[Payout]:
    """Return the payouts of the queue that ``user`` may see, each with ``kind``, newest first; narrowed by what is named."""
    rows = (
        Payout.objects.visible_to(user)
        .annotate(first_sent_at=_first_sent(), kind=_kind(now))
        .exclude(kind="")
        .select_related("worker")
        .order_by("-created_at", "-id")
    )
    wanted = {"kind": kind, "cycle_id": cycle_id, "currency": currency}
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def find_waiting_lines(user: Any, *, cycle_id: UUID | None = None, currency: str = "") -> QuerySet[CycleLine]:
    """Return the lines that were carried over or held and that no later line of their person has taken up, newest first.

    Lines of cycles that are not submitted yet, or were cancelled, say nothing yet or no more.
    """
    cycles = PayCycle.objects.visible_to(user).exclude(state__in=["DRAFT", "CALCULATED", "CANCELLED"])
    later = CycleLine.objects.filter(
        worker_id=OuterRef("worker_id"), currency=OuterRef("currency"), id__gt=OuterRef("id"), cycle__in=cycles
    )
    rows = CycleLine.objects.filter(~Exists(later), cycle__in=cycles).exclude(state=CycleLine.State.INCLUDED)
    wanted = {"cycle_id": cycle_id, "currency": currency}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    return rows.select_related("worker", "cycle").order_by("-id")


def _first_sent() -> Subquery:
    attempts = PayoutAttempt.objects.filter(payout_id=OuterRef("id"), kind="TRANSFER", outcome="PENDING")
    return Subquery(attempts.values("first_sent_at")[:1])


def _kind(now: datetime) -> Case:
    later = Payout.objects.filter(
        worker_id=OuterRef("worker_id"), currency=OuterRef("currency"), created_at__gt=OuterRef("created_at")
    )
    owed = LedgerBalance.objects.filter(
        account__kind="EXPERT_PAYABLE",
        account__worker_id=OuterRef("worker_id"),
        account__currency=OuterRef("currency"),
        balance_minor__gt=0,
    )
    came_back = Q(state__in=[State.FAILED, State.RETURNED, State.REVERSED]) & ~Exists(later) & Exists(owed)
    return Case(
        When(needs_person=True, then=Value("FROZEN")),
        When(state=State.HELD, then=Value("HELD")),
        When(state=State.UNKNOWN, first_sent_at__lte=now - UNKNOWN_FOR, then=Value("UNKNOWN")),
        When(
            state__in=[State.TRANSFERRED, State.IN_TRANSIT],
            transferred_at__lte=now - LATE_AFTER,
            then=Value("LATE"),
        ),
        When(came_back, then=Value("CAME_BACK")),
        default=Value(""),
        output_field=CharField(),
    )


def explain_exceptions(payouts: Sequence[Payout], *, now: datetime) -> list[PayoutException]:
    """Return payouts from ``find_exceptions`` with reason and next step, in their order."""
    payees = {payee.worker_id: payee for payee in Payee.objects.filter(worker__in=[row.worker_id for row in payouts])}
    return [_explain(payout, payees.get(payout.worker_id), now) for payout in payouts]


def _explain(payout: Payout, payee: Payee | None, now: datetime) -> PayoutException:
    kind: str = payout.kind  # type: ignore[attr-defined]  # annotated by find_exceptions
    step, verbs = {
        "FROZEN": _after_freezing,
        "HELD": _after_holding,
        "UNKNOWN": _while_unknown,
        "LATE": _when_late,
        "CAME_BACK": _after_coming_back,
    }[kind](payout, payee, now)
    reason = payout.failure_text or payout.failure_code.replace("_", " ").capitalize() or KINDS[kind]
    return PayoutException(payout=payout, kind=kind, reason=reason, next_step=step, verbs=verbs)


_Step = tuple[str, tuple[str, ...]]


def _after_freezing(payout: Payout, payee: Payee | None, now: datetime) -> _Step:
    return (
        "Look at the payment in the provider's dashboard. Then let it be worked on again: "
        "it is looked up there before anything is sent.",
        ("review",),
    )


def _after_holding(payout: Payout, payee: Payee | None, now: datetime) -> _Step:
    ready = judge(payee, payout.currency, now)
    hold = find_hold_on_all(payout.worker_id, payout.currency)
    if ready.is_ready and hold is None:
        words = (
            "Make sure that the bank account is theirs. Then let it go on to the account as it is now, or cancel it."
        )
        return words, ("resume", "cancel")
    why = hold.words if ready.is_ready and hold else f"they read “{ready.words}”"
    return f"It can't go on yet: {why} It can be cancelled; the next cycle pays the money then.", ("cancel",)


def _while_unknown(payout: Payout, payee: Payee | None, now: datetime) -> _Step:
    sent: datetime | None = payout.first_sent_at  # type: ignore[attr-defined]  # annotated by find_exceptions
    again = f" from {sent + NEW_ATTEMPT_AFTER:%d %b, %H:%M} UTC" if sent else ""
    return (
        f"Nobody has to act. It is looked up every few minutes, and sent again{again} if it was never done.",
        (),
    )


def _when_late(payout: Payout, payee: Payee | None, now: datetime) -> _Step:
    where = f"payout {payout.bank_ref}" if payout.bank_ref else f"transfer {payout.provider_ref}"
    return f"Ask the provider what became of {where}. It is read again every hour.", ()


def _after_coming_back(payout: Payout, payee: Payee | None, now: datetime) -> _Step:
    ready = judge(payee, payout.currency, now)
    same = payee is not None and payee.bank_fingerprint == payout.destination_fingerprint
    if not ready.is_ready:
        return (
            f"{payout.worker.get_full_name()} has to act; they read “{ready.words}” A later cycle pays the money.",
            (),
        )
    if same and payout.state != State.FAILED:
        return "The bank details are still the same. Ask for new ones, or the next cycle sends it there again.", ()
    return "Nobody has to act: the next cycle pays the money.", ()


def find_one(user: Any, payout_id: UUID, *, now: datetime) -> PayoutException | None:
    """Return one payout of the queue, or None if it is not, or no more, in it for ``user``."""
    rows = explain_exceptions(list(find_exceptions(user, now=now).filter(id=payout_id)), now=now)
    return rows[0] if rows else None
