"""Where money can go: rows of a dated table, never branches in code.

`capabilities.csv`: one row says that on a rail an account in a country can be paid in a currency, from which amount on,
since when we know, and from where. AVAILABLE rows can be used now; PLANNED rows name the rail that will reach a country.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from common.money import Money

ANY_CURRENCY = "*"


@dataclass(frozen=True, slots=True)
class Capability:
    """What one country and currency allow. ``minimum_minor`` is in minor units of ``currency``."""

    country: str
    currency: str
    rail: str
    is_available: bool
    minimum_minor: int
    source: str
    as_of: date


@dataclass(frozen=True, slots=True)
class PayRoute:
    """The answer to "can somebody with a bank in this country be paid in this currency?", with words for people."""

    country: str
    currency: str
    is_available: bool
    rail: str
    minimum: Money
    words: str


@cache
def _table() -> dict[tuple[str, str], list[Capability]]:
    found: dict[tuple[str, str], list[Capability]] = {}
    with (files("payouts.rails") / "capabilities.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            capability = Capability(
                country=row["country"],
                currency=row["currency"],
                rail=row["rail"],
                is_available=row["status"] == "AVAILABLE",
                minimum_minor=int(row["minimum_minor"]),
                source=row["source"],
                as_of=date.fromisoformat(row["as_of"]),
            )
            found.setdefault((capability.country, capability.currency), []).append(capability)
    return found


def find_route(country: str, currency: str) -> PayRoute:
    """Return whether and how ``currency`` reaches a bank in ``country`` (ISO 3166-1 alpha-2), in words for people."""
    rows = _table().get((country, currency), []) + _table().get((country, ANY_CURRENCY), [])
    usable = next((row for row in rows if row.is_available), None)
    if usable is not None:
        return PayRoute(country, currency, True, usable.rail, Money(usable.minimum_minor, currency), "")
    if any(key[0] == country and any(row.is_available for row in found) for key, found in _table().items()):
        others = ", ".join(list_currencies(country))
        words = f"A bank in {country} cannot be paid in {currency} yet; it can be in {others}."
    else:
        words = f"People with a bank in {country} cannot be paid yet."
    return PayRoute(country, currency, False, rows[0].rail if rows else "", Money.zero(currency), words)


def list_currencies(country: str) -> list[str]:
    """Return the currencies in which a bank in ``country`` can be paid now."""
    return sorted(key[1] for key, rows in _table().items() if key[0] == country and any(r.is_available for r in rows))


def list_countries() -> list[str]:
    """Return the countries whose banks can be paid now."""
    return sorted({key[0] for key, rows in _table().items() if any(row.is_available for row in rows)})
