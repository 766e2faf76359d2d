"""The financial account against the books: nothing unexplained, and a pay cycle over both rails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from common import clock, events
from common.verification import run_checks
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, submit, tick
from payouts.cycles.models import CycleLine, PayCycle
from payouts.facade import post_earnings
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import stripe_balance, stripe_fees, stripe_financial
from payouts.rails import global_payouts
from payouts.rails.base import Failure, Outcome, ProviderUnavailable, Reaction
from payouts.reconciliation import commands
from payouts.reconciliation.errors import ProviderNotReadable
from payouts.reconciliation.models import Break
from payouts.reconciliation.queries import find_last_run, list_differences
from payouts.transfers.commands import require_all_known, top_up
from payouts.transfers.errors import ReconcileFirst
from payouts.transfers.models import Payout, PayoutAttempt
from tests.payouts.outbound.conftest import dollars
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story

END = NOW.replace(day=9, hour=0, minute=0)
POSTED = END - timedelta(days=2)


def unexplained(story: Story) -> list[tuple[str, str, int]]:
    runs = commands.reconcile_all(by=None, now=story.now)
    return [(run.rail, row.currency, row.unexplained_minor) for run in runs for row in run.figures.order_by("currency")]


def test_payments_returns_fees_and_top_ups_leave_nothing_unexplained(story: Story, lucia: Any) -> None:
    story.earn(lucia, dollars(100))
    top_up(money=dollars(200), source="pay_cycle:1", by=None, now=story.now, rail="global")
    for amount in (20, 30):
        story.reserve(lucia, dollars(amount))
        story.sweep(hours=0.1)
    story.switch("return_outbound_payment", payment=story.payments()[0]["id"])
    story.switch("charge_financial_account", amount=150, currency="usd")

    # The return was not told: reconciliation sees the movement and reads the payout again.
    assert unexplained(story) == [("global", "USD", 0)]

    assert list_differences() == []
    assert sorted(Payout.objects.values_list("amount_minor", "state")) == [(2000, "PAID"), (3000, "RETURNED")]
    assert get_balance(stripe_financial("USD")).amount_minor == 20_000 - 2000 - 150
    assert get_balance(stripe_fees("USD")).amount_minor == 150
    assert story.is_even_on("global", "USD")
    story.pass_time(days=2)
    assert unexplained(story) == [("global", "USD", 0)]
    assert [check.findings for check in run_checks() if "reconciliation" in check.name] == [[]]


def test_money_that_a_stranger_sends_is_a_break_of_that_rail(story: Story, amina: Any, chiara: Any) -> None:
    story.switch("fund_financial_account", amount=500, currency="usd")
    assert unexplained(story) == [("global", "USD", 0)]
    story.pass_time(days=2)

    assert unexplained(story) == [("global", "USD", 500)]

    row = Break.objects.get()
    assert (row.rail, row.currency, row.amount_minor, row.kind) == ("global", "USD", 500, "received_credit")
    commands.propose_write_off(break_id=row.id, write_off="BANK", proposal_text="We wired it.", by=amina, now=story.now)
    commands.approve_write_off(break_id=row.id, by=chiara, now=story.now)
    assert unexplained(story) == [("global", "USD", 0)]
    assert get_balance(stripe_financial("USD")).amount_minor == 500


def test_one_rail_that_does_not_answer_keeps_no_other_from_being_compared(
    story: Story, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:

    def silent(**_: Any) -> Any:
        raise ProviderUnavailable(Failure(Outcome.RETRYABLE, Reaction.RESEND, "connection_error", "silence"))

    monkeypatch.setattr(story.rail, "list_transactions", silent)

    with pytest.raises(ProviderNotReadable):
        commands.reconcile_all(by=None, now=story.now)

    assert find_last_run("connect") is None
    assert find_last_run("global") is not None


def test_a_payment_that_this_database_does_not_know_is_found(story: Story, paid_lucia: Any) -> None:
    payout = story.reserve(paid_lucia, dollars(60))
    story.sweep()
    require_all_known()

    PayoutAttempt.objects.filter(payout=payout).update(sends=0)
    with pytest.raises(ReconcileFirst):
        require_all_known()


def test_a_cycle_pays_people_of_both_rails(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any, lucia: Any
) -> None:
    story.onboard(ada, currency="USD")
    bad = make_person("Chen")
    story.onboard(bad, country="BO", currency="USD", number="100000001113")
    story.fund(dollars(1000))
    workers = (ada, lucia, bad)
    post_earnings(
        [
            make_earning(
                person.id,
                bola.id,
                f"t:{at}",
                currency="USD",
                worked_from=POSTED - timedelta(hours=2),
                worked_to=POSTED - timedelta(hours=1),
            )
            for at, person in enumerate(workers)
        ],
        now=POSTED,
    )
    cycle = draft_cycle(starts_at=END - timedelta(days=7), ends_at=END, currency="USD", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    approve(cycle_id=cycle.id, by=chiara, now=NOW)

    execute(cycle_id=cycle.id, by=amina, now=NOW)
    for _ in range(36):
        with clock.at(story.now):
            story.sweep()
            events.deliver_due(now=story.now)
            tick(now=story.now)
        story.pass_time(hours=2)

    assert CycleLine.objects.filter(cycle=cycle, state="INCLUDED").count() == 3
    ended = {payout.worker_id: (payout.rail, payout.state) for payout in Payout.objects.all()}
    assert ended == {
        ada.id: ("connect", "PAID"),
        lucia.id: ("global", "PAID"),
        bad.id: ("global", "RETURNED"),
    }
    assert PayCycle.objects.get().state == "COMPLETED_WITH_EXCEPTIONS"
    # What the financial account lacked was topped up; the balance of the other rail had enough.
    assert get_balance(stripe_financial("USD")) == dollars(50)
    assert get_balance(stripe_balance("USD")) == dollars(950)
    assert story.is_even_on("global", "USD")
    assert story.is_even_on("connect", "USD")
    assert {row[2] for row in unexplained(story)} == {0}
    assert [(check.name, check.findings) for check in run_checks() if not check.is_ok] == []


def test_lists_of_several_pages_are_read_to_their_end(
    story: Story, paid_lucia: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(global_payouts, "_PAGE", 3)
    for _ in range(4):
        story.reserve(paid_lucia, dollars(10))
        story.sweep(hours=0.1)

    since = story.now - timedelta(days=1)
    movements = [list(page) for page in story.global_rail.list_transactions(since=since)]
    transfers = [list(page) for page in story.global_rail.list_transfers(since=since)]
    told = [list(page) for page in story.global_rail.list_events(since=since)]

    # Only what moves the available balance counts: one entry of the two that each payment makes, and the first funds.
    assert [len(page) for page in transfers] == [3, 1]
    assert sum(len(page) for page in movements) == 5
    assert sum(len(page) for page in told) == 8
    assert {row.reference.partition(":")[0] for page in movements for row in page} == {"payout", "provider"}
