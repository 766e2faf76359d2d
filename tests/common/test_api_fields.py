"""What the fields of the API take, and what they refuse."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from rest_framework import serializers

from common.api import DayField, InstantField, MoneyField, StrictIntegerField, TextField
from common.money import Money


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-29T09:00:00",
        "2026-03-29",
        "2026-02-30T09:00:00Z",
        "2026-03-29T25:00:00Z",
        "2026-03-29T24:00:01Z",
        "2026-03-29T09:00:60Z",
        "2026-03-29T09:00:00+25:00",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "now",
        "",
        1774774800,
        None,
        True,
        [],
        "2026-03-29T09:00:00 Europe/Berlin",
        "٢٠٢٦-٠٣-٢٩T٠٩:٠٠:٠٠Z",
        "2026-03-29T09:00:00Z\n",
    ],
)
def test_a_time_that_is_no_instant_is_refused(value: Any) -> None:
    with pytest.raises(serializers.ValidationError):
        InstantField().run_validation(value)


@pytest.mark.parametrize(
    "value",
    ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "2026-02-30", "20260329", "2026-3-29", 20260329, None],
)
def test_a_day_that_is_none_or_at_the_end_of_the_calendar_is_refused(value: Any) -> None:
    with pytest.raises(serializers.ValidationError):
        DayField().run_validation(value)


@pytest.mark.parametrize(
    ("value", "hour"), [("2026-03-29T09:00:00Z", 9), ("2026-03-29T09:00:00+05:45", 3), ("2026-03-29T09:00-04:00", 13)]
)
def test_an_instant_keeps_its_meaning(value: str, hour: int) -> None:
    assert InstantField().run_validation(value).astimezone(UTC).hour == hour


@pytest.mark.parametrize(
    "value",
    [12, "12 EUR", None, [], {}, {"amount_minor": 5}, {"amount_minor": 5, "currency": "EUR", "x": 1}]
    + [
        {"amount_minor": amount, "currency": "EUR"}
        for amount in (0, -1, 1.5, "5", True, None, 2**63, 10**18, float("nan"))
    ]
    + [{"amount_minor": 5, "currency": currency} for currency in ("eur", "ZZZ", "XAU", "", None, 978, ["EUR"])],
)
def test_what_is_no_positive_money_is_refused(value: Any) -> None:
    with pytest.raises(serializers.ValidationError):
        MoneyField().run_validation(value)


def test_money_goes_out_as_it_came_in() -> None:
    field, written = MoneyField(), {"amount_minor": 1250, "currency": "EUR"}

    assert field.run_validation(written) == Money(1250, "EUR")
    assert field.to_representation(Money(1250, "EUR")) == written


@pytest.mark.parametrize("value", [1.0, "1", True, None, [], "٧", 1e3])
def test_a_whole_number_is_one_in_json(value: Any) -> None:
    with pytest.raises(serializers.ValidationError):
        StrictIntegerField().run_validation(value)


@pytest.mark.parametrize("value", [1, None, [], {}, "a\x00", "\u202e", "\ud800", "x" * 101])
def test_a_text_is_text(value: Any) -> None:
    with pytest.raises(serializers.ValidationError):
        TextField(max_length=100).run_validation(value)
