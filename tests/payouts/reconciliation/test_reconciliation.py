"""The provider's balance against the books: what matches, what breaks, who explains, and who may write off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import FourEyesRequired, NotPermitted, StaleVersion
from common.money import Money
from common.states import IllegalTransition
from common.verification import run_checks
from payouts.ledger.commands import post_entry
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import LineSpec, bank, stripe_balance, stripe_fees, suspense
from payouts.rails import registry
from payouts.rails.base import TransactionFacts
from payouts.reconciliation import commands
from payouts.reconciliation.errors import BreakHasChanged, InvalidBreakDecision, ProviderNotReadable, UnknownBreak
from payouts.reconciliation.models import Break, MatchedLine, MatchedTransaction, ProviderTransaction, ReconciliationRun
from payouts.reconciliation.queries import list_differences, open_breaks
from payouts.reconciliation.rules import age_of
from payouts.sandbox.core import Request
from payouts.sandbox.errors import ConnectionDropped
from payouts.transfers.commands import refresh_payout, top_up
from tests.payouts.cycles.test_races import at_once
from tests.payouts.people import mark_closed
from tests.payouts.support.story import Story, euros


def run(story: Story, **later: float) -> tuple[int, ...]:
    """Reconcile, after some time, and return EUR as (books, provider, on its way, explained, unexplained) in cents."""
    if later:
        story.pass_time(**later)
    figure = commands.reconcile(by=None, now=story.now).figures.get(currency="EUR")
    return (
        figure.ledger_minor,
        figure.provider_minor,
        figure.under_way_minor,
        figure.explained_minor,
        figure.unexplained_minor,
    )


def matches_are_even() -> bool:
    return run_checks(["payouts.reconciliation.matches_are_even"])[0].is_ok


def lost_adjustment(story: Story, amount: int = 500, **fields: Any) -> Break:
    """Let the provider change the balance for a reason of its own, and find it a day later."""
    story.switch("adjust", amount=amount, currency="eur", **fields)
    run(story, hours=25)
    return Break.objects.get()


def test_what_both_sides_have_is_matched_and_nothing_is_unexplained(story: Story, paid: Any) -> None:
    assert run(story) == (94_000, 94_000, 0, 0, 0)

    transactions = ProviderTransaction.objects.order_by("-amount_minor")
    assert [(row.kind, row.amount_minor) for row in transactions] == [("topup", 100_000), ("transfer", -6000)]
    assert [row.reference.partition(":")[0] for row in transactions] == ["top_up", "payout"]
    assert transactions[1].reference == f"payout:{paid.id}"
    assert (MatchedTransaction.objects.count(), MatchedLine.objects.count()) == (2, 2)
    assert list_differences() == []
    assert matches_are_even()


def test_money_that_comes_back_is_matched_with_its_payout(story: Story, paid: Any) -> None:
    run(story)
    story.switch("return_payout", payout=paid.bank_ref, code="account_closed")
    refresh_payout(payout_id=paid.id, now=story.now)

    assert run(story, hours=30) == (100_000, 100_000, 0, 0, 0)
    assert set(ProviderTransaction.objects.filter(reference=f"payout:{paid.id}").values_list("kind", flat=True)) == {
        "transfer",
        "transfer_refund",
    }
    assert not Break.objects.exists()


def test_every_page_is_read_once_and_a_second_run_reads_only_what_is_new(story: Story, paid: Any) -> None:
    for _ in range(120):
        story.switch("charge_fee", amount=1, currency="eur")
    runs = []
    for _ in range(3):
        story.transport.exchanges.clear()
        runs.append(commands.reconcile(by=None, now=story.now))
        story.pass_time(hours=2)

    assert [(run.fetched, run.matched) for run in runs] == [(122, 122), (0, 0), (0, 0)]
    listed = [request for request, _ in story.transport.exchanges if request.path == "/v1/balance_transactions"]
    # Once before the balance and once after it, one page each: the pages of the first run are not read again.
    assert len(listed) == 2
    assert all("created" in request.query for request in listed)


def test_fees_are_booked_on_their_day_and_once(story: Story, paid: Any) -> None:
    story.switch("charge_fee", amount=61, currency="eur")

    assert run(story) == (93_939, 93_939, 0, 0, 0)
    assert run(story, hours=2) == (93_939, 93_939, 0, 0, 0)
    assert get_balance(stripe_fees("EUR")) == Money(61, "EUR")
    assert JournalEntry.objects.get(kind="PROVIDER_FEE").source.startswith("fee:txn_")


def test_a_fee_of_a_closed_month_is_booked_today(story: Story, paid: Any) -> None:
    story.switch("charge_fee", amount=61, currency="eur")
    story.pass_time(days=30)
    mark_closed(f"{story.now - timedelta(days=30):%Y-%m}", story.now)

    run(story)

    assert JournalEntry.objects.get(kind="PROVIDER_FEE").effective_on == story.now.date()


@pytest.mark.parametrize(("sign", "amount"), [("plus", 500), ("minus", -500)])
def test_what_only_the_provider_has_is_on_its_way_for_a_day_and_then_a_break(
    story: Story, paid: Any, sign: str, amount: int
) -> None:
    story.switch("adjust", amount=500, currency="eur", sign=sign)

    assert run(story, hours=23) == (94_000, 94_000 + amount, amount, 0, 0)
    assert not Break.objects.exists()
    assert run(story, hours=2) == (94_000, 94_000 + amount, 0, 0, amount)
    found = Break.objects.get()
    assert (found.side, found.amount_minor, found.kind, found.state) == ("PROVIDER", amount, "adjustment", "OPEN")
    assert run(story, hours=2)[-1] == amount
    assert Break.objects.count() == 1


def test_what_only_the_books_have_is_a_break_after_a_day(story: Story, paid: Any) -> None:
    line = LineSpec(stripe_balance("EUR"), bank("EUR"), euros(7))
    post_entry(
        idempotency_key="by-hand",
        kind="TOP_UP",
        effective_on=story.now.date(),
        lines=[line],
        source="by-hand",
        by=None,
        now=story.now,
    )

    assert run(story, hours=1)[-1] == 0
    assert run(story, hours=24) == (94_700, 94_000, 0, 0, -700)
    assert (Break.objects.get().side, Break.objects.get().reference) == ("LEDGER", "by-hand")


def test_another_amount_on_the_two_sides_is_a_break_of_the_difference(story: Story, paid: Any) -> None:
    extra = LineSpec(stripe_balance("EUR"), suspense("EUR"), euros(1))
    post_entry(
        idempotency_key="slip",
        kind="CORRECTION",
        effective_on=story.now.date(),
        lines=[extra],
        source=paid.source,
        by=None,
        now=story.now,
    )
    run(story, hours=25)

    found = Break.objects.get()
    assert (found.side, found.amount_minor, found.reference) == ("BOTH", -100, paid.source)
    assert found.kind == "transfer / CORRECTION, PAYOUT_SETTLED"


def test_a_break_ends_by_itself_when_the_other_side_comes(story: Story, paid: Any) -> None:
    found = lost_adjustment(story)
    post_entry(
        idempotency_key="late",
        kind="ADJUSTMENT",
        effective_on=story.now.date(),
        lines=[LineSpec(stripe_balance("EUR"), suspense("EUR"), euros(5))],
        source=found.reference,
        by=None,
        now=story.now,
    )

    assert run(story, hours=1) == (94_500, 94_500, 0, 0, 0)
    found.refresh_from_db()
    assert (found.state, found.ended_at) == ("MATCHED", story.now)
    assert open_breaks(story.now) == []


def test_an_explained_break_counts_as_explained_until_its_day_has_passed(story: Story, paid: Any, chiara: Any) -> None:
    found = lost_adjustment(story)
    assert [row.id for row in open_breaks(story.now)] == [found.id]

    commands.explain_break(
        break_id=found.id,
        explanation_text="A correction that the provider takes back on Friday.",
        clears_on=story.now.date() + timedelta(days=2),
        by=chiara,
        now=story.now,
    )
    assert open_breaks(story.now) == []
    assert run(story, hours=1) == (94_000, 94_500, 0, 500, 0)

    assert run(story, days=3)[-2:] == (0, 500)
    found.refresh_from_db()
    assert found.state == "OPEN"


def test_one_proposes_a_write_off_and_another_books_it(story: Story, paid: Any, amina: Any, chiara: Any) -> None:
    found = lost_adjustment(story, sign="minus")
    commands.propose_write_off(
        break_id=found.id, write_off="SUSPENSE", proposal_text="Asked Stripe, case 12.", by=amina, now=story.now
    )
    assert [row.state for row in open_breaks(story.now)] == ["PROPOSED"]

    commands.approve_write_off(break_id=found.id, by=chiara, now=story.now)

    found.refresh_from_db()
    assert found.state == "WRITTEN_OFF"
    assert get_balance(suspense("EUR")) == -euros(5)
    assert run(story, hours=1) == (93_500, 93_500, 0, 0, 0)
    assert run(story, hours=30)[-1] == 0
    assert Break.objects.count() == 1
    assert matches_are_even()


def test_what_only_the_books_had_is_undone_by_a_write_off_and_stays_undone(
    story: Story, paid: Any, amina: Any, chiara: Any
) -> None:
    post_entry(
        idempotency_key="slip",
        kind="TOP_UP",
        effective_on=story.now.date(),
        lines=[LineSpec(stripe_balance("EUR"), bank("EUR"), euros(7))],
        source="slip",
        by=None,
        now=story.now,
    )
    run(story, hours=25)
    found = Break.objects.get()
    commands.propose_write_off(
        break_id=found.id, write_off="BANK", proposal_text="Never left the bank.", by=amina, now=story.now
    )
    commands.approve_write_off(break_id=found.id, by=chiara, now=story.now)

    assert run(story, hours=30) == (94_000, 94_000, 0, 0, 0)
    assert Break.objects.count() == 1
    assert matches_are_even()


def test_who_proposed_neither_approves_nor_refuses(story: Story, paid: Any, amina: Any) -> None:
    found = lost_adjustment(story)
    commands.propose_write_off(break_id=found.id, write_off="LOSS", proposal_text="Small.", by=amina, now=story.now)

    with pytest.raises(FourEyesRequired):
        commands.approve_write_off(break_id=found.id, by=amina, now=story.now)
    with pytest.raises(FourEyesRequired):
        commands.refuse_write_off(break_id=found.id, reason_text="No.", by=amina, now=story.now)

    assert not JournalEntry.objects.filter(kind="BREAK_WRITTEN_OFF").exists()
    found.refresh_from_db()
    assert found.state == "PROPOSED"


def test_the_database_asks_for_two_people_and_keeps_ends(story: Story, paid: Any, amina: Any, chiara: Any) -> None:
    found = lost_adjustment(story)
    commands.propose_write_off(break_id=found.id, write_off="LOSS", proposal_text="Small.", by=amina, now=story.now)
    entry = JournalEntry.objects.first()
    same = {"state": "WRITTEN_OFF", "approved_by": amina, "entry": entry, "ended_at": story.now}

    with pytest.raises(IntegrityError, match="break_written_off_by_two"), transaction.atomic():
        Break.objects.update(**same)
    with pytest.raises(IntegrityError, match="break_stands"), transaction.atomic():
        Break.objects.update(reference="another")
    commands.approve_write_off(break_id=found.id, by=chiara, now=story.now)
    with pytest.raises(IntegrityError, match="break_stands"), transaction.atomic():
        Break.objects.update(state="OPEN")
    with pytest.raises(IntegrityError, match="break_stands"), transaction.atomic():
        Break.objects.all().delete()
    for table in ("providertransaction", "matchedtransaction", "matchedline", "reconciliationrun"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM payouts_{table}")


def test_a_difference_that_changed_is_not_booked_as_it_was(story: Story, paid: Any, amina: Any, chiara: Any) -> None:
    found = lost_adjustment(story)
    commands.propose_write_off(break_id=found.id, write_off="LOSS", proposal_text="Small.", by=amina, now=story.now)
    post_entry(
        idempotency_key="part",
        kind="ADJUSTMENT",
        effective_on=story.now.date(),
        lines=[LineSpec(stripe_balance("EUR"), suspense("EUR"), euros(2))],
        source=found.reference,
        by=None,
        now=story.now,
    )

    with pytest.raises(BreakHasChanged):
        commands.approve_write_off(break_id=found.id, by=chiara, now=story.now)
    assert run(story, hours=1)[-1] == 300

    found.refresh_from_db()
    assert (found.state, found.side, found.amount_minor) == ("OPEN", "BOTH", 300)
    with pytest.raises(IllegalTransition):
        commands.approve_write_off(break_id=found.id, by=chiara, now=story.now)


def test_what_cannot_be_decided_changes_nothing(story: Story, paid: Any, ada: Any, amina: Any, chiara: Any) -> None:
    found = lost_adjustment(story)
    yesterday = story.now.date() - timedelta(days=1)
    words = {"break_id": found.id, "now": story.now}

    with pytest.raises(InvalidBreakDecision) as refused:
        commands.explain_break(**words, explanation_text=" ", clears_on=yesterday, by=amina)
    assert [problem.pointer for problem in refused.value.problems] == ["/explanation_text", "/clears_on"]
    with pytest.raises(InvalidBreakDecision):
        commands.propose_write_off(**words, write_off="POCKET", proposal_text="Mine.", by=amina)
    with pytest.raises(InvalidBreakDecision):
        commands.propose_write_off(**words, write_off="LOSS", proposal_text="", by=amina)
    with pytest.raises(NotPermitted):
        commands.propose_write_off(**words, write_off="LOSS", proposal_text="Small.", by=chiara)
    with pytest.raises(NotPermitted):
        commands.explain_break(**words, explanation_text="Mine.", clears_on=None, by=ada)
    with pytest.raises(StaleVersion):
        commands.explain_break(**words, explanation_text="Old.", clears_on=None, by=amina, expected_version=7)
    with pytest.raises(UnknownBreak):
        commands.explain_break(break_id=ada.id, explanation_text="None.", clears_on=None, by=amina, now=story.now)

    found.refresh_from_db()
    assert (found.state, found.version) == ("OPEN", 1)


def test_a_provider_that_does_not_answer_leaves_no_run_and_what_was_read(story: Story, paid: Any) -> None:
    calls = []

    def drop_second(where: str, request: Request) -> None:
        if where == "received" and request.path == "/v1/balance":
            calls.append(1)
            raise ConnectionDropped

    story.sandbox.hook = drop_second
    with pytest.raises(ProviderNotReadable):
        commands.reconcile(by=None, now=story.now)
    assert (len(calls), ReconciliationRun.objects.count(), ProviderTransaction.objects.count()) == (1, 0, 2)

    story.sandbox.hook = None
    assert run(story)[-1] == 0


def test_the_audit_names_a_match_that_was_made_up(story: Story, paid: Any) -> None:
    run(story)
    story.switch("adjust", amount=500, currency="eur")
    commands.fetch_transactions(rail="connect", now=story.now)
    stray = ProviderTransaction.objects.get(kind="adjustment")
    MatchedTransaction.objects.create(transaction=stray, matched_at=story.now)

    (result,) = run_checks(["payouts.reconciliation.matches_are_even"])

    assert [finding.subject for finding in result.findings] == [stray.reference]


@pytest.mark.parametrize(
    ("days", "words"), [(1, "1 to 7 days"), (8, "8 to 30 days"), (60, "31 to 60 days"), (61, "Over 60 days")]
)
def test_breaks_age(story: Story, days: int, words: str) -> None:
    assert age_of(story.now - timedelta(days=days), story.now) == words


def test_a_fee_within_a_movement_is_a_part_of_its_own(story: Story, paid: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = TransactionFacts("txn_x", "charge", 1000, 30, "EUR", "ch_1", "provider:ch_1", False, story.now)
    monkeypatch.setattr(story.rail, "list_transactions", lambda since: iter([[facts]]))

    commands.fetch_transactions(rail="connect", now=story.now)
    commands.match(now=story.now)

    rows = ProviderTransaction.objects.order_by("part").values_list("part", "amount_minor", "reference")
    assert list(rows) == [("AMOUNT", 1000, "provider:ch_1"), ("FEE", -30, "fee:txn_x")]
    assert get_balance(stripe_fees("EUR")) == Money(30, "EUR")
    assert [row.reference for row in list_differences() if row.side == "PROVIDER"] == ["provider:ch_1"]


def test_eight_runs_at_once_book_match_and_open_once(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story()
    monkeypatch.setitem(registry._rails, "connect", story.rail)
    top_up(money=euros(1000), source="pay_cycle:1", by=None, now=story.now)
    story.switch("charge_fee", amount=61, currency="eur")
    story.switch("adjust", amount=500, currency="eur")
    story.pass_time(hours=25)

    done = at_once(*(lambda: commands.reconcile(by=None, now=story.now) for _ in range(8)))

    assert done == ["done"] * 8
    assert (ProviderTransaction.objects.count(), MatchedTransaction.objects.count(), MatchedLine.objects.count()) == (
        3,
        2,
        2,
    )
    assert JournalEntry.objects.filter(kind="PROVIDER_FEE").count() == 1
    assert Break.objects.count() == 1
    figures = {figure.unexplained_minor for run in ReconciliationRun.objects.all() for figure in run.figures.all()}
    assert figures == {500}
    assert sum(ReconciliationRun.objects.values_list("matched", flat=True)) == 2
