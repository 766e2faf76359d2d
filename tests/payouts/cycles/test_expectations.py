"""When an earning's money is where: from the calendar before a cycle has it, from the cycle and the bank afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from common import clock
from payouts.console.payees import list_failed_payouts
from payouts.console.queries import EarningRow, list_earnings
from payouts.cycles import expectations
from payouts.cycles.commands import draft_cycle, execute
from payouts.cycles.rules import planned_end_after
from payouts.facade import next_payment, post_earnings, reverse_earning
from payouts.holds.commands import place_hold
from payouts.payees.queries import Payability
from payouts.rails import registry
from tests.payouts.cycles.test_running import END, POSTED, WEEK, approved, let_it_end
from tests.payouts.people import NOW, make_earning
from tests.payouts.support.story import Story, euros

NEXT_CYCLE = (date(2026, 11, 16), date(2026, 11, 9), date(2026, 11, 15), date(2026, 11, 19))


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> dict[str, Payability]:
    """Everybody can be paid, or as the test says under "is"."""
    state = {"is": Payability(True)}
    monkeypatch.setattr(
        expectations, "payability", lambda worker_ids, currency, now: dict.fromkeys(worker_ids, state["is"])
    )
    return state


def days(row: EarningRow) -> tuple[date | None, ...]:
    expected = row.expected
    return expected.payable_on, expected.cycle_first_day, expected.cycle_last_day, expected.at_bank_on


def only(worker: Any) -> EarningRow:
    (row,) = list_earnings(worker_id=worker.id)
    return row


def test_cycles_are_planned_to_end_on_mondays_in_utc() -> None:
    monday = datetime(2026, 11, 9, tzinfo=UTC)

    assert planned_end_after(monday - timedelta(microseconds=1), 1) == monday
    assert planned_end_after(monday, 1) == monday + WEEK
    assert planned_end_after(monday, 2) == monday + 2 * WEEK
    assert planned_end_after(monday + WEEK, 2) == monday + 2 * WEEK


@pytest.mark.usefixtures("ready")
def test_work_approved_now_says_its_cycle_and_its_day_at_the_bank_at_once(ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=NOW)

    row = only(ada)

    assert (row.state, days(row)) == ("APPROVED", NEXT_CYCLE)
    assert row.expected.words == ("Joins the cycle of 09 Nov to 15 Nov 2026. Expected at your bank on 19 Nov 2026.")


@pytest.mark.usefixtures("ready")
def test_a_cycle_being_prepared_takes_what_was_approved_before_its_end(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    post_earnings([make_earning(ada.id, bola.id, "t:2")], now=NOW)
    draft_cycle(starts_at=END - WEEK, ends_at=END, currency="EUR", by=amina, now=NOW)

    new, old = list_earnings(worker_id=ada.id)

    assert days(new) == NEXT_CYCLE
    assert days(old) == (NOW.date(), date(2026, 11, 2), date(2026, 11, 8), date(2026, 11, 17))


def test_a_payee_who_is_not_ready_reads_what_to_do_and_no_date(
    ada: Any, bola: Any, ready: dict[str, Payability]
) -> None:
    ready["is"] = Payability(False, "NOT_ONBOARDED", "Enter your bank details to be paid.")
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=NOW)

    expected = only(ada).expected

    assert (expected.at_bank_on, expected.step) == (None, "PAYOUT_METHOD")
    assert expected.words == "Enter your bank details to be paid. The first cycle after that takes it."


def test_less_than_the_least_waits_without_a_date(ada: Any, bola: Any, ready: dict[str, Payability]) -> None:
    ready["is"] = Payability(True, minimum=euros(80))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=NOW)

    assert only(ada).expected.words == (
        "50.00 EUR of the 80.00 EUR that can be paid at least: it is carried over to the first cycle in which there is "
        "enough."
    )
    post_earnings([make_earning(ada.id, bola.id, "t:2")], now=NOW)
    assert {days(row) for row in list_earnings(worker_id=ada.id)} == {NEXT_CYCLE}


@pytest.mark.usefixtures("ready")
def test_a_hold_on_everything_moves_the_date_to_the_cycle_after_its_end(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=NOW)
    hold = place_hold(
        worker_id=ada.id,
        currency="EUR",
        money=None,
        reason_code="NAME_DIFFERS",
        reason_text="The name at the bank is another one.",
        ends_at=END + 3 * WEEK,
        by=amina,
        now=NOW,
    )

    row = only(ada)

    assert (row.expected.step, row.expected.hold_id) == ("HOLD", hold.id)
    assert days(row)[1:] == (date(2026, 11, 23), date(2026, 11, 29), date(2026, 12, 3))
    assert row.expected.words.startswith("On hold until 2026-11-30 00:00 UTC: The name at the bank is another one.")


def test_a_hold_on_the_payee_ends_before_the_day_is_planned(ada: Any, bola: Any, ready: dict[str, Payability]) -> None:
    until = END + WEEK + timedelta(hours=1)
    ready["is"] = Payability(False, "DESTINATION_CHANGED", "Your bank account was changed.", hold_until=until)

    expected = next_payment(worker_id=ada.id, currency="EUR", now=NOW)

    assert expected.cycle_last_day == date(2026, 11, 22)
    assert expected.words.startswith("Your bank account was changed. Joins the cycle of 16 Nov to 22 Nov 2026.")


@pytest.mark.usefixtures("ready")
def test_what_was_taken_back_expects_nothing(ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=NOW)
    reverse_earning(source_key="t:1", reason_code="ERROR", reason_text="Counted twice.", by=bola.id, now=NOW)

    assert (only(ada).expected.words, days(only(ada))) == ("It was taken back and is not paid.", (None,) * 4)


def test_a_payment_is_followed_to_the_bank_and_a_lost_one_says_how_to_mend_it(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    story.onboard(ada, number="DE89370400440532013002")
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    cycle = approved(amina, chiara)
    assert only(ada).expected.words == (
        "In the cycle of 02 Nov to 08 Nov 2026, approved. Expected at your bank on 16 Nov 2026."
    )

    execute(cycle_id=cycle.id, by=amina, now=NOW)
    assert only(ada).expected.words == "Being sent. Expected at your bank on 16 Nov 2026."
    let_it_end(story)

    with clock.at(story.now):
        (failed,) = list_failed_payouts(worker_id=ada.id, now=story.now)
        assert only(ada).expected.step == "PAYOUT_METHOD"
    assert failed.words == "Your bank account is closed. Enter another one."
    assert (failed.must_act, failed.amount) == (True, euros(50))


@pytest.mark.usefixtures("ready")
def test_the_dates_of_a_whole_list_take_a_fixed_number_of_queries(
    ada: Any, bola: Any, django_assert_num_queries: Any
) -> None:
    post_earnings([make_earning(ada.id, bola.id, f"t:{n}") for n in range(3)], now=NOW)
    with django_assert_num_queries(10):
        list_earnings(worker_id=ada.id)
    post_earnings([make_earning(ada.id, bola.id, f"t:{n}") for n in range(3, 40)], now=NOW)

    with django_assert_num_queries(10):
        assert len(list_earnings(worker_id=ada.id)) == 40


@pytest.mark.usefixtures("ready")
def test_the_api_tells_an_earnings_days(ada: Any, bola: Any, chiara: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=NOW)
    client = Client()
    client.force_login(chiara)

    found = client.get(f"/api/v1/earnings/{only(ada).id}/").json()["expected"]

    assert found == {
        "payable_on": "2026-11-16",
        "cycle_first_day": "2026-11-09",
        "cycle_last_day": "2026-11-15",
        "at_bank_on": "2026-11-19",
        "arrives": None,
        "words": "Joins the cycle of 09 Nov to 15 Nov 2026. Expected at your bank on 19 Nov 2026.",
        "step": "",
        "hold": None,
    }
