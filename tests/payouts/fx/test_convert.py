"""The arithmetic of converting, over every currency: to half a unit, in whole multiples, and nothing lost."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from uuid import uuid4

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from common.currencies import get_currency, list_currency_codes
from common.money import LARGEST_AMOUNT_MINOR, Money
from payouts.cycles.conversions import PayIn, conversion_entry, make_conversion
from payouts.cycles.models import CycleLine
from payouts.cycles.rules import Split
from payouts.fx.models import ExchangeRate
from payouts.fx.queries import Price
from payouts.fx.rules import convert, price_of
from payouts.ledger.rules import fx_clearing, fx_rounding, parse_account, payable
from tests.payouts.people import NOW

CODES = st.sampled_from(list_currency_codes())
AMOUNTS = st.integers(0, 10**9)
RATES = st.decimals(min_value="0.000001", max_value="100000", places=6).filter(bool)


def factor_of(given: str, wanted: str, price: Fraction) -> Fraction:
    """Return the minor units of one currency that a minor unit of another is worth."""
    return price * Fraction(10) ** get_currency(wanted).exponent / Fraction(10) ** get_currency(given).exponent


@given(AMOUNTS, CODES, CODES, RATES, RATES)
@example(12345, "EUR", "HUF", Decimal("1"), Decimal("401.2"))
@example(1, "EUR", "UGX", Decimal("1"), Decimal("4012.7"))
@example(999, "EUR", "KWD", Decimal("1"), Decimal("0.3291"))
@example(10**9, "VND", "BHD", Decimal("28412.5"), Decimal("0.408"))
def test_what_is_converted_is_worth_its_rate_to_half_a_unit_and_the_rest_stays(
    minor: int, given_code: str, wanted: str, from_rate: Decimal, to_rate: Decimal
) -> None:
    price = price_of(from_rate, to_rate)
    factor = factor_of(given_code, wanted, price)

    done = convert(Money(minor, given_code), wanted, price)

    rest = minor - done.from_minor
    assert 0 <= rest <= minor
    assert done.exact == done.from_minor * factor
    assert abs(done.exact - done.to_minor) <= Fraction(1, 2)
    assert done.paid_minor % get_currency(wanted).payout_multiple == 0
    assert done.paid_minor + done.rounding_minor == done.to_minor
    # What is paid costs its price to half a minor unit of what is given, or, where any amount can be paid, all of it.
    if done.rounding_minor or rest:
        assert abs(done.from_minor - done.paid_minor / factor) <= Fraction(1, 2)
    # The rest was not worth one payable multiple more.
    assert rest * factor < get_currency(wanted).payout_multiple + factor + 1
    assert (done.from_minor == 0) <= (done.paid_minor == 0)


@pytest.mark.parametrize("wanted", ["USD", "JPY", "IDR"])
def test_where_any_amount_can_be_paid_all_is_converted_and_nothing_is_rounded_away_in_the_books(wanted: str) -> None:
    done = convert(Money(12345, "EUR"), wanted, Fraction(16247, 100))

    assert (done.from_minor, done.rounding_minor, done.paid_minor) == (12345, 0, done.to_minor)


@pytest.mark.parametrize(
    ("money", "wanted", "price", "expected"),
    [
        # 123.45 EUR are 49,528.14 HUF: 49,528 are paid, they cost 123.45 EUR, and 0.14 HUF are rounding.
        (Money(12345, "EUR"), "HUF", "401.2", (12345, 4952814, 4952800)),
        # 0.07 EUR are 28.08 HUF: 28 are paid; the cent is worth four of them, so all seven are needed.
        (Money(7, "EUR"), "HUF", "401.2", (7, 2808, 2800)),
        # 1,000,007 VND are 12.3076 KWD, 12,308 fils: 12,300 are paid for 999,391 dong, the other 616 stay.
        (Money(1_000_007, "VND"), "KWD", "0.0000123075", (999391, 12300, 12300)),
        # Half a cent goes to the even one.
        (Money(1, "EUR"), "USD", "2.5", (1, 2, 2)),
        (Money(1, "EUR"), "USD", "3.5", (1, 4, 4)),
        # Less than the least that can be paid: all of it stays.
        (Money(10, "JPY"), "ISK", "0.05", (0, 0, 0)),
    ],
)
def test_examples_that_can_be_followed_by_hand(
    money: Money, wanted: str, price: str, expected: tuple[int, int, int]
) -> None:
    done = convert(money, wanted, Fraction(price))

    assert (done.from_minor, done.to_minor, done.paid_minor) == expected


@given(st.integers(1, 10**9), CODES, CODES, RATES)
def test_the_entry_of_a_conversion_is_of_one_currency_a_line_and_moves_what_the_rate_says(
    minor: int, given_code: str, wanted: str, rate: Decimal
) -> None:
    assume(given_code != wanted)
    price = Price(given_code, wanted, None, said := ExchangeRate(base=given_code, quote=wanted, rate=rate), said)
    split, converted = PayIn(wanted, price).convert(Split(0, 0, 0, minor, 0), given_code)
    assert converted is not None
    assume(converted.paid_minor and converted.to_minor <= LARGEST_AMOUNT_MINOR)
    line = CycleLine(id=uuid4(), worker_id=uuid4(), currency=given_code, amount_minor=split.amount_minor)

    entry = conversion_entry(line, make_conversion(line, PayIn(wanted, price), converted), NOW)

    moved = Counter[str]()
    for one in entry.lines:
        assert parse_account(one.debit).currency == parse_account(one.credit).currency == one.money.currency
        moved.update({one.debit: one.money.amount_minor})
        moved.subtract({one.credit: one.money.amount_minor})
    assert sum(moved.values()) == 0
    assert split.amount_minor + split.carried_minor == minor
    assert moved[payable(line.worker_id, given_code)] == -moved[fx_clearing(given_code)] == split.amount_minor
    assert -moved[payable(line.worker_id, wanted)] == converted.paid_minor
    assert (
        moved[fx_clearing(wanted)]
        == converted.to_minor
        == round(split.amount_minor * factor_of(given_code, wanted, Fraction(rate)))
    )
    assert -moved[fx_rounding(wanted)] == converted.rounding_minor
