"""What was earned and is not at the bank yet, and what the reconciliation page says beside its figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from payouts.console.unpaid import list_unpaid
from payouts.facade import post_earnings, reverse_earning
from tests.payouts.people import NOW, make_earning


def _ages(now: Any) -> list[tuple[str, int, int]]:
    return [(row.age, row.people, row.amount.amount_minor) for row in list_unpaid(now)]


def test_what_was_earned_ages_from_its_approval_on(ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.pk, bola.pk, "entry:old")], now=NOW - timedelta(days=40))
    post_earnings([make_earning(ada.pk, bola.pk, "entry:new"), make_earning(bola.pk, ada.pk, "entry:other")], now=NOW)

    assert _ages(NOW) == [("0 to 7 days", 2, 10_000), ("31 to 60 days", 1, 5_000)]
    assert _ages(NOW + timedelta(days=8)) == [("8 to 30 days", 2, 10_000), ("31 to 60 days", 1, 5_000)]


def test_the_seventh_day_is_the_last_of_the_first_age(ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.pk, bola.pk, "entry:new")], now=NOW)

    assert _ages(NOW + timedelta(days=8) - timedelta(microseconds=1)) == [("0 to 7 days", 1, 5_000)]


def test_what_was_taken_back_is_owed_to_nobody(ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.pk, bola.pk, "entry:new")], now=NOW)
    reverse_earning(source_key="entry:new", reason_code="DOUBLE", reason_text="Entered twice.", by=bola.pk, now=NOW)

    assert _ages(NOW) == []
