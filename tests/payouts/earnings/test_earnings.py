"""What is owed for work: once a source, in exact amounts, all or none, and taken back only with a reason."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from common.models import AuditEvent
from common.money import Money, hours_of
from payouts.earnings.models import Earning, EarningReversal
from payouts.earnings.values import amount_of
from payouts.facade import (
    EarningAlreadyPosted,
    EarningAlreadyReversed,
    InvalidEarning,
    UnknownEarning,
    post_earning,
    post_earnings,
    reverse_earning,
)
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import payable
from tests.payouts.people import NOW, make_earning, make_person


def test_an_earning_owes_quantity_by_rate(ada: Any, bola: Any) -> None:
    facts = make_earning(ada.id, bola.id, "time_entry:1", quantity=hours_of(5000), rate_minor=2999)

    view = post_earning(**asdict(facts), now=NOW)

    assert view.amount == Money(4165, "EUR")  # 5000 s of 29.99 an hour is 41.6527...
    row = Earning.objects.get(source_key="time_entry:1")
    assert (row.entry_id, row.entry.kind, row.entry.created_by_id) == (view.entry_id, "EARNING", bola.id)
    assert get_balance(payable(ada.id, "EUR")) == Money(4165, "EUR")


def test_many_earnings_of_several_approvers_are_posted_together(ada: Any, bola: Any) -> None:
    chen = make_person("Chen")
    facts = [
        make_earning(ada.id, bola.id, "task:1"),
        make_earning(chen.id, ada.id, "task:2", currency="JPY", rate_minor=900),
        make_earning(ada.id, bola.id, "task:3", unit="BONUS", quantity=Decimal(1), rate_minor=100),
    ]

    views = post_earnings(facts, now=NOW)

    assert [view.source_key for view in views] == ["task:1", "task:2", "task:3"]
    assert [str(view.amount) for view in views] == ["50.00 EUR", "1800 JPY", "1.00 EUR"]
    assert get_balance(payable(ada.id, "EUR")) == Money(5100, "EUR")
    for view in views:
        assert view.entry_id == Earning.objects.get(id=view.id).entry_id


def test_a_source_is_earned_once(ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=NOW)

    with pytest.raises(EarningAlreadyPosted):
        post_earnings([make_earning(ada.id, bola.id, "task:2"), make_earning(ada.id, bola.id, "task:1")], now=NOW)

    assert (Earning.objects.count(), JournalEntry.objects.count()) == (1, 1)


def test_a_source_twice_in_one_call_is_refused(ada: Any, bola: Any) -> None:
    with pytest.raises(EarningAlreadyPosted):
        post_earnings([make_earning(ada.id, bola.id, "task:1")] * 2, now=NOW)

    assert (Earning.objects.count(), JournalEntry.objects.count()) == (0, 0)


def test_seconds_that_round_to_nothing_are_kept_without_an_entry_and_earned_once(ada: Any, bola: Any) -> None:
    tiny = make_earning(ada.id, bola.id, "time_entry:1", quantity=hours_of(1), rate_minor=1000)

    view = post_earning(**asdict(tiny), now=NOW)

    assert (view.amount, view.entry_id) == (Money(0, "EUR"), None)
    with pytest.raises(EarningAlreadyPosted):
        post_earning(**asdict(tiny), now=NOW)
    assert (Earning.objects.count(), JournalEntry.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", Decimal(0)),
        ("quantity", Decimal(-1)),
        ("quantity", Decimal("NaN")),
        ("quantity", Decimal("Infinity")),
        ("rate_minor", 0),
        ("rate_minor", -5),
        ("unit", "FORTNIGHT"),
        ("source_key", ""),
        ("source_key", "a\nb"),
        ("source_key", "x" * 151),
        ("description", ""),
        ("description", "x" * 301),
        ("tenant", "x" * 61),
        ("worked_to", NOW - timedelta(days=9)),
        ("worked_to", NOW.replace(tzinfo=None)),
    ],
)
def test_a_figure_that_cannot_be_is_refused_by_name(ada: Any, bola: Any, field: str, value: Any) -> None:
    right, wrong = (make_earning(ada.id, bola.id, f"task:{n}") for n in (1, 2))

    with pytest.raises(InvalidEarning) as caught:
        post_earnings([right, replace(wrong, **{field: value})], now=NOW)

    assert [problem.pointer for problem in caught.value.problems] == [f"/earnings/1/{field}"]
    assert (Earning.objects.count(), JournalEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize("changes", [{"currency": "ZZZ"}, {"currency": "eur"}, {"quantity": Decimal(10**12)}])
def test_an_amount_that_no_currency_or_row_can_hold_is_refused(ada: Any, bola: Any, changes: Any) -> None:
    with pytest.raises(InvalidEarning):
        post_earnings([make_earning(ada.id, bola.id, "task:1", **changes)], now=NOW)

    assert Earning.objects.count() == 0


def test_nobody_approves_their_own_work(ada: Any) -> None:
    with pytest.raises(InvalidEarning):
        post_earnings([make_earning(ada.id, ada.id, "task:1")], now=NOW)

    assert Earning.objects.count() == 0


def test_a_failed_approval_leaves_no_earning(ada: Any, bola: Any) -> None:
    with pytest.raises(RuntimeError):
        approve_and_fail(ada, bola)

    assert (Earning.objects.count(), JournalEntry.objects.count()) == (0, 0)
    assert get_balance(payable(ada.id, "EUR")) == Money(0, "EUR")


def approve_and_fail(worker: Any, approver: Any) -> None:
    with transaction.atomic():
        post_earnings([make_earning(worker.id, approver.id, "task:1")], now=NOW)
        raise RuntimeError("the review could not be written")


def test_a_reversed_earning_is_owed_no_more_and_says_why(ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, f"task:{n}") for n in (1, 2)], now=NOW)

    reverse_earning(source_key="task:1", reason_code="DUPLICATE", reason_text="Counted twice.", by=bola.id, now=NOW)

    assert get_balance(payable(ada.id, "EUR")) == Money(5000, "EUR")
    reversal = EarningReversal.objects.get()
    assert (reversal.earning.source_key, reversal.reason_code, reversal.reversed_by_id) == (
        "task:1",
        "DUPLICATE",
        bola.id,
    )
    assert reversal.entry is not None
    assert reversal.entry.reverses_id == reversal.earning.entry_id
    assert AuditEvent.objects.get(action="earning.reversed").reason_text == "Counted twice."


def test_an_earning_is_reversed_once_and_never_without_a_reason(ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=NOW)
    reason = {"reason_code": "DUPLICATE", "reason_text": "Counted twice.", "by": bola.id, "now": NOW}

    with pytest.raises(InvalidEarning):
        reverse_earning(source_key="task:1", **(reason | {"reason_text": " "}))
    with pytest.raises(UnknownEarning):
        reverse_earning(source_key="task:9", **reason)
    reverse_earning(source_key="task:1", **reason)
    with pytest.raises(EarningAlreadyReversed):
        reverse_earning(source_key="task:1", **reason)

    assert EarningReversal.objects.count() == 1
    assert JournalEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("amount_minor = amount_minor + 1", "earning_amount_is_quantity_by_rate"),
        ("rate_minor = -rate_minor, amount_minor = -amount_minor", "earning_figures_positive"),
        ("entry_id = NULL", "earning_has_entry"),
        ("approved_by_id = worker_id", "earning_not_self_approved"),
        ("worked_to = worked_from - interval '1 second'", "earning_work_ends_after_start"),
    ],
)
def test_the_database_refuses_an_earning_that_does_not_hold_together(
    ada: Any, bola: Any, change: str, constraint: str
) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=NOW)

    with pytest.raises(IntegrityError) as caught:
        change_with_triggers_off(change)

    assert caught.value.__cause__.diag.constraint_name == constraint


def change_with_triggers_off(change: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payouts_earning DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE payouts_earning SET {change}")


@given(seconds=st.integers(1, 10**6), rate_minor=st.integers(1, 10**6), currency=st.sampled_from(["EUR", "JPY", "BHD"]))
def test_an_hourly_amount_is_within_half_a_minor_unit_of_the_exact_one(
    seconds: int, rate_minor: int, currency: str
) -> None:
    facts = make_earning(
        UUID(int=1), UUID(int=2), "t", quantity=hours_of(seconds), rate_minor=rate_minor, currency=currency
    )

    amount = amount_of(0, facts)

    assert abs(Decimal(amount.amount_minor) - Decimal(seconds * rate_minor) / 3600) <= Decimal("0.500001")
