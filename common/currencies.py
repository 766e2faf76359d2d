"""What a currency code means: how many decimals it has, and what a payout in it must be a multiple of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from babel import Locale
from babel.core import get_global

# The decimals are those of the provider's API, which counts amounts in them: CLDR's are for display and differ for a
# dozen currencies (RSD, ALL, LAK, ISK have none there), so that a debt would be sent as a hundredth of itself.
# Source: Stripe, "Supported currencies" (https://docs.stripe.com/currencies), zero-decimal list, less UGX: its special case
# says that UGX is written with two decimals, as ISK is.
_ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
# Source: ISO 4217, exponent 3. Of these Stripe names BHD, JOD, KWD, OMR and TND.
_THREE_DECIMAL = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
# Source: Stripe, "Supported currencies", special cases: payouts must be whole units though the API counts hundredths.
_WHOLE_UNITS_ONLY = frozenset(["HUF", "TWD", "UGX", "ISK"])
# Source: the same page, three-decimal currencies: the last digit of an amount is 0. It is said of payments; that a
# payout may do more is said nowhere.
_THREE_DECIMAL_MULTIPLE = 10
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
    """An ISO 4217 currency: ``exponent`` decimals, the provider's count; payouts are multiples of ``payout_multiple`` minor units."""

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
    if code in _ZERO_DECIMAL:
        return Currency(code, exponent=0, payout_multiple=1)
    if code in _THREE_DECIMAL:
        return Currency(code, exponent=3, payout_multiple=_THREE_DECIMAL_MULTIPLE)
    return Currency(code, exponent=2, payout_multiple=100 if code in _WHOLE_UNITS_ONLY else 1)


def list_currency_codes() -> list[str]:
    """Return every accepted code, sorted."""
    return sorted(_currencies_in_use())
