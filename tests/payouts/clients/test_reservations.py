"""Money reserved for work before it goes out: a lease, renewed while the work lasts, spent by nobody twice."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from common.money import Money
from payouts.clients.commands import (
    UnitPrice,
    approve_proposal,
    release_expired,
    release_money,
    reservations,
    reserve_money,
)
from payouts.clients.commands.reservations import LEASE
from payouts.clients.errors import ClientFundsMissing
from payouts.clients.models import ClientAccount, ClientReservation
from payouts.clients.queries import get_funds
from tests.marketplace import people
from tests.payouts.clients.stories import agree, euros, open_euros, prefund, proposed
from tests.payouts.cycles.test_races import at_once
from tests.payouts.people import NOW, make_person

FOUR_EUROS = UnitPrice(euros(4), euros(3))


def reserve(account: ClientAccount, units: int, purpose: str = "batch:1", **changes: Any) -> Money | None:
    facts = {"prices": [FOUR_EUROS], "now": NOW, "client_id": account.client_id}
    return reserve_money(purpose_key=purpose, units=units, **facts | changes)


def test_reserved_money_is_not_available_for_other_work_nor_paid_back(
    account: ClientAccount, amina: Any, chiara: Any
) -> None:
    prefund(account, amina, chiara, euros(100))

    reserved = reserve(account, 20)
    with pytest.raises(ClientFundsMissing):
        reserve(account, 6, "batch:2")
    refund = proposed(account, amina, "REFUND", money=euros(21))
    with pytest.raises(ClientFundsMissing):
        approve_proposal(kind="movement", proposal_id=refund.id, by=chiara, now=NOW)

    funds = get_funds(account)
    assert (reserved, funds.reserved, funds.available, funds.refundable) == (euros(80), euros(80), euros(20), euros(20))
    assert reserve(account, 5, "batch:2") == euros(20)


def test_a_renewal_gives_back_what_was_done_and_asks_for_what_was_added(
    account: ClientAccount, amina: Any, chiara: Any
) -> None:
    prefund(account, amina, chiara, euros(100))
    reserve(account, 20)

    later = NOW + timedelta(minutes=30)
    smaller = reserve(account, 10, now=later)
    with pytest.raises(ClientFundsMissing):
        reserve(account, 26, now=later)
    larger = reserve(account, 25, now=later)

    row = ClientReservation.objects.get()
    assert (smaller, larger, row.expires_at) == (euros(40), euros(100), later + LEASE)
    assert reserve(account, 0) is None
    assert get_funds(account).available == euros(100)


def test_what_nobody_renews_is_given_back(account: ClientAccount, amina: Any, chiara: Any) -> None:
    prefund(account, amina, chiara, euros(100))
    reserve(account, 20)
    reserve(account, 5, "batch:2", now=NOW + timedelta(minutes=1))

    assert release_expired(now=NOW + LEASE) == 1
    assert (release_money(purpose_key="batch:2", now=NOW), release_money(purpose_key="batch:2", now=NOW)) == (
        True,
        False,
    )
    assert get_funds(account).reserved == euros(0)
    assert reserve(account, 25) == euros(100)


def test_credit_is_reserved_like_money_paid_in_advance(account: ClientAccount, amina: Any, chiara: Any) -> None:
    agree(account, amina, chiara, euros(50))

    assert reserve(account, 12) == euros(48)
    with pytest.raises(ClientFundsMissing):
        reserve(account, 1, "batch:2")


def test_the_dearest_price_is_reserved_and_work_without_one_reserves_nothing(
    account: ClientAccount, amina: Any, chiara: Any
) -> None:
    prefund(account, amina, chiara, euros(100))

    dearest = reserve(account, 2, prices=[FOUR_EUROS, UnitPrice(euros(9), euros(1)), UnitPrice(None, euros(30))])
    unpriced = reserve(account, 2, "batch:2", prices=[UnitPrice(None, euros(30))])
    elsewhere = reserve(account, 2, "batch:3", prices=[UnitPrice(Money(400, "USD"), Money(300, "USD"))])
    stranger = reserve(account, 2, "batch:4", client_id=make_person("Nobody").id)

    assert (dearest, unpriced, elsewhere, stranger) == (euros(18), None, None, None)
    assert ClientReservation.objects.count() == 1


@pytest.mark.parametrize(
    "change", ["amount_minor = 0", "account_id = gen_random_uuid()", "purpose_key = 'x'", "expires_at = reserved_at"]
)
def test_raw_sql_moves_no_reservation(account: ClientAccount, amina: Any, chiara: Any, change: str) -> None:
    prefund(account, amina, chiara, euros(100))
    reserve(account, 1)

    for statement in (f"UPDATE payouts_clientreservation SET {change}", "DELETE FROM payouts_clientreservation"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    assert get_funds(account).reserved == euros(4)


@pytest.mark.parametrize("is_naive", [False, True])
def test_of_eight_that_reserve_the_last_money_at_once_one_wins_and_without_the_lock_more_do(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch, is_naive: bool
) -> None:
    amina, chiara = make_person("Amina", "FINANCE_PREPARER"), make_person("Chiara", "FINANCE_APPROVER")
    account = open_euros(people.make_organization(people.make_user("Olu Owner")), amina)
    prefund(account, amina, chiara, euros(100))
    if is_naive:
        monkeypatch.setattr(reservations, "lock_account", lambda key: ClientAccount.objects.get(id=key))

    def look_and_think(row: ClientAccount) -> Any:
        funds = get_funds(row)
        time.sleep(0.1)
        return funds

    monkeypatch.setattr(reservations, "get_funds", look_and_think)

    outcomes = at_once(*(lambda n=n: reserve(account, 25, f"batch:{n}") for n in range(8)))

    won = outcomes.count("done")
    assert outcomes.count("client_funds_missing") == 8 - won
    assert (won > 1) if is_naive else (won == 1)
    assert get_funds(account).reserved.amount_minor == won * 10_000
