"""Money keeps every minor unit, whatever is done with it."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.currencies import get_currency, list_currency_codes
from common.money import LARGEST_AMOUNT_MINOR, CurrencyMismatch, Money, hours_of

AMOUNTS = st.integers(-LARGEST_AMOUNT_MINOR, LARGEST_AMOUNT_MINOR)
CURRENCIES = st.sampled_from(list_currency_codes())
MONIES = st.builds(Money, AMOUNTS, CURRENCIES)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any)


@given(MONIES, WEIGHTS)
def test_shares_sum_to_the_whole_and_are_fair_to_a_minor_unit(money: Money, weights: list[int]) -> None:
    shares = money.split(weights)

    exact = [Fraction(money.amount_minor * weight, sum(weights)) for weight in weights]
    assert sum(share.amount_minor for share in shares) == money.amount_minor
    assert all(abs(share.amount_minor - fair) < 1 for share, fair in zip(shares, exact, strict=True))


@given(MONIES, st.integers(1, 30))
def test_equal_weights_give_shares_that_differ_by_at_most_one(money: Money, count: int) -> None:
    amounts = [share.amount_minor for share in money.split([1] * count)]

    assert max(amounts) - min(amounts) <= 1


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1]])
def test_weights_that_divide_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100, "EUR").split(weights)


@given(st.integers(0, 10**9), st.decimals(0, 10_000, places=12))
@example(10**9, Decimal("0.000000000500"))
@example(9_999_999_999, Decimal("999.999999999999"))
def test_a_product_is_rounded_once_and_half_to_even(amount: int, quantity: Decimal) -> None:
    exact = Fraction(amount) * Fraction(quantity)

    assert Money(amount, "EUR").times(quantity).amount_minor == round(exact)


def test_a_product_with_many_digits_is_not_rounded_twice() -> None:
    # Exactly 0.4999999999999999999999999999995: 28 digits would make it one half, and a cent of it.
    assert Money(1, "EUR").times(Decimal("1.4999999999999999999999999999995")).amount_minor == 1


@given(MONIES)
def test_major_units_and_back_is_the_same_money(money: Money) -> None:
    assert Money.from_major(str(money.to_major()), money.currency) == money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("0", "EUR", 0),
        ("-0", "EUR", 0),
        ("-1.25", "EUR", -125),
        ("10", "JPY", 10),
        ("1.234", "KWD", 1234),
        ("007", "EUR", 700),
    ],
)
def test_a_plain_amount_is_read(text: str, currency: str, minor: int) -> None:
    assert Money.from_major(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " 12 ",
        "1,000",
        "1.000,00",
        "$5",
        "5 USD",
        "1e3",
        "+5",
        "--5",
        "5-",
        ".5",
        "5.",
        "1.2.3",
        "٣٥",
        "NaN",
        "Infinity",
        "0.001",
        "1.005",
        "1.000",
        "1.0000000000000000000000000000000001",
        "9" * 5000,
        "12\n",
        "\x00",
    ],
)
def test_any_other_writing_of_an_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimals|beyond"):
        Money.from_major(text, "EUR")


@pytest.mark.parametrize(("text", "currency"), [("10.5", "JPY"), ("1.2345", "KWD"), ("1.111", "UGX")])
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimals"):
        Money.from_major(text, currency)


@pytest.mark.parametrize("currency", ["ZZZ", "usd", "XAU", "HRK", "XXX", "", "EURO", "€"])
def test_a_code_that_is_no_currency_in_use_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="not a currency in use"):
        Money(100, currency)


@pytest.mark.parametrize("amount", [1.0, "1", True, None, Decimal(1), 10**13 + 1, -(10**13) - 1])
def test_an_amount_is_an_integer_within_reach(amount: Any) -> None:
    with pytest.raises(ValueError, match="minor units"):
        Money(amount, "EUR")


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__"])
def test_two_currencies_never_mix(operation: str) -> None:
    with pytest.raises(CurrencyMismatch):
        getattr(Money(1, "EUR"), operation)(Money(1, "USD"))


@given(AMOUNTS, AMOUNTS)
def test_order_and_arithmetic_are_those_of_integers(one: int, other: int) -> None:
    a, b = Money(one, "EUR"), Money(other, "EUR")

    assert ((a < b), (a <= b), (a > b), (a == b)) == (one < other, one <= other, one > other, one == other)
    if abs(one + other) <= LARGEST_AMOUNT_MINOR:
        assert (a + b).amount_minor == one + other
        assert a + b - b == a


@given(st.integers(0, 10**9))
def test_hours_lose_less_than_a_minor_unit_of_any_hourly_rate(seconds: int) -> None:
    rate = Money(10**6, "EUR")

    paid = rate.times(hours_of(seconds)).amount_minor

    exact = Decimal(rate.amount_minor) * seconds / 3600
    assert abs(paid - exact) <= Decimal("0.51")
    assert hours_of(seconds) == (Decimal(seconds) / 3600).quantize(Decimal("1E-12"), rounding=ROUND_HALF_EVEN)


@pytest.mark.parametrize(
    ("code", "exponent", "multiple"),
    [
        *((code, 2, 1) for code in ("EUR", "RSD", "ALL", "LAK", "AFN", "IDR")),
        *((code, 0, 1) for code in ("JPY", "KRW", "XAF", "MGA")),
        *((code, 3, 10) for code in ("BHD", "JOD", "KWD", "OMR", "TND")),
        *((code, 2, 100) for code in ("HUF", "ISK", "TWD", "UGX")),
    ],
)
def test_a_currency_knows_its_decimals_and_what_a_payout_is_a_multiple_of(
    code: str, exponent: int, multiple: int
) -> None:
    currency = get_currency(code)

    assert (currency.exponent, currency.payout_multiple) == (exponent, multiple)
