"""Reserving clients' money for work before it goes out: leases that are renewed while the work lasts.

Lock order: whatever the caller locks, then the client's account. Nobody locks anything after the account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from common.money import Money
from payouts.clients.commands.locks import lock_account
from payouts.clients.errors import ClientFundsMissing
from payouts.clients.models import ClientAccount, ClientReservation
from payouts.clients.queries import find_terms, get_funds
from payouts.clients.rules import by_margin

#: How long money stays reserved without a heartbeat: six heartbeats of ten minutes.
LEASE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What one unit of work may cost: its bill line's rate, if it has one, and what the expert is paid."""

    rate: Money | None
    cost: Money


def reserve_money(
    *, client_id: UUID, purpose_key: str, units: int, prices: Sequence[UnitPrice], now: datetime
) -> Money | None:
    """Reserve what ``units`` of work may cost at the dearest of ``prices``, or renew what is reserved for the purpose.

    Returns what is reserved; None where nothing is: the client has no account, or the work has no price. A renewal to less
    gives the difference back; one to more is asked of the client's money as a new one.

    Raises:
        ClientFundsMissing: what is available does not cover it; what was reserved before stays.
    """
    with transaction.atomic():
        account = _lock_account_of(client_id, prices)
        if account is None:
            return None
        amount = _most(account, units, prices)
        live = ClientReservation.objects.select_for_update().filter(purpose_key=purpose_key, released_at__isnull=True)
        row = live.first()
        if not amount:
            release_money(purpose_key=purpose_key, now=now)
            return None
        held = Money(row.amount_minor if row else 0, account.currency)
        if held < amount and get_funds(account).available + held < amount:
            raise ClientFundsMissing(f"{amount.format()} is needed for this work and is not available.")
        if row is None:
            row = ClientReservation(account=account, purpose_key=purpose_key, reserved_at=now)
        row.amount_minor, row.expires_at = amount.amount_minor, now + LEASE
        row.save()
        return amount


def release_money(*, purpose_key: str, now: datetime) -> bool:
    """Give back what is reserved for a purpose, if anything is."""
    live = ClientReservation.objects.filter(purpose_key=purpose_key, released_at__isnull=True)
    return bool(live.update(released_at=now))


def release_expired(*, now: datetime) -> int:
    """Give back what nobody renewed in time and return how many reservations that were."""
    return ClientReservation.objects.filter(released_at__isnull=True, expires_at__lte=now).update(released_at=now)


def _lock_account_of(client_id: UUID, prices: Sequence[UnitPrice]) -> ClientAccount | None:
    currencies = {(price.rate or price.cost).currency for price in prices}
    rows = ClientAccount.objects.filter(client_id=client_id, currency__in=currencies).order_by("id")
    account = rows.first()
    return lock_account(account.id) if account else None


def _most(account: ClientAccount, units: int, prices: Sequence[UnitPrice]) -> Money:
    terms = find_terms(account.id)
    margin_bps = terms.margin_bps if terms else None
    costs = (_price(price, margin_bps) for price in prices)
    dearest = max((cost for cost in costs if cost and cost.currency == account.currency), default=None)
    return Money.zero(account.currency) if dearest is None else dearest.times(units)


def _price(price: UnitPrice, margin_bps: int | None) -> Money | None:
    if price.rate is not None:
        return price.rate
    return None if margin_bps is None else by_margin(price.cost, margin_bps)
