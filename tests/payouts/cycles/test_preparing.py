"""Gathering what is owed into lines: everything once, nothing twice, and a reason for whoever waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from common.errors import InvalidInput, NotPermitted, StaleVersion
from common.states import IllegalTransition
from payouts.cycles.commands import approve, calculate, cancel, draft_cycle, send_back, submit
from payouts.cycles.differences import difference_to_last
from payouts.cycles.errors import CycleChanged, CycleOverlaps, InvalidPeriod, NothingToPay
from payouts.cycles.models import CycleLineEarning, PayCycle
from payouts.cycles.queries import totals_of
from payouts.earnings.errors import EarningInCycle
from payouts.earnings.models import EarningReversal
from payouts.facade import post_earnings, reverse_earning
from tests.payouts.people import NOW, make_earning, make_person

WEEK = timedelta(days=7)
END = datetime(2026, 11, 9, tzinfo=UTC)
POSTED = END - timedelta(days=2)


pytestmark = pytest.mark.usefixtures("waiting")


def draft(by: Any, currency: str = "EUR", end: datetime = END) -> PayCycle:
    start = END if end > END else end - WEEK
    return draft_cycle(starts_at=start, ends_at=end, currency=currency, by=by, now=NOW)


def calculated(by: Any, currency: str = "EUR", end: datetime = END) -> PayCycle:
    return calculate(cycle_id=draft(by, currency, end).id, by=by, now=NOW)


def figures(cycle: PayCycle) -> dict[str, tuple[str, int, int]]:
    rows = cycle.lines.values_list("worker__full_name", "state", "amount_minor", "earnings_count")
    return {name: (state, amount, count) for name, state, amount, count in rows}


def test_each_expert_gets_one_line_over_all_their_open_earnings(amina: Any, ada: Any, bola: Any, chen: Any) -> None:
    post_earnings(
        [
            make_earning(ada.id, bola.id, "task:1"),
            make_earning(ada.id, bola.id, "task:2", quantity=Decimal("0.5")),
            make_earning(chen.id, bola.id, "task:3", rate_minor=1999),
            make_earning(chen.id, bola.id, "task:4", currency="USD"),
        ],
        now=POSTED,
    )

    cycle = calculated(amina)

    assert figures(cycle) == {"Ada": ("INCLUDED", 6250, 2), "Chen": ("INCLUDED", 3998, 1)}
    totals = totals_of(cycle)
    assert (totals.payouts, totals.earnings, totals.total.amount_minor, totals.exceptions) == (2, 3, 10248, 0)
    assert len(cycle.lines_hash) == 64


def test_what_was_approved_after_the_period_or_taken_back_is_left_out(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, f"task:{n}") for n in (1, 2)], now=POSTED)
    post_earnings([make_earning(ada.id, bola.id, "task:late")], now=END)
    reverse_earning(source_key="task:2", reason_code="ERROR", reason_text="Counted twice.", by=bola.id, now=NOW)

    assert figures(calculated(amina)) == {"Ada": ("INCLUDED", 5000, 1)}


def test_what_an_earlier_period_left_open_is_taken_along(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:old")], now=END - 5 * WEEK)

    assert figures(calculated(amina)) == {"Ada": ("INCLUDED", 5000, 1)}


def test_who_cannot_be_paid_is_carried_over_with_the_reason_and_taken_by_the_next_cycle(
    amina: Any, ada: Any, bola: Any, waiting: dict[Any, tuple[str, str]]
) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=POSTED)
    waiting[ada.id] = ("ONBOARDING", "Finish the set-up of your payout account.")

    first = calculated(amina)

    line = first.lines.get()
    assert (line.state, line.reason_code, line.payout_id) == ("CARRIED_OVER", "ONBOARDING", None)
    assert not CycleLineEarning.objects.exists()
    with pytest.raises(NothingToPay):
        submit(cycle_id=first.id, by=amina, now=NOW)
    waiting.clear()
    assert figures(calculated(amina, end=END + timedelta(days=3))) == {"Ada": ("INCLUDED", 5000, 1)}


def test_calculating_again_takes_what_came_since(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=POSTED)
    cycle = calculated(amina)
    post_earnings([make_earning(ada.id, bola.id, "task:2")], now=POSTED)

    again = calculate(cycle_id=cycle.id, by=amina, now=NOW)

    assert figures(again) == {"Ada": ("INCLUDED", 10000, 2)}
    assert again.lines_hash != cycle.lines_hash
    assert again.version > cycle.version


def test_an_earning_is_in_one_cycle_only(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=POSTED)
    calculated(amina)

    extra = draft_cycle(starts_at=END - WEEK, ends_at=END, currency="EUR", by=amina, now=NOW, kind="EXTRA")
    calculate(cycle_id=extra.id, by=amina, now=NOW)

    assert figures(extra) == {}


def test_a_cancelled_cycle_frees_its_earnings(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=POSTED)
    first = calculated(amina)

    cancel(cycle_id=first.id, reason_text="Wrong week.", by=amina, now=NOW)

    assert figures(calculated(amina)) == {"Ada": ("INCLUDED", 5000, 1)}


def test_an_earning_in_a_cycle_cannot_be_taken_back(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=POSTED)
    calculated(amina)

    with pytest.raises(EarningInCycle):
        reverse_earning(source_key="task:1", reason_code="ERROR", reason_text="Twice.", by=bola.id, now=NOW)

    assert not EarningReversal.objects.exists()


def test_lines_changed_behind_the_calculation_cannot_be_submitted(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=POSTED)
    cycle = calculated(amina)
    cycle.lines.update(amount_minor=5001, earned_minor=5001)

    with pytest.raises(CycleChanged):
        submit(cycle_id=cycle.id, by=amina, now=NOW)

    cycle.refresh_from_db()
    assert cycle.state == "CALCULATED"


def test_a_cycle_sent_back_says_why_and_can_be_calculated_again(amina: Any, ada: Any, bola: Any) -> None:
    chiara = make_person("Chiara", "FINANCE_APPROVER")
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=POSTED)
    cycle = calculated(amina)
    submit(cycle_id=cycle.id, by=amina, now=NOW)

    with pytest.raises(InvalidInput):
        send_back(cycle_id=cycle.id, reason_text=" ", by=chiara, now=NOW)
    back = send_back(cycle_id=cycle.id, reason_text="Ask Bola about task 1.", by=chiara, now=NOW)

    assert (back.state, back.submitted_at, back.maker_id) == ("CALCULATED", None, amina.id)
    assert calculate(cycle_id=cycle.id, by=amina, now=NOW).state == "CALCULATED"


def test_a_submitted_cycle_is_not_calculated_again(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=POSTED)
    cycle = calculated(amina)
    submit(cycle_id=cycle.id, by=amina, now=NOW)

    with pytest.raises(IllegalTransition):
        calculate(cycle_id=cycle.id, by=amina, now=NOW)

    assert figures(cycle) == {"Ada": ("INCLUDED", 5000, 1)}


def test_a_verb_on_a_stale_version_changes_nothing(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=POSTED)
    cycle = calculated(amina)

    with pytest.raises(StaleVersion):
        submit(cycle_id=cycle.id, by=amina, now=NOW, expected_version=cycle.version - 1)

    cycle.refresh_from_db()
    assert cycle.state == "CALCULATED"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (END, END),
        (END, END - WEEK),
        (END, NOW + timedelta(seconds=1)),
        (END.replace(tzinfo=None), NOW),
        (END, NOW.replace(tzinfo=None)),
    ],
)
def test_a_period_that_is_empty_naive_or_not_over_is_refused(amina: Any, start: datetime, end: datetime) -> None:
    with pytest.raises(InvalidPeriod):
        draft_cycle(starts_at=start, ends_at=end, currency="EUR", by=amina, now=NOW)

    assert not PayCycle.objects.exists()


@pytest.mark.parametrize("currency", ["ZZZ", "eur", "XAU", "HRK", ""])
def test_an_unknown_currency_is_refused(amina: Any, currency: str) -> None:
    with pytest.raises(InvalidInput):
        draft(amina, currency)

    assert not PayCycle.objects.exists()


def test_two_cycles_of_one_currency_and_kind_do_not_overlap_but_touch(amina: Any) -> None:
    draft(amina)

    with pytest.raises(CycleOverlaps):
        draft(amina, end=END - timedelta(seconds=1))
    draft(amina, end=END - WEEK)
    draft(amina, currency="USD")

    assert PayCycle.objects.count() == 3


@pytest.mark.parametrize("roles", [[], ["FINANCE_APPROVER"], ["AUDITOR"], ["OPERATOR"]])
def test_only_a_preparer_prepares(db: None, roles: list[str]) -> None:
    person = make_person("Hana", *roles, is_superuser=True)

    with pytest.raises(NotPermitted):
        draft(person)

    assert not PayCycle.objects.exists()


def test_currencies_paid_in_whole_units_bring_the_rest_forward(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "task:1", currency="HUF", rate_minor=61725)], now=POSTED)

    line = calculated(amina, currency="HUF").lines.get()

    assert (line.earned_minor, line.amount_minor, line.carried_minor, line.brought_minor) == (123450, 123400, 50, 0)


def test_the_difference_to_the_last_cycle_adds_up_to_its_parts(amina: Any, ada: Any, bola: Any, chen: Any) -> None:
    chiara = make_person("Chiara", "FINANCE_APPROVER")
    post_earnings([make_earning(ada.id, bola.id, "task:1"), make_earning(bola.id, ada.id, "task:2")], now=POSTED - WEEK)
    last = calculated(amina, end=END - WEEK)
    submit(cycle_id=last.id, by=amina, now=NOW)
    approve(cycle_id=last.id, by=chiara, now=NOW)
    post_earnings(
        [
            make_earning(ada.id, bola.id, "task:3", quantity=Decimal(3)),
            make_earning(ada.id, bola.id, "task:4", unit="ACCEPTED_TASK", quantity=Decimal(1), rate_minor=300),
            make_earning(chen.id, bola.id, "task:5"),
        ],
        now=POSTED,
    )

    difference = difference_to_last(calculated(amina))

    assert difference is not None
    assert (difference.last.amount_minor, difference.difference.amount_minor) == (10000, 2800)
    parts = {words: money.amount_minor for words, money in difference.parts}
    assert parts == {"New people": 5000, "People without pay this time": -5000, "Hours": 2500, "Tasks": 300}
    assert sum(parts.values()) == difference.difference.amount_minor
