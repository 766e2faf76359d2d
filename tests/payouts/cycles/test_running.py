"""A cycle carried out against the stand-in for Stripe: funded, reserved, paid, completed, and told to the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common import clock, events
from common.money import Money
from common.verification import run_checks
from payouts.console.queries import earnings_summary, list_earnings, trace_earning
from payouts.console.unpaid import list_unpaid
from payouts.cycles.commands import approve, calculate, cancel, draft_cycle, execute, submit, tick
from payouts.cycles.errors import AnotherCycleRuns, CycleChanged
from payouts.cycles.models import CycleLine, CycleLineEarning, PayCycle
from payouts.facade import post_earnings
from payouts.ledger.commands import post_entry
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import LineSpec, held, payable
from payouts.payees.commands import hold_after_security_change
from payouts.rails import registry
from payouts.statements.models import Statement
from payouts.transfers.models import Payout
from tests.payouts.people import NOW, make_earning
from tests.payouts.support.story import Story, euros

END = datetime(2026, 11, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
POSTED = END - timedelta(days=2)
CHEN_BANK = "DE02120300000000202051"


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


def approved(amina: Any, chiara: Any, *, end: datetime = END, currency: str = "EUR", now: datetime = NOW) -> PayCycle:
    cycle = draft_cycle(starts_at=end - WEEK, ends_at=end, currency=currency, by=amina, now=now)
    calculate(cycle_id=cycle.id, by=amina, now=now)
    submit(cycle_id=cycle.id, by=amina, now=now)
    return approve(cycle_id=cycle.id, by=chiara, now=now)


def let_it_end(story: Story) -> None:
    """Let three days pass: transfers become available, banks answer, news is delivered, cycles complete."""
    for _ in range(36):
        with clock.at(story.now):
            story.sweep()
            events.deliver_due(now=story.now)
            tick(now=story.now)
        story.pass_time(hours=2)


def assert_books_hold() -> None:
    assert [(result.name, result.findings) for result in run_checks() if not result.is_ok] == []


def test_two_people_are_paid_their_exact_earnings_with_a_statement_each(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any, chen: Any
) -> None:
    story.onboard(ada)
    story.onboard(chen, number=CHEN_BANK)
    story.fund(euros(1000))
    post_earnings(
        [
            make_earning(ada.id, bola.id, "t:1"),
            make_earning(ada.id, bola.id, "t:2"),
            make_earning(chen.id, bola.id, "t:3"),
        ],
        now=POSTED,
    )
    cycle = approved(amina, chiara)
    assert [summary.by_state for summary in earnings_summary(worker_id=ada.id)] == [{"IN_CYCLE": euros(100)}]
    assert [(row.people, row.amount) for row in list_unpaid(NOW)] == [(2, euros(150))]

    running = execute(cycle_id=cycle.id, by=amina, now=NOW)
    assert running.state == "EXECUTING"
    assert story.balances(ada)[:2] == (0, 10000)
    let_it_end(story)
    assert list_unpaid(NOW) == []

    running.refresh_from_db()
    assert running.state == "COMPLETED"
    assert sorted(transfer["amount"] for transfer in story.transfers()) == [5000, 10000]
    assert story.balances(ada) == (0, 0, 85000)
    statements = Statement.objects.order_by("number")
    assert [(s.number, s.line_count) for s in statements] in ([(1, 2), (2, 1)], [(1, 1), (2, 2)])
    assert [summary.by_state for summary in earnings_summary(worker_id=ada.id)] == [{"PAID": euros(100)}]
    trace = trace_earning(ada, list_earnings(worker_id=ada.id)[0].id)
    assert trace.cycle is not None
    assert trace.payout is not None
    assert trace.statement is not None
    assert (trace.cycle.id, trace.payout.state, trace.payout.amount) == (cycle.id, "PAID", euros(100))
    assert story.is_even()
    assert_books_hold()


def test_a_cycle_without_funds_waits_and_goes_on_by_itself_after_its_top_up(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    story.onboard(ada)
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    cycle = approved(amina, chiara)

    state = execute(cycle_id=cycle.id, by=amina, now=NOW).state
    let_it_end(story)

    assert state in ("FUNDING", "EXECUTING")
    cycle.refresh_from_db()
    assert cycle.state == "COMPLETED"
    assert JournalEntry.objects.filter(kind="TOP_UP").count() == 1
    assert story.is_even()
    assert_books_hold()


def test_a_cycle_that_cannot_go_on_keeps_no_other_waiting(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any, chen: Any
) -> None:
    story.switch("settings", topup_seconds=3600)
    story.onboard(ada)
    story.onboard(chen, number="GB29NWBK60161331926819", country="GB", currency="GBP")
    post_earnings([make_earning(ada.id, bola.id, "t:1"), make_earning(ada.id, bola.id, "t:2")], now=POSTED)
    post_earnings([make_earning(chen.id, bola.id, "t:3", currency="GBP")], now=POSTED)
    changed = approved(amina, chiara)
    good = approved(amina, chiara, currency="GBP", now=NOW + timedelta(minutes=1))
    states = [execute(cycle_id=cycle.id, by=amina, now=NOW).state for cycle in (changed, good)]
    CycleLineEarning.objects.filter(line__cycle=changed).first().delete()

    let_it_end(story)

    assert states == ["FUNDING", "FUNDING"]
    assert list(PayCycle.objects.order_by("approved_at").values_list("state", flat=True)) == ["FUNDING", "COMPLETED"]
    assert list(Payout.objects.values_list("worker__full_name", "currency")) == [("Chen", "GBP")]


def test_a_cycle_executed_twice_pays_once(story: Story, amina: Any, chiara: Any, ada: Any, bola: Any) -> None:
    story.onboard(ada)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)

    with pytest.raises(Exception, match="cannot become FUNDING"):
        execute(cycle_id=cycle.id, by=amina, now=NOW)
    tick(now=NOW)
    let_it_end(story)

    assert Payout.objects.count() == 1
    assert len(story.transfers()) == 1


def test_who_lost_their_payout_method_after_the_approval_is_held_and_the_others_are_paid(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any, chen: Any
) -> None:
    story.onboard(ada)
    story.onboard(chen, number=CHEN_BANK)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1"), make_earning(chen.id, bola.id, "t:2")], now=POSTED)
    cycle = approved(amina, chiara)
    hold_after_security_change(worker_id=ada.id, what="password", now=NOW)

    execute(cycle_id=cycle.id, by=amina, now=NOW)
    let_it_end(story)

    cycle.refresh_from_db()
    assert cycle.state == "COMPLETED_WITH_EXCEPTIONS"
    line = cycle.lines.get(worker=ada)
    assert (line.state, line.reason_code, line.payout_id) == ("HELD", "SECURITY_CHANGED", None)
    row = list_earnings(worker_id=ada.id)[0]
    assert (row.state, row.reason_code) == ("APPROVED", "SECURITY_CHANGED")
    assert list(Payout.objects.values_list("worker__full_name", "state")) == [("Chen", "PAID")]
    assert get_balance(payable(ada.id, "EUR")) == euros(50)
    assert_books_hold()


def test_money_put_on_hold_after_the_approval_is_not_paid(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    story.onboard(ada)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    cycle = approved(amina, chiara)
    post_entry(
        idempotency_key="hold",
        kind="HOLD",
        effective_on=NOW.date(),
        lines=[LineSpec(payable(ada.id, "EUR"), held(ada.id, "EUR"), Money(1, "EUR"))],
        source="hold:1",
        by=chiara.id,
        now=NOW,
    )

    execute(cycle_id=cycle.id, by=amina, now=NOW)

    assert CycleLine.objects.get().reason_code == "MONEY_HELD"
    assert Payout.objects.count() == 0


def test_a_payout_that_the_bank_returns_is_owed_again_and_taken_by_the_next_cycle(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    story.onboard(ada, number="DE62370400440532013001")
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    let_it_end(story)

    cycle.refresh_from_db()
    assert Payout.objects.get().state == "RETURNED"
    assert cycle.state == "COMPLETED_WITH_EXCEPTIONS"
    assert not CycleLineEarning.objects.filter(released_at__isnull=True).exists()
    assert list_earnings(worker_id=ada.id)[0].state == "APPROVED"
    assert not Statement.objects.exists()
    following = draft_cycle(starts_at=END, ends_at=NOW, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=following.id, by=amina, now=story.now)
    # Nothing more goes to the bank that refused; another account is first kept back for its 72 hours.
    assert list(following.lines.values_list("reason_code", flat=True)) == ["RESTRICTED"]
    story.mend_bank(ada)
    calculate(cycle_id=following.id, by=amina, now=story.now + timedelta(hours=73))
    assert list(following.lines.values_list("state", "amount_minor")) == [("INCLUDED", 5000)]
    assert_books_hold()


def test_lines_that_are_not_those_approved_are_not_paid(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    story.onboard(ada)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1"), make_earning(ada.id, bola.id, "t:2")], now=POSTED)
    cycle = approved(amina, chiara)
    CycleLineEarning.objects.first().delete()

    with pytest.raises(CycleChanged):
        execute(cycle_id=cycle.id, by=amina, now=NOW)

    cycle.refresh_from_db()
    assert (cycle.state, Payout.objects.count()) == ("APPROVED", 0)


def test_two_cycles_of_one_currency_are_not_paid_at_once(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any, chen: Any
) -> None:
    story.onboard(ada)
    story.onboard(chen, number=CHEN_BANK)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED - WEEK)
    first = approved(amina, chiara, end=END - WEEK)
    post_earnings([make_earning(chen.id, bola.id, "t:2")], now=POSTED)
    second = approved(amina, chiara)
    execute(cycle_id=first.id, by=amina, now=NOW)

    with pytest.raises(AnotherCycleRuns):
        execute(cycle_id=second.id, by=amina, now=NOW)

    second.refresh_from_db()
    assert (second.state, Payout.objects.count()) == ("APPROVED", 1)


def test_a_running_cycle_cannot_be_cancelled(story: Story, amina: Any, chiara: Any, ada: Any, bola: Any) -> None:
    story.onboard(ada)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)

    with pytest.raises(Exception, match="cannot become CANCELLED"):
        cancel(cycle_id=cycle.id, reason_text="Too late.", by=amina, now=NOW)

    cycle.refresh_from_db()
    assert cycle.state == "EXECUTING"
