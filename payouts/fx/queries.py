"""Reads of rates: the newest of each pair, and the price between two currencies at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from payouts.fx.errors import NoFreshRate, UnknownRateProposal
from payouts.fx.models import ExchangeRate, RateProposal
from payouts.fx.rules import age_words, price_of

#: A pair can be had of one row either way round, or of two rows of one source, base and instant.
_NEWEST = """
SELECT f.id, t.id FROM payouts_exchangerate f
  JOIN payouts_exchangerate t ON (t.source, t.base, t.as_of) = (f.source, f.base, f.as_of) AND t.quote = %(wanted)s
 WHERE f.quote = %(given)s AND f.as_of <= %(now)s
UNION ALL
SELECT NULL, t.id FROM payouts_exchangerate t
 WHERE t.base = %(given)s AND t.quote = %(wanted)s AND t.as_of <= %(now)s
UNION ALL
SELECT f.id, NULL FROM payouts_exchangerate f
 WHERE f.base = %(wanted)s AND f.quote = %(given)s AND f.as_of <= %(now)s
"""
_PRICE = f"""
SELECT w.f, w.t FROM ({_NEWEST}) AS w(f, t)
  JOIN payouts_exchangerate r ON r.id = coalesce(w.t, w.f)
 ORDER BY r.as_of DESC, r.id DESC LIMIT 1
"""  # noqa: S608  two constants


@dataclass(frozen=True, slots=True)
class Price:
    """How many units of ``wanted`` one unit of ``given`` buys, and the rows that say so.

    ``from_rate`` is what a unit of a third currency buys of ``given``, None where that third is ``given`` itself; ``to_rate``
    likewise. Both are of one source and instant, and ``said_by`` is one of them.
    """

    given: str
    wanted: str
    from_rate: ExchangeRate | None
    to_rate: ExchangeRate | None
    said_by: ExchangeRate

    @property
    def exact(self) -> Fraction:
        """The price without any rounding."""
        given, wanted = ((row.rate if row else None) for row in (self.from_rate, self.to_rate))
        return price_of(given, wanted)

    @property
    def shown(self) -> Decimal:
        """The price to show: six decimals."""
        exact = self.exact
        return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.000001"))


def find_price(given: str, wanted: str, *, now: datetime) -> Price | None:
    """Return the newest price between two currencies that was known at ``now``, however old; None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_PRICE, {"given": given, "wanted": wanted, "now": now})
        ids = cursor.fetchone()
    if ids is None:
        return None
    rows = ExchangeRate.objects.in_bulk([rate_id for rate_id in ids if rate_id])
    return Price(given, wanted, rows.get(ids[0]), rows.get(ids[1]), rows[ids[1] or ids[0]])


def get_price(given: str, wanted: str, *, now: datetime) -> Price:
    """Return the price to convert money with at ``now``.

    Raises:
        NoFreshRate: nobody said one, or the newest is older than ``FX_RATE_MAX_AGE_HOURS``.
    """
    price = find_price(given, wanted, now=now)
    if price is None:
        raise NoFreshRate(f"There is no exchange rate between {given} and {wanted}.")
    age, most = now - price.said_by.as_of, timedelta(hours=settings.FX_RATE_MAX_AGE_HOURS)
    if age > most:
        raise NoFreshRate(
            f"The newest exchange rate between {given} and {wanted} is {age_words(age)} old;"
            f" money is converted with one of at most {age_words(most)}."
        )
    return price


def list_rates(user: Any) -> QuerySet[ExchangeRate]:
    """Return the rates that ``user`` may see, newest first."""
    return ExchangeRate.objects.visible_to(user).order_by("-as_of", "quote", "-id")


def get_rate_proposal(user: Any, proposal_id: UUID) -> RateProposal:
    """Return a proposed rate that ``user`` may see.

    Raises:
        UnknownRateProposal: it does not exist, or not for this person.
    """
    rows = RateProposal.objects.visible_to(user).select_related("proposed_by", "decided_by")
    found = rows.filter(id=proposal_id).first()
    if found is None:
        raise UnknownRateProposal
    return found
