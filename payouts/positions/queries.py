"""Reads of positions: what the books say is to be exchanged, and what it is worth at the newest rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.currencies import get_currency
from common.money import Money
from payouts.fx.queries import Price, find_price
from payouts.positions.errors import UnknownSettlement
from payouts.positions.models import PositionSettlement

#: What positions are valued in where nobody asks for another currency.
VALUED_IN: Final = "EUR"

_BALANCES = """
SELECT a.currency, sum(CASE WHEN l.debit_id = a.id THEN l.amount_minor ELSE -l.amount_minor END)::bigint
  FROM payouts_ledgeraccount a
  JOIN payouts_journalline l ON a.id IN (l.debit_id, l.credit_id)
 WHERE a.kind = 'FX_CLEARING'
 GROUP BY a.currency ORDER BY a.currency
"""


@dataclass(frozen=True, slots=True)
class Position:
    """What is to be exchanged of one currency: positive is to be bought, negative to be sold.

    ``worth`` is that at ``price``, None where no rate is known.
    """

    amount: Money
    price: Price | None
    worth: Money | None


@dataclass(frozen=True, slots=True)
class Positions:
    """Every position that is not closed. ``total`` is what is to be bought less what is to be sold, at today's rates.

    A positive total is a loss, were all exchanged now; None where a rate is missing.
    """

    rows: Sequence[Position]
    total: Money | None


def clearing_balances() -> dict[str, int]:
    """Return by currency, in minor units, what conversion has promised beyond what came for it; zeros are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES)
        return {currency: balance for currency, balance in cursor.fetchall() if balance}


def value_positions(currency: str, *, now: datetime) -> Positions:
    """Return every open position with its worth in ``currency`` at the newest rates, however old they are."""
    rows = [_value(Money(minor, code), currency, now) for code, minor in clearing_balances().items()]
    worths = [row.worth for row in rows]
    known = [worth.amount_minor for worth in worths if worth is not None]
    return Positions(rows, Money(sum(known), currency) if len(known) == len(rows) else None)


def _value(amount: Money, currency: str, now: datetime) -> Position:
    if amount.currency == currency:
        return Position(amount, None, amount)
    price = find_price(amount.currency, currency, now=now)
    if price is None:
        return Position(amount, None, None)
    exponents = get_currency(currency).exponent - get_currency(amount.currency).exponent
    return Position(
        amount, price, Money(round(amount.amount_minor * price.exact * Fraction(10) ** exponents), currency)
    )


def get_settlement(user: Any, settlement_id: UUID) -> PositionSettlement:
    """Return an exchange that ``user`` may see.

    Raises:
        UnknownSettlement: it does not exist, or not for this person.
    """
    rows = PositionSettlement.objects.visible_to(user).select_related("proposed_by", "decided_by")
    found = rows.filter(id=settlement_id).first()
    if found is None:
        raise UnknownSettlement
    return found
