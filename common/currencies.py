"""What a currency code means: how many decimals it has, and what a payout in it must be a multiple of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision

# Source: Stripe, "Supported currencies", zero-decimal list. It differs from CLDR for a few (UGX, ISK).
STRIPE_ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
# Source: Stripe, "Supported currencies", special cases: payouts must be whole units though the API counts hundredths.
PAYOUT_MULTIPLE_OF_100 = frozenset(["HUF", "TWD", "UGX", "ISK"])
# Codes that are in CLDR and may not be paid in: metals, test and accounting units.
_NOT_PAYABLE = frozenset(
    [
        "XAG",
        "XAU",
        "XBA",
        "XBB",
        "XBC",
        "XBD",
        "XDR",
        "XEU",
        "XFO",
        "XFU",
        "XPD",
        "XPT",
        "XRE",
        "XSU",
        "XTS",
        "XUA",
        "XXX",
        "BOV",
        "CHE",
        "CHW",
        "CLF",
        "COU",
        "MXV",
        "USN",
        "UYI",
        "UYW",
    ]
)


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: ``exponent`` decimals; payouts are multiples of ``payout_multiple`` minor units."""

    code: str
    exponent: int
    payout_multiple: int


@cache
def _currencies_in_use() -> frozenset[str]:
    """Codes that some territory uses today, from CLDR's territory table."""
    in_use = {
        code
        for rows in get_global("territory_currencies").values()
        for code, _start, end, tender in rows
        if end is None and tender
    }
    return frozenset(in_use & set(Locale("en").currencies)) - _NOT_PAYABLE


@cache
def get_currency(code: str) -> Currency:
    """Return what ``code`` means.

    Raises:
        ValueError: the code is not an upper-case ISO 4217 code of a currency in use.
    """
    if code not in _currencies_in_use():
        raise ValueError(f"{code!r} is not a currency in use (ISO 4217, upper case)")
    exponent = 0 if code in STRIPE_ZERO_DECIMAL else get_currency_precision(code)
    return Currency(
        code=code,
        exponent=exponent,
        payout_multiple=100 if code in PAYOUT_MULTIPLE_OF_100 else 1,
    )


def list_currency_codes() -> list[str]:
    """Return every accepted code, sorted."""
    return sorted(_currencies_in_use())
