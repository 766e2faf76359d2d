"""Where money can go: the table holds together, follows its dates, and speaks to people."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from common.codes import check_country
from common.currencies import get_currency
from common.money import Money
from payouts.rails import capabilities
from payouts.rails.capabilities import describe_routes, find_route, iter_table, list_capabilities, list_countries
from tests.payouts.people import NOW

ROWS = list(iter_table())
TODAY = NOW.date()


def test_the_table_names_more_than_70_countries_and_says_from_where_it_knows_each_row() -> None:
    assert len({row.country for row in ROWS}) >= 70
    assert all(row.source.startswith("https://docs.stripe.com/") for row in ROWS)
    assert {row.evidence for row in ROWS} == {"READ", "COUNTRY", "UNREAD"}


def test_every_row_names_a_country_currencies_and_amounts_that_exist() -> None:
    for row in ROWS:
        check_country(row.country)
        assert row.multiple == get_currency(row.currency).payout_multiple, row
        assert get_currency(row.bank_currency)
        assert row.minimum.amount_minor >= 1
        assert row.minimum.amount_minor % row.multiple == 0, row
        assert row.effective_to is None or row.effective_from < row.effective_to


def test_no_two_rows_answer_the_same_question_on_one_day() -> None:
    kept: dict[Any, list[tuple[date, date]]] = defaultdict(list)
    for row in ROWS:
        kept[row.country, row.currency, row.rail].append((row.effective_from, row.effective_to or date.max))

    for spans in kept.values():
        spans.sort()
        assert all(ended <= began for (_, ended), (began, _) in pairwise(spans))


def test_connect_reaches_34_countries_under_the_full_agreement() -> None:
    rows = [row for row in ROWS if row.rail == "connect"]

    assert len({row.country for row in rows}) == 34
    assert {row.agreement for row in rows} == {"FULL"}
    assert {"US", "GB", "CA", "CH", "DE", "NO"} <= {row.country for row in rows}


def test_the_global_rail_takes_what_connect_does_not_reach() -> None:
    connect = {row.country for row in ROWS if row.rail == "connect"}
    others = {row.country for row in ROWS if row.rail == "global"}

    assert {"BO", "KE", "NG", "IN", "JP", "BH"} <= others
    assert not connect & others


def test_nothing_is_available_on_the_global_rail_that_was_not_read() -> None:
    assert not [row for row in ROWS if row.rail == "global" and row.is_available and row.evidence == "UNREAD"]


def test_a_row_holds_from_its_first_day_on() -> None:
    assert find_route("DE", "EUR", on=date(2025, 12, 31)).is_available is False
    assert find_route("DE", "EUR", on=date(2026, 1, 1)).is_available is True


def test_a_row_that_ended_answers_for_the_days_before_only(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = capabilities._lines()
    last = next(line for line in lines if line.startswith("DE,EUR,"))
    ended = last.replace("2026-01-01,", "2026-01-01,2026-06-01")
    successor = last.replace("2026-01-01,", "2026-06-01,").replace("AVAILABLE,1,", "AVAILABLE,500,")
    monkeypatch.setattr(capabilities, "_lines", lambda: [lines[0], ended, successor])
    capabilities._table.cache_clear()

    try:
        assert find_route("DE", "EUR", on=date(2026, 5, 31)).minimum == Money(1, "EUR")
        assert find_route("DE", "EUR", on=date(2026, 6, 1)).minimum == Money(500, "EUR")
    finally:
        capabilities._table.cache_clear()


def test_a_route_says_how_one_is_paid_and_what_is_missing() -> None:
    assert find_route("DE", "EUR", on=TODAY).words == (
        "You can be paid in Germany by Stripe Connect, to your bank account, in EUR."
    )
    assert find_route("DE", "PLN", on=TODAY).words == (
        "A bank in Germany cannot be paid in PLN yet; it can be in CHF, DKK, EUR, GBP, NOK, SEK, USD."
    )
    assert find_route("KP", "USD", on=TODAY).words == "People with a bank in North Korea cannot be paid yet."


def test_a_country_is_described_for_the_moment_of_sign_up() -> None:
    assert describe_routes("US", on=TODAY) == (
        "You can be paid in the United States by Stripe Connect, to your bank account, in USD."
    )
    assert describe_routes("CA", on=TODAY).endswith("in CAD or USD.")
    assert describe_routes("KP", on=TODAY) == "People with a bank in North Korea cannot be paid yet."


def test_odd_currencies_keep_their_smallest_payable_unit() -> None:
    least = {row.currency: row.minimum.amount_minor for row in ROWS if row.currency == row.bank_currency}

    assert (least["JPY"], least["BHD"], least["HUF"], least["XOF"]) == (1, 1000, 100, 1)


def test_lists_answer_for_a_day() -> None:
    assert list_capabilities(country="DE", on=date(2020, 1, 1)) == []
    assert list_countries(on=date(2020, 1, 1)) == []
