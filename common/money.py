"""Money: an integer number of minor units with its currency. There are no floats here and no bare integers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, localcontext

from babel import Locale
from babel.numbers import parse_pattern

from common.currencies import get_currency

_AMOUNT = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?")
_MOST_DIGITS = 20
#: The usual 28 digits would round a product before it is rounded to the minor unit; what does not fit here is refused.
_EXACT = Context(prec=200, traps=[Inexact])
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
#: The largest amount in minor units that one row may hold (ten trillion minor units, far inside a 64-bit integer).
LARGEST_AMOUNT_MINOR = 10**13


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met where one currency is required."""


@dataclass(frozen=True, slots=True)
class Money:
    """``amount_minor`` minor units (cents, yen, fils) of ``currency`` (ISO 4217).

    Raises:
        ValueError: unknown currency, a non-integer amount, or one beyond ``LARGEST_AMOUNT_MINOR``.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount_minor, bool) or not isinstance(self.amount_minor, int):
            raise ValueError(f"{self.amount_minor!r} is not an integer number of minor units")  # noqa: TRY004
        if abs(self.amount_minor) > LARGEST_AMOUNT_MINOR:
            raise ValueError(f"{self.amount_minor} is beyond {LARGEST_AMOUNT_MINOR} minor units")
        get_currency(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same_currency(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same_currency(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same_currency(other)

    def __le__(self, other: Money) -> bool:
        return self.amount_minor <= self._same_currency(other)

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def _same_currency(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix")
        return other.amount_minor

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Return nothing, of ``currency``."""
        return cls(0, currency)

    @classmethod
    def from_major(cls, text: str, currency: str) -> Money:
        """Return the money that plain ASCII ``text`` such as ``12.50`` says.

        Raises:
            ValueError: not a plain decimal, or more decimals than the currency has.
        """
        exponent = get_currency(currency).exponent
        written = _AMOUNT.fullmatch(text)
        if written is None:
            raise ValueError(f"{text[:40]!r} is not an amount such as 12.50")
        sign, whole, fraction = written["sign"], written["whole"], written["fraction"] or ""
        if len(fraction) > exponent:
            raise ValueError(f"{currency} has {exponent} decimals, so {text[:40]} cannot be paid exactly")
        if len(whole) > _MOST_DIGITS:
            raise ValueError(f"{text[:40]} is beyond {LARGEST_AMOUNT_MINOR} minor units")
        return cls(int(sign + whole + fraction.ljust(exponent, "0")), currency)

    def to_major(self) -> Decimal:
        """Return the amount in major units, exactly."""
        return Decimal(self.amount_minor).scaleb(-get_currency(self.currency).exponent)

    def times(self, quantity: Decimal | int) -> Money:
        """Return ``quantity`` times this money, rounded half to even to the minor unit."""
        with localcontext(_EXACT):
            exact = Decimal(self.amount_minor) * Decimal(quantity)
            rounded = int(exact.to_integral_value(rounding=ROUND_HALF_EVEN))
        return Money(rounded, self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Return one share per weight, by largest remainder; the shares always sum back to the whole.

        Raises:
            ValueError: no weights, a negative weight, or weights that are all zero.
        """
        total = sum(weights)
        if not weights or min(weights) < 0 or total == 0:
            raise ValueError("weights must be non-negative and not all zero")
        sign = -1 if self.amount_minor < 0 else 1
        whole = abs(self.amount_minor)
        shares = [whole * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
        for index in by_remainder[: whole - sum(shares)]:
            shares[index] += 1
        return [Money(sign * share, self.currency) for share in shares]

    def format(self, locale: str = "en") -> str:
        """Return the amount for a reader of ``locale``, with its currency and a true minus sign.

        All decimals of the currency are shown (three for KWD, none for JPY), and a currency written in letters stands
        apart from its figure. Source: CLDR, currency spacing.
        """
        reader = Locale.parse(locale.replace("-", "_"))
        # CLDR would show, and round to, fewer decimals for a dozen currencies. The library keeps patterns: copy, not change.
        pattern = copy(parse_pattern(reader.currency_formats["standard"]))
        exponent = get_currency(self.currency).exponent
        pattern.frac_prec = (exponent, exponent)
        text = pattern.apply(self.to_major(), reader, currency=self.currency, currency_digits=False)
        return _LETTER_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", text).replace("-", "\N{MINUS SIGN}")

    def __str__(self) -> str:
        return f"{self.to_major()} {self.currency}"


def hours_of(seconds: int) -> Decimal:
    """Return whole ``seconds`` as hours, exact to 1/3600 in 12 decimals: the quantity of an hourly earning."""
    return (Decimal(seconds) / Decimal(3600)).quantize(Decimal("0.000000000001"))
