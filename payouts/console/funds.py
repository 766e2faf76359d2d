"""Is there enough at the provider, and where is the money that is not with people yet: figures by currency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet, Sum

from common.money import Money
from payouts.cycles.models import PayCycle
from payouts.cycles.queries import totals_by_rail
from payouts.ledger.models import LedgerBalance
from payouts.rails.base import ProviderUnavailable
from payouts.rails.registry import get_rail, list_rails
from payouts.rails.rules import RAIL_NAMES
from payouts.transfers.models import Payout, TopUp

#: Reserved in the books, but still in the balance at the provider.
_NOT_YET_SENT: Final = ("RESERVED", "HELD", "SUBMITTING", "UNKNOWN")
#: Came back and is payable again.
_CAME_BACK: Final = ("FAILED", "RETURNED", "REVERSED")
_TO_PAY: Final = (PayCycle.State.APPROVED, PayCycle.State.FUNDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """One rail's balance of one currency; ``balance`` is None where the provider gives no answer.

    ``reserved`` is for payouts that are not sent yet, ``needed`` for approved cycles that are not carried out yet.
    ``top_ups`` are under way.
    """

    rail: str
    balance: Money | None
    reserved: Money
    needed: Money
    top_ups: Sequence[TopUp]

    @property
    def rail_name(self) -> str:
        """What the rail is called."""
        return RAIL_NAMES.get(self.rail, self.rail)

    @property
    def left(self) -> Money | None:
        """What stays once all of it is paid; negative where money is missing."""
        return self.balance - self.reserved - self.needed if self.balance is not None else None

    @property
    def missing(self) -> Money:
        """What the balance does not cover; nothing where it is not known."""
        left = self.left
        return -left if left is not None and left.amount_minor < 0 else Money.zero(self.reserved.currency)


def list_funds(currency: str = "") -> Sequence[Funds]:
    """Return the funds of a currency on each rail, or of every currency with something to pay. Calls the provider."""
    needed = Counter[tuple[str, str]]()
    for cycle in PayCycle.objects.filter(state__in=_TO_PAY):
        # What is converted is paid in what it becomes.
        needed.update({place: money.amount_minor for place, money in totals_by_rail(cycle).items()})
    codes = {currency} if currency else {code for _, code in needed} | _currencies_under_way()
    return [_funds_of(rail, code, Money(needed[rail, code], code)) for code in sorted(codes) for rail in list_rails()]


def _currencies_under_way() -> set[str]:
    payouts = Payout.objects.filter(state__in=_NOT_YET_SENT)
    return {code for rows in (payouts, _under_way()) for code in rows.values_list("currency", flat=True).distinct()}


def _under_way() -> QuerySet[TopUp]:
    return TopUp.objects.filter(state__in=[TopUp.State.REQUESTED, TopUp.State.PENDING])


def _funds_of(rail: str, currency: str, needed: Money) -> Funds:
    try:
        balance = get_rail(rail).available(currency)
    except ProviderUnavailable:
        balance = None
    reserved = Payout.objects.filter(rail=rail, currency=currency, state__in=_NOT_YET_SENT)
    return Funds(
        rail=rail,
        balance=balance,
        reserved=Money(reserved.aggregate(total=Sum("amount_minor", default=0))["total"], currency),
        needed=needed,
        top_ups=list(_under_way().filter(rail=rail, currency=currency).order_by("created_at", "id")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What the books owe experts in one currency, by where it is; ``came_back`` is a part of what is payable."""

    payable: Money
    held: Money
    in_flight: Money
    came_back: Money

    @property
    def total(self) -> Money:
        """All of it."""
        return self.payable + self.held + self.in_flight


def list_owed() -> Sequence[Owed]:
    """Return what is not with people yet, by currency; currencies in which nothing is owed are left out."""
    kinds = ("EXPERT_PAYABLE", "EXPERT_HELD", "EXPERT_INFLIGHT")
    sums = (
        LedgerBalance.objects.filter(account__kind__in=kinds, balance_minor__gt=0)
        .values_list("account__currency", "account__kind")
        .annotate(total=Sum("balance_minor"))
        .order_by("account__currency", "account__kind")
    )
    by_kind: dict[str, dict[str, int]] = {}
    for currency, kind, total in sums:
        by_kind.setdefault(currency, {})[kind] = int(total)
    back = _came_back()
    return [
        Owed(
            **{
                name: Money(found.get(kind, 0), currency)
                for name, kind in zip(("payable", "held", "in_flight"), kinds, strict=True)
            },
            came_back=Money(back.get(currency, 0), currency),
        )
        for currency, found in by_kind.items()
    ]


def _came_back() -> dict[str, int]:
    """Return by currency what the newest payouts of people brought back, in minor units."""
    newest = Payout.objects.order_by("worker_id", "currency", "-created_at", "-id").distinct("worker_id", "currency")
    rows = Payout.objects.filter(id__in=newest.values("id"), state__in=_CAME_BACK)
    sums = rows.values_list("currency").annotate(total=Sum("amount_minor")).order_by("currency")
    return {currency: int(total) for currency, total in sums}
