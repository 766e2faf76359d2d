"""Where money can go: rows of a dated table, never branches in code.

`capabilities.csv`: one row says that somebody who is owed a currency and banks in a country can be paid over a rail, under
which agreement with the provider, from which amount on, in which multiples, at what cost, in which stretch of time, and
from where we know it. AVAILABLE rows can be used, those of the rail global where a financial account is set up that holds the
currency; PLANNED rows name the rail that will reach a country.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files

from django.conf import settings

from common import clock
from common.codes import country_name
from common.money import Money
from payouts.rails.rules import RAIL_NAMES

#: What people read of a rail.
RAIL_WORDS = {rail: f"{name}, to your bank account" for rail, name in RAIL_NAMES.items()}


#: Countries whose names take an article in a sentence.
_WITH_ARTICLE = frozenset({"AE", "BS", "DO", "GB", "NL", "PH", "US"})


@dataclass(frozen=True, slots=True)
class Capability:
    """One row: who is owed ``currency`` and banks in ``country`` receives ``bank_currency`` over ``rail``.

    ``minimum`` is the least that can be paid, ``multiple`` what an amount must be a multiple of, in minor units of
    ``currency``. ``fee`` and ``fee_bps`` (hundredths of a percent) are the dearest case of what the provider takes from the
    platform. The row holds from ``effective_from`` up to, not including, ``effective_to`` (None = open). ``evidence``: READ,
    COUNTRY or UNREAD, as the head of the file says.
    """

    country: str
    currency: str
    bank_currency: str
    rail: str
    agreement: str
    is_available: bool
    minimum: Money
    multiple: int
    fee: Money
    fee_bps: int
    effective_from: date
    effective_to: date | None
    evidence: str
    source: str

    def holds_on(self, day: date) -> bool:
        """Say whether the row holds on a day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


@dataclass(frozen=True, slots=True)
class PayRoute:
    """The answer to "can somebody with a bank in this country be paid in this currency?", with words for people.

    ``bank_currency`` is what arrives. Amounts below ``minimum`` or that are no whole ``multiple`` (minor units) wait.
    """

    country: str
    currency: str
    is_available: bool
    rail: str
    minimum: Money
    words: str
    bank_currency: str = ""
    multiple: int = 1
    agreement: str = ""


def _place(country: str) -> str:
    return f"the {country_name(country)}" if country in _WITH_ARTICLE else country_name(country)


def _lines() -> list[str]:
    text = (files("payouts.rails") / "capabilities.csv").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


@cache
def _table() -> dict[str, tuple[Capability, ...]]:
    found: dict[str, list[Capability]] = {}
    for row in csv.DictReader(_lines()):
        found.setdefault(row["country"], []).append(_read(row))
    return {country: tuple(rows) for country, rows in found.items()}


def _read(row: dict[str, str]) -> Capability:
    return Capability(
        country=row["country"],
        currency=row["currency"],
        bank_currency=row["bank_currency"],
        rail=row["rail"],
        agreement=row["agreement"],
        is_available=row["status"] == "AVAILABLE",
        minimum=Money(int(row["minimum_minor"]), row["currency"]),
        multiple=int(row["multiple"]),
        fee=Money(int(row["fee_minor"]), row["fee_currency"]),
        fee_bps=int(row["fee_bps"]),
        effective_from=date.fromisoformat(row["effective_from"]),
        effective_to=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
        evidence=row["evidence"],
        source=row["source"],
    )


@cache
def table_version() -> str:
    """Return what names the table's content: the day of its youngest fact and the start of its sha256."""
    youngest = max(row.effective_from for rows in _table().values() for row in rows)
    digest = hashlib.sha256("\n".join(_lines()).encode()).hexdigest()
    return f"{youngest}-{digest[:8]}"


def list_capabilities(*, country: str = "", rail: str = "", on: date | None = None) -> list[Capability]:
    """Return the rows that hold on a day (default today), of a country and a rail where they are named.

    Rows of a rail that is not set up here are not available.
    """
    day = on or clock.now().date()
    return [
        row if _is_set_up(row) else replace(row, is_available=False)
        for code in ([country] if country else sorted(_table()))
        for row in _table().get(code, ())
        if row.holds_on(day) and rail in ("", row.rail)
    ]


def _is_set_up(row: Capability) -> bool:
    """Say whether this installation has the balance that a row pays from."""
    if row.rail != "global":
        return True
    return bool(settings.STRIPE_FINANCIAL_ACCOUNT) and row.currency in settings.STRIPE_FINANCIAL_CURRENCIES


def find_route(country: str, currency: str, *, on: date | None = None) -> PayRoute:
    """Return whether and how a debt in ``currency`` reaches a bank in ``country`` (ISO 3166-1 alpha-2) on a day."""
    rows = [row for row in list_capabilities(country=country, on=on) if row.currency == currency]
    usable = next((row for row in rows if row.is_available), None)
    if usable is None:
        rail = rows[0].rail if rows else ""
        return PayRoute(country, currency, False, rail, Money.zero(currency), _refusal(country, currency, on))
    return PayRoute(
        country=country,
        currency=currency,
        is_available=True,
        rail=usable.rail,
        minimum=usable.minimum,
        words=f"You can be paid in {_place(country)} by {RAIL_WORDS[usable.rail]}{_arrival(usable)}.",
        bank_currency=usable.bank_currency,
        multiple=usable.multiple,
        agreement=usable.agreement,
    )


def _arrival(row: Capability) -> str:
    converted = f", where it arrives as {row.bank_currency}" if row.bank_currency != row.currency else ""
    return f", in {row.currency}{converted}"


def _refusal(country: str, currency: str, on: date | None) -> str:
    others = ", ".join(list_currencies(country, on=on))
    if others:
        return f"A bank in {_place(country)} cannot be paid in {currency} yet; it can be in {others}."
    return f"People with a bank in {_place(country)} cannot be paid yet."


def describe_routes(country: str, *, on: date | None = None) -> str:
    """Return in a sentence how somebody with a bank in ``country`` can be paid, for the moment they sign up."""
    ways: dict[str, list[str]] = {}
    for row in list_capabilities(country=country, on=on):
        if row.is_available:
            ways.setdefault(row.rail, []).append(row.currency)
    if not ways:
        return f"People with a bank in {_place(country)} cannot be paid yet."
    told = "; or by ".join(f"{RAIL_WORDS[rail]}, in {_either(sorted(set(codes)))}" for rail, codes in ways.items())
    return f"You can be paid in {_place(country)} by {told}."


def _either(codes: list[str]) -> str:
    return codes[0] if len(codes) == 1 else f"{', '.join(codes[:-1])} or {codes[-1]}"


def list_currencies(country: str, *, on: date | None = None) -> list[str]:
    """Return the currencies in which somebody with a bank in ``country`` can be paid."""
    return sorted({row.currency for row in list_capabilities(country=country, on=on) if row.is_available})


def list_countries(*, on: date | None = None) -> list[str]:
    """Return the countries whose banks can be paid."""
    return sorted({row.country for row in list_capabilities(on=on) if row.is_available})


def iter_table() -> Iterator[Capability]:
    """Yield every row, past and planned ones too."""
    for rows in _table().values():
        yield from rows
