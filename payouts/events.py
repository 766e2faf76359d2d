"""News of payouts and payees for whoever subscribes: ids, codes and plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from common.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutNews(Event):
    """What every piece of news about a payout says; ``cycle_id`` is None for a payout outside any cycle."""

    payout_id: UUID
    worker_id: UUID
    cycle_id: UUID | None
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPaid(PayoutNews):
    """The bank has the money."""

    name: ClassVar[str] = "payouts.payout.paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFailed(PayoutNews):
    """The payout did not happen, and its money is payable again. ``words`` say to the expert what to mend."""

    name: ClassVar[str] = "payouts.payout.failed"

    failure_code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutReturned(PayoutNews):
    """The money came back from the bank or was taken back, and it is payable again."""

    name: ClassVar[str] = "payouts.payout.returned"

    failure_code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutCancelled(PayoutNews):
    """The payout was cancelled before it was sent, and its money is payable again."""

    name: ClassVar[str] = "payouts.payout.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeReady(Event):
    """An expert can be paid in ``currency`` from now on."""

    name: ClassVar[str] = "payouts.payee.ready"

    worker_id: UUID
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeDestinationChanged(Event):
    """An expert's bank account is another one; nothing goes there before ``hold_until`` (ISO 8601)."""

    name: ClassVar[str] = "payouts.payee.destination_changed"

    worker_id: UUID
    bank_last4: str
    hold_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeHeld(Event):
    """Nothing is paid to somebody for another reason than a new bank account; ``words`` say to them why and until when."""

    name: ClassVar[str] = "payouts.payee.held"

    hold_id: UUID
    worker_id: UUID
    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentHeld(Event):
    """What was approved to be paid is not sent; ``source_key`` is its origin, ``words`` say to the expert why."""

    name: ClassVar[str] = "payouts.payment.held"

    worker_id: UUID
    source_key: str
    currency: str
    amount_minor: int
    reason_code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Event):
    """Money of an expert is kept from being paid; where ``is_on_all``, everything is. ``words`` say what for and until when."""

    name: ClassVar[str] = "payouts.hold.placed"

    hold_id: UUID
    worker_id: UUID
    currency: str
    held_minor: int
    is_on_all: bool
    is_holdback: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded(Event):
    """Money that was held is payable again: RELEASED by another person with ``words``, or EXPIRED at its end."""

    name: ClassVar[str] = "payouts.hold.ended"

    hold_id: UUID
    worker_id: UUID
    currency: str
    held_minor: int
    state: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentBooked(Event):
    """A BONUS or CORRECTION is owed to an expert, or (CLAWBACK) owed by them, for the reason in ``words``."""

    name: ClassVar[str] = "payouts.adjustment.booked"

    adjustment_id: UUID
    worker_id: UUID
    kind: str
    currency: str
    amount_minor: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtRecovered(Event):
    """A payment took part of what its expert owes; ``owed_minor`` is what is left of the debt."""

    name: ClassVar[str] = "payouts.debt.recovered"

    worker_id: UUID
    source_key: str
    currency: str
    amount_minor: int
    owed_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayCarriedOver(Event):
    """A cycle that is carried out pays somebody nothing; the amount waits for the next one, and ``words`` say why."""

    name: ClassVar[str] = "payouts.pay.carried_over"

    worker_id: UUID
    source_key: str
    currency: str
    amount_minor: int
    reason_code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningReversed(Event):
    """An earning is owed no more, for the reason in ``words``."""

    name: ClassVar[str] = "payouts.earning.reversed"

    earning_id: UUID
    worker_id: UUID
    description: str
    currency: str
    amount_minor: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtForgiven(Event):
    """A clawback was taken back: its expert does not owe it any more, for the reason in ``words``."""

    name: ClassVar[str] = "payouts.debt.forgiven"

    worker_id: UUID
    source_key: str
    currency: str
    amount_minor: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxFormExpiring(Event):
    """A payee's accepted tax form counts for ``days_left`` more days, until ``expires_on`` (ISO 8601), and there is no newer one."""

    name: ClassVar[str] = "payouts.tax_form.expiring"

    form_id: UUID
    worker_id: UUID
    form: str
    expires_on: str
    days_left: int
