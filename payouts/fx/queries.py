"""Reads of rates: the newest of each pair, and the price between two currencies at a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Min, QuerySet
from django.db.models.functions import Coalesce

from payouts.earnings.models import Earning
from payouts.fx.errors import NoFreshRate, UnknownRateProposal
from payouts.fx.models import Conversion, ExchangeRate, PayCurrency, RateProposal
from payouts.fx.rules import age_words, price_of, shown_price

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
        """The price to show, to seven digits."""
        return shown_price(self.exact)


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
    require_fresh(price.said_by.as_of, now=now, what=f"The newest exchange rate between {given} and {wanted}")
    return price


def require_fresh(as_of: datetime | None, *, now: datetime, what: str = "An exchange rate of this cycle") -> None:
    """Return only if a rate of that instant (None: no rate at all) may convert money at ``now``.

    Raises:
        NoFreshRate: it is older than ``FX_RATE_MAX_AGE_HOURS``.
    """
    most = timedelta(hours=settings.FX_RATE_MAX_AGE_HOURS)
    if as_of is not None and now - as_of > most:
        words = f"{what} is {age_words(now - as_of)} old; money is converted with one of at most {age_words(most)}."
        raise NoFreshRate(words)


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


def pay_currencies(worker_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the currency that each worker wants to be paid in; who is paid as they earned is missing."""
    rows = PayCurrency.objects.filter(worker_id__in=list(worker_ids)).order_by("worker_id", "-id").distinct("worker_id")
    return {row.worker_id: row.currency for row in rows if row.currency}


def oldest_rate_at(cycle_id: UUID) -> datetime | None:
    """Return the instant of the oldest rate that a cycle converts with, None if it converts nothing."""
    rows = Conversion.objects.filter(line__cycle_id=cycle_id)
    oldest: datetime | None = rows.aggregate(at=Min(Coalesce("to_rate__as_of", "from_rate__as_of")))["at"]
    return oldest


def find_conversion(*, payout_id: UUID) -> Conversion | None:
    """Return what was converted for a payout, with its rates, None where it is paid as it was earned."""
    rows = Conversion.objects.select_related("from_rate", "to_rate")
    return rows.filter(line__payout_id=payout_id).first()


def prices_of(worker_id: UUID, wanted: str, *, now: datetime) -> list[tuple[str, Price | None]]:
    """Return each other currency that somebody has earned in, with the newest price of it in ``wanted``."""
    earned = Earning.objects.filter(worker_id=worker_id).exclude(currency=wanted)
    codes = sorted(set(earned.order_by("currency").values_list("currency", flat=True).distinct()))
    return [(code, find_price(code, wanted, now=now)) for code in codes]
