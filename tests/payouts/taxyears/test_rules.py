"""Which form a payment belongs on, decided without any books."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from payouts.taxyears.rules import (
    Payment,
    Recipient,
    changes,
    in_usd,
    number_returns,
    place,
    report,
    threshold,
)

ADA = Recipient("a", "Ada Obi", "DE", "acct_1")


def with_form(form: str, **facts: Any) -> Recipient:
    return Recipient("a", "Ada Obi", "DE", "acct_1", form=form, tax_country="US" if form == "W9" else "DE", **facts)


@pytest.mark.parametrize(
    ("code", "who", "placed"),
    [
        ("NO_TIN", with_form("W9"), ("1099-NEC", "")),
        ("NO_VALID_FORM", ADA, ("1099-NEC", "")),
        ("", with_form("W9"), ("1099-NEC", "")),
        ("", Recipient("a", "Ada", "US", ""), ("1099-NEC", "")),
        ("US_SOURCE", with_form("W8BEN"), ("1042-S", "")),
        ("US_SOURCE_TREATY", with_form("W8BENE"), ("1042-S", "")),
        ("", with_form("W8BEN", works_in_us=True, treaty_bps=0), ("1042-S", "")),
        ("", with_form("W8BEN", works_in_us=True), ("", "LOOK")),
        ("", with_form("W8BEN"), ("", "FOREIGN_SOURCE")),
        ("", ADA, ("", "PRESUMED_FOREIGN")),
    ],
)
def test_a_payment_is_on_the_form_of_its_reason_and_its_recipient(
    code: str, who: Recipient, placed: tuple[str, str]
) -> None:
    assert place(code, who) == placed


def test_the_threshold_is_raised_for_payments_of_2026_and_unknown_after() -> None:
    assert [threshold(year) for year in (2025, 2026, 2027)] == [Decimal(600), Decimal(2000), None]


def test_the_threshold_counts_what_was_paid_over_the_year_and_withheld_tax_counts_below_it() -> None:
    people = {key: Recipient(key, key.upper(), "US", "", form="W9") for key in "abcd"}
    paid = [("a", "1000", "0"), ("a", "1000", "0"), ("b", "1999.99", "0"), ("c", "10", "2.40"), ("d", "2000.01", "0")]

    found = report(
        [Payment(who, "NO_TIN" if tax != "0" else "", 0, Decimal(gross), Decimal(tax)) for who, gross, tax in paid],
        people,
        Decimal(2000),
    )

    assert [(row["worker"], row["gross"], row["withheld"]) for row in found["returns"]] == [
        ("a", "2000", "0"),
        ("c", "10", "2.40"),
        ("d", "2000.01", "0"),
    ]
    assert [(row["worker"], row["reason_code"]) for row in found["not_reported"]] == [("b", "BELOW_THRESHOLD")]
    assert all(row["reason"] for row in found["not_reported"])


def test_each_rate_of_a_foreign_recipient_is_a_return_of_its_own() -> None:
    who = with_form("W8BENE", works_in_us=True, treaty_country="DE", treaty_bps=0)
    paid = [("US_SOURCE", 3000, "100"), ("US_SOURCE_TREATY", 1000, "50"), ("", 0, "7")]

    found = report(
        [Payment("a", code, bps, Decimal(gross), Decimal(gross) * bps / 10000) for code, bps, gross in paid],
        {"a": who},
        Decimal(2000),
    )

    assert [(row["form"], row["rate_bps"], row["exemption_code"], row["gross"]) for row in found["returns"]] == [
        ("1042-S", 0, "04", "7"),
        ("1042-S", 1000, "00", "50"),
        ("1042-S", 3000, "00", "100"),
    ]


def test_an_identifier_stays_with_its_return_and_amendments_count() -> None:
    first = number_returns(
        [{"form": "1042-S", "worker": w, "name": w, "rate_bps": 3000, "gross": "1", "withheld": "0"} for w in "ab"], []
    )
    later = [{**first[1], "gross": "2"}, {**first[1], "worker": "c"}]
    bare = [{name: value for name, value in row.items() if name not in ("unique_id", "amendment")} for row in later]

    second = number_returns(bare, first)

    assert [(row["worker"], row["unique_id"], row["amendment"]) for row in first + second] == [
        ("a", "0000000001", 0),
        ("b", "0000000002", 0),
        ("b", "0000000002", 1),
        ("c", "0000000003", 0),
    ]
    told = [
        (row["worker"], row["was"] and row["was"]["gross"], row["is"] and row["is"]["gross"])
        for row in changes(second, first)
    ]
    assert told == [("a", "1", None), ("b", "1", "2"), ("c", None, "1")]
    assert changes(first, first) == []


def test_another_currency_is_turned_to_the_cent_half_to_even() -> None:
    assert in_usd(Decimal("100.00"), Fraction(10825, 10000)) == Decimal("108.25")
    assert [in_usd(Decimal(1), Fraction(number, 1000)) for number in (1005, 1015)] == [Decimal("1.00"), Decimal("1.02")]
