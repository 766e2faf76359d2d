"""Being paid in another currency than one earned: chosen by the expert, frozen with the approval, undone as a whole."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import Client

from common import clock, events
from common.errors import InvalidInput, NotPermitted
from common.money import Money
from common.verification import run_checks
from payouts.cycles.commands import approve, calculate, cancel, draft_cycle, execute, recover, send_back, submit, tick
from payouts.cycles.models import PayCycle
from payouts.facade import post_earnings
from payouts.fx.commands import choose_pay_currency
from payouts.fx.errors import NoFreshRate
from payouts.fx.models import Conversion, PayCurrency
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import bank, fx_clearing, fx_rounding, payable, stripe_balance
from payouts.payees.errors import CountryNotPayable, UnknownPayee
from payouts.payees.models import Payee
from payouts.statements.documents import csv_of, pdf_of
from payouts.statements.models import Statement
from payouts.statements.queries import document_of
from payouts.traces.queries import trace
from payouts.transfers.commands import find_returns, run_due
from payouts.transfers.models import Payout
from tests.payouts.fx.conftest import END, POSTED, Publish
from tests.payouts.payees.test_payee_holds import make_expert
from tests.payouts.people import NOW, make_earning
from tests.payouts.support.story import Story, euros

WEEK = timedelta(days=7)
#: 50.00 EUR at 1.0833 are 54.165 USD: half a cent, which goes to the even one.
IN_DOLLARS = Money(5416, "USD")


def calculated(amina: Any, *, end: datetime = END, currency: str = "EUR", now: datetime = NOW) -> PayCycle:
    cycle = draft_cycle(starts_at=end - WEEK, ends_at=end, currency=currency, by=amina, now=now)
    return calculate(cycle_id=cycle.id, by=amina, now=now)


def approved(amina: Any, chiara: Any, **changes: Any) -> PayCycle:
    cycle = calculated(amina, **changes)
    now = changes.get("now", NOW)
    submit(cycle_id=cycle.id, by=amina, now=now)
    return approve(cycle_id=cycle.id, by=chiara, now=now)


def let_it_end(story: Story) -> None:
    for _ in range(36):
        with clock.at(story.now):
            story.sweep()
            events.deliver_due(now=story.now)
            tick(now=story.now)
        story.pass_time(hours=2)


def assert_books_hold() -> None:
    assert [(result.name, result.findings) for result in run_checks() if not result.is_ok] == []


def balance(code: str) -> int:
    return get_balance(code).amount_minor


def test_who_chose_dollars_is_paid_the_exact_worth_of_their_euros(
    story: Story, chosen: Any, amina: Any, chiara: Any
) -> None:
    cycle = approved(amina, chiara)
    line = cycle.lines.get()
    assert (line.amount, line.pays, line.carried_minor) == (euros(50), IN_DOLLARS, 0)
    assert Conversion.objects.get().exact_minor == Decimal("5416.5")

    execute(cycle_id=cycle.id, by=amina, now=NOW)
    let_it_end(story)

    payout = Payout.objects.get()
    assert (payout.state, payout.money) == ("PAID", IN_DOLLARS)
    assert [(row["amount"], row["currency"]) for row in story.transfers()] == [(5416, "usd")]
    assert [balance(payable(chosen.id, code)) for code in ("EUR", "USD")] == [0, 0]
    assert (balance(fx_clearing("EUR")), balance(fx_clearing("USD"))) == (-5000, 5416)
    assert (balance(stripe_balance("USD")), balance(bank("EUR"))) == (100_000 - 5416, 0)
    assert_books_hold()


def test_statement_and_trace_say_rate_source_and_time(story: Story, chosen: Any, amina: Any, chiara: Any) -> None:
    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    let_it_end(story)

    document = document_of(Statement.objects.get())
    words = "1 EUR = 1.0833 USD (ECB, 2026-11-11 13:10 UTC); no margin, no fee"
    steps = {step.kind: step for step in trace(chosen, str(Payout.objects.get().id)).steps}

    assert (document.total, document.arrives, document.exchange) == (euros(50), IN_DOLLARS, words)
    assert words in csv_of(document)
    assert pdf_of(document).startswith(b"%PDF")
    assert (steps["CONVERSION"].amount, steps["CONVERSION"].text) == (IN_DOLLARS, words)
    make_expert(chosen)
    page = Client()
    page.force_login(chosen)
    assert words in page.get(f"/statements/{document.id}/").text


def test_what_comes_back_is_owed_in_what_was_earned_and_converted_anew(
    story: Story, chosen: Any, amina: Any, chiara: Any, publish: Publish
) -> None:
    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    let_it_end(story)
    payout = Payout.objects.get()
    story.pass_time(days=2)
    story.switch("return_payout", payout=payout.bank_ref, code="account_closed")
    assert find_returns(now=story.now) == 1
    let_it_end(story)

    payout.refresh_from_db()
    assert payout.state in ("RETURNED", "REVERSED")
    assert [balance(payable(chosen.id, code)) for code in ("EUR", "USD")] == [5000, 0]
    assert (balance(fx_clearing("EUR")), balance(fx_clearing("USD"))) == (0, 0)
    assert [s.amount.amount_minor for s in Statement.objects.order_by("number")] == [5000, -5000]
    assert_books_hold()
    with clock.at(story.now):
        story.mend_bank(chosen)
    story.pass_time(hours=80)
    publish(story.now.date() - timedelta(days=1), now=story.now, USD="1.1", GBP="0.8391")
    again = calculated(amina, end=END + WEEK, now=story.now)
    assert [line.pays for line in again.lines.all()] == [Money(5500, "USD")]


def test_a_rate_that_changes_after_the_calculation_changes_nothing_until_it_is_calculated_again(
    chosen: Any, amina: Any, chiara: Any, publish: Publish
) -> None:
    cycle = calculated(amina)
    frozen, later = cycle.lines_hash, NOW + timedelta(hours=6)
    publish(date(2026, 11, 12), now=later, USD="1.09", GBP="0.84")

    submit(cycle_id=cycle.id, by=amina, now=later)
    assert cycle.lines.get().pays == IN_DOLLARS
    send_back(cycle_id=cycle.id, reason_text="The rate moved.", by=chiara, now=later)
    again = calculate(cycle_id=cycle.id, by=amina, now=later)

    assert again.lines.get().pays == Money(5450, "USD")
    assert again.lines_hash != frozen
    cancel(cycle_id=cycle.id, reason_text="Not today.", by=amina, now=later)
    assert not JournalEntry.objects.filter(kind="CURRENCY_CONVERTED").exists()
    assert_books_hold()


def test_nothing_is_converted_at_an_old_rate_and_the_line_says_so(chosen: Any, amina: Any) -> None:
    late = NOW + timedelta(days=5)

    cycle = calculated(amina, now=late)

    line = cycle.lines.get()
    assert (line.state, line.amount_minor, line.carried_minor) == ("CARRIED_OVER", 0, 5000)
    assert line.reason_code == "NO_EXCHANGE_RATE"
    assert "between EUR and USD is 5 days and 20 hours old" in line.reason_text
    assert not Conversion.objects.exists()


def test_an_approval_that_comes_after_the_rate_has_grown_old_is_refused(chosen: Any, amina: Any, chiara: Any) -> None:
    cycle = calculated(amina)
    submit(cycle_id=cycle.id, by=amina, now=NOW)

    with pytest.raises(NoFreshRate, match="exchange rate of this cycle is 5 days"):
        approve(cycle_id=cycle.id, by=chiara, now=NOW + timedelta(days=5))

    assert PayCycle.objects.get().state == "SUBMITTED"


def test_forints_are_paid_in_whole_ones_and_what_that_rounds_is_a_line_of_its_own(
    story: Story, ada: Any, bola: Any, amina: Any, chiara: Any, publish: Publish
) -> None:
    story.onboard(ada, number="HU42117730161111101800000000", country="HU", currency="HUF")
    post_earnings([make_earning(ada.id, bola.id, "t:1", quantity=Decimal("0.333"))], now=POSTED)
    choose_pay_currency(worker_id=ada.id, currency="HUF", by=ada, now=NOW)
    publish(HUF="401.27")
    story.fund(Money(10_000_000, "HUF"))

    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)

    # 8.32 EUR are 3,338.5664 HUF, of which 3,338 can be paid; they cost 8.32 EUR to the nearest cent.
    row = Conversion.objects.get()
    assert (row.from_minor, row.to_minor, row.rounding_minor, row.paid_minor) == (832, 333857, 57, 333800)
    assert balance(fx_rounding("HUF")) == -57
    assert balance(fx_clearing("HUF")) == 333857
    assert_books_hold()


def test_less_than_the_least_of_the_other_currency_is_carried_over(
    story: Story, ada: Any, bola: Any, amina: Any, publish: Publish
) -> None:
    story.onboard(ada, number="HU42117730161111101800000000", country="HU", currency="HUF")
    post_earnings([make_earning(ada.id, bola.id, "t:1", rate_minor=1, quantity=Decimal(10))], now=POSTED)
    choose_pay_currency(worker_id=ada.id, currency="HUF", by=ada, now=NOW)
    publish(HUF="4.012")

    line = calculated(amina).lines.get()

    assert (line.state, line.reason_code, line.carried_minor) == ("CARRIED_OVER", "BELOW_UNIT", 10)


def test_a_missing_sum_is_brought_in_the_currency_that_is_paid(
    story: Story, chosen: Any, bola: Any, amina: Any, chiara: Any
) -> None:
    post_earnings([make_earning(chosen.id, bola.id, "t:2", quantity=Decimal(60))], now=POSTED)
    cycle = approved(amina, chiara)

    execute(cycle_id=cycle.id, by=amina, now=NOW)
    story.pass_time(days=2)
    with clock.at(story.now):
        story.sweep()
        tick(now=story.now)

    assert PayCycle.objects.get().executed_at
    assert Payout.objects.get().money == cycle.lines.get().pays
    assert balance(stripe_balance("USD")) >= 0
    assert_books_hold()


def test_everyone_chooses_for_themselves_and_only_what_reaches_their_country(story: Story, ada: Any, chen: Any) -> None:
    with pytest.raises(UnknownPayee):
        choose_pay_currency(worker_id=ada.id, currency="USD", by=ada, now=NOW)
    story.onboard(ada)

    with pytest.raises(NotPermitted):
        choose_pay_currency(worker_id=ada.id, currency="USD", by=chen, now=NOW)
    for code, refusal in (("KES", CountryNotPayable), ("XXX", InvalidInput), ("usd", InvalidInput)):
        with pytest.raises(refusal):
            choose_pay_currency(worker_id=ada.id, currency=code, by=ada, now=NOW)

    assert not PayCurrency.objects.exists()


def test_a_choice_is_kept_with_its_terms_and_can_be_taken_back(chosen: Any, amina: Any) -> None:
    make_expert(chosen)
    client = Client()
    client.force_login(chosen)
    assert "no margin, no fee of ours" in client.get("/payout-method/currency/").text
    assert client.get("/api/v1/pay-currency/").json()["currency"] == "USD"

    client.post("/payout-method/currency/", {"currency": ""})

    assert [row.currency for row in PayCurrency.objects.order_by("id")] == ["USD", ""]
    assert calculated(amina).lines.get().pays == euros(50)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payouts_conversion SET paid_minor = paid_minor + 1, to_minor = to_minor + 1",
        "DELETE FROM payouts_conversion",
        "UPDATE payouts_paycurrency SET currency = 'GBP'",
    ],
)
def test_the_database_changes_no_conversion_of_a_submitted_cycle(chosen: Any, amina: Any, statement: str) -> None:
    cycle = calculated(amina)
    submit(cycle_id=cycle.id, by=amina, now=NOW)

    with pytest.raises((InternalError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert cycle.lines.get().pays == IN_DOLLARS


@pytest.mark.parametrize(
    "change", [{"to_minor": 5418}, {"exact_minor": Decimal("5416.4")}, {"from_minor": 4999}, {"to_currency": "GBP"}]
)
def test_the_database_takes_no_conversion_that_is_not_its_line_at_its_rates(
    chosen: Any, amina: Any, change: dict[str, Any]
) -> None:
    calculated(amina)
    row = Conversion.objects.get()
    row.delete()
    for name, value in change.items():
        setattr(row, name, value)
    row.paid_minor = row.to_minor - row.rounding_minor

    with pytest.raises(IntegrityError, match="at its rates"), transaction.atomic():
        row.save(force_insert=True)


def test_verify_finds_a_conversion_that_was_changed_behind_the_triggers(
    story: Story, chosen: Any, amina: Any, chiara: Any
) -> None:
    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payouts_conversion DISABLE TRIGGER USER")
        cursor.execute("UPDATE payouts_conversion SET paid_minor = 5500, to_minor = 5500")

    found = {result.name for result in run_checks() if not result.is_ok}
    assert {"payouts.fx.conversions_true", "payouts.fx.conversions_booked"} <= found


def test_a_payout_that_a_restore_finds_is_converted_before_it_is_taken_over(
    story: Story, chosen: Any, amina: Any, chiara: Any
) -> None:
    cycle = approved(amina, chiara)
    params: Any = {
        "amount": 5416,
        "currency": "usd",
        "destination": Payee.objects.get(worker=chosen).account_id,
        "transfer_group": f"payout_{uuid4()}",
        "metadata": {"cycle": str(cycle.id)},
    }
    story.client.v1.transfers.create(params)

    assert recover(now=NOW) == (1, 0)
    run_due(now=NOW)
    execute(cycle_id=cycle.id, by=amina, now=NOW)

    assert (Payout.objects.get().money, len(story.transfers())) == (IN_DOLLARS, 1)
    assert cycle.lines.get().payout_id == Payout.objects.get().id
    assert (balance(fx_clearing("EUR")), balance(fx_clearing("USD"))) == (-5000, 5416)
    assert_books_hold()
