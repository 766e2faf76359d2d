"""What converting pay leaves to exchange: read from the books, valued at the newest rates, closed by two people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import Client

from common.errors import FourEyesRequired, NotPermitted
from common.money import Money
from common.verification import run_checks
from payouts.ledger.commands import post_entry
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import LineSpec, bank, fx_clearing, fx_gain
from payouts.positions.commands import (
    approve_settlement,
    propose_settlement,
    reject_settlement,
    withdraw_settlement,
)
from payouts.positions.errors import InvalidSettlement, PositionSmaller
from payouts.positions.models import PositionSettlement
from payouts.positions.queries import value_positions
from tests.payouts.fx.conftest import Publish
from tests.payouts.people import NOW, make_person

EUROS, DOLLARS = Money(5000, "EUR"), Money(5416, "USD")


def entered(by: Any, **changes: Any) -> PositionSettlement:
    facts = {"sold": EUROS, "bought": DOLLARS, "closed": DOLLARS, "reference_text": "FX-1"}
    return propose_settlement(**(facts | {"by": by, "now": NOW} | changes))


def balance(code: str) -> int:
    return get_balance(code).amount_minor


def assert_books_hold() -> None:
    assert [(result.name, result.findings) for result in run_checks() if not result.is_ok] == []


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_positions_are_what_the_books_have_to_exchange_at_the_newest_rates(converted: Any, publish: Publish) -> None:
    at_first = value_positions("EUR", now=NOW)
    publish(date(2026, 11, 12), now=NOW + timedelta(days=1), USD="1.0400", GBP="0.84")

    later = value_positions("EUR", now=NOW + timedelta(days=1))

    assert [(row.amount, row.worth) for row in at_first.rows] == [(-EUROS, -EUROS), (DOLLARS, EUROS)]
    assert (at_first.total, later.total) == (Money(0, "EUR"), Money(208, "EUR"))
    assert value_positions("KES", now=NOW).total is None


@pytest.mark.parametrize(("bought", "gain"), [(5430, 14), (5416, 0), (5400, -16)])
def test_an_exchange_closes_both_positions_and_books_its_gain_or_loss(
    converted: Any, amina: Any, chiara: Any, bought: int, gain: int
) -> None:
    row = entered(amina, bought=Money(bought, "USD"))

    approve_settlement(settlement_id=row.id, by=chiara, now=NOW)

    assert value_positions("EUR", now=NOW).rows == []
    assert (balance(bank("EUR")), balance(fx_gain("USD"))) == (-5000, gain)
    assert balance(fx_clearing("EUR")) == balance(fx_clearing("USD")) == 0
    entry = JournalEntry.objects.get(kind="POSITION_SETTLED")
    assert (entry.source, entry.created_by, entry.line_count) == (f"settlement:{row.id}", chiara, 3 if gain else 2)
    assert_books_hold()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sold": Money(5001, "EUR")}, "Only 50.00 EUR are to be sold"),
        ({"closed": Money(5417, "USD")}, "Only 54.16 USD are to be bought"),
        ({"sold": Money(1, "GBP")}, "Only 0.00 GBP are to be sold"),
        ({"bought": EUROS, "closed": EUROS, "sold": DOLLARS}, "Only 0.00 USD are to be sold"),
    ],
)
def test_no_more_is_exchanged_than_there_is(
    converted: Any, amina: Any, chiara: Any, changes: dict[str, Any], words: str
) -> None:
    row = entered(amina, **changes)

    with pytest.raises(PositionSmaller, match=words):
        approve_settlement(settlement_id=row.id, by=chiara, now=NOW)

    assert PositionSettlement.objects.get().state == "PROPOSED"
    assert not JournalEntry.objects.filter(kind="POSITION_SETTLED").exists()


def test_two_people_for_each_exchange_and_one_booking(converted: Any, amina: Any, chiara: Any) -> None:
    first, second = entered(amina), entered(amina)
    for decide in (approve_settlement, lambda **a: reject_settlement(reason_text="No.", **a)):
        with pytest.raises(FourEyesRequired):
            decide(settlement_id=first.id, by=amina, now=NOW)
    for roles in ([], ["FINANCE_APPROVER"], ["AUDITOR"]):
        with pytest.raises(NotPermitted):
            entered(make_person(f"Hana{len(roles)}{''.join(roles)}", *roles, is_superuser=True))

    approve_settlement(settlement_id=first.id, by=chiara, now=NOW)
    with pytest.raises(PositionSmaller):
        approve_settlement(settlement_id=second.id, by=chiara, now=NOW)
    withdraw_settlement(settlement_id=second.id, by=amina, now=NOW)

    assert sorted(PositionSettlement.objects.values_list("state", flat=True)) == ["APPROVED", "WITHDRAWN"]
    assert JournalEntry.objects.filter(kind="POSITION_SETTLED").count() == 1
    assert_books_hold()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sold": Money(0, "EUR")}, "/sold"),
        ({"bought": EUROS}, "/bought"),
        ({"closed": Money(-1, "USD")}, "/closed"),
        ({"closed": EUROS}, "/closed"),
        ({"reference_text": " "}, "/reference_text"),
    ],
)
def test_an_exchange_that_cannot_be_names_its_field(amina: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidSettlement) as refusal:
        entered(amina, **changes)

    assert refusal.value.problems[0].pointer == field


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payouts_positionsettlement SET sold_minor = 1",
        "DELETE FROM payouts_positionsettlement",
        "UPDATE payouts_positionsettlement SET state = 'APPROVED', decided_by_id = proposed_by_id, decided_at = now()",
    ],
)
def test_the_database_lets_nobody_change_an_exchange_or_decide_their_own(amina: Any, statement: str) -> None:
    entered(amina)

    with pytest.raises((InternalError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_verify_finds_a_position_that_nothing_explains(converted: Any, amina: Any) -> None:
    line = LineSpec(fx_clearing("USD"), bank("USD"), Money(100, "USD"))
    post_entry(
        idempotency_key="by-hand",
        kind="POSITION_SETTLED",
        effective_on=NOW.date(),
        lines=[line],
        source="by-hand",
        by=None,
        now=NOW,
    )

    found = {result.name: result.findings for result in run_checks() if not result.is_ok}

    assert set(found) == {"payouts.positions.explained", "payouts.positions.settled_as_approved"}
    assert found["payouts.positions.explained"][0].detail == "holds 5516, conversions and exchanges make 5416"


def test_pages_and_api_show_enter_and_decide(converted: Any, amina: Any, chiara: Any, ada: Any) -> None:
    page = as_(amina).get("/finance/positions/?valued_in=USD").text
    fields = {
        "sold_currency": "EUR",
        "sold": "50.00",
        "bought_currency": "USD",
        "bought": "54.30",
        "closed": "54.16",
        "reference_text": "FX-1",
    }
    bad = as_(amina).post("/finance/positions/", fields | {"sold": "1.005"})
    as_(amina).post("/finance/positions/", fields)
    row = PositionSettlement.objects.get()
    shown = as_(chiara).get("/api/v1/finance/positions/").json()
    address = f"/api/v1/finance/positions/settlements/{row.id}/approve/"
    headers = {"Idempotency-Key": "k-1", "If-Match": '"1"'}
    own = as_(amina).post(address, {}, content_type="application/json", headers=headers)
    other = as_(chiara).post(address, {}, content_type="application/json", headers=headers)

    assert "To sell EUR" in page
    assert "To buy USD" in page
    assert bad.status_code == 422
    assert shown["total"] == {"amount_minor": 0, "currency": "EUR"}
    assert [row["rate_source"] for row in shown["positions"]] == ["", "ECB"]
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")
    assert (other.status_code, other.json()["gain"]) == (200, {"amount_minor": 14, "currency": "USD"})
    assert as_(ada).get("/finance/positions/").status_code == 403
    assert as_(ada).get("/api/v1/finance/positions/").status_code == 403
