"""Enough money at the provider."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import QuerySet

from common.money import Money
from payouts.rails import registry
from payouts.sandbox.core import Request
from payouts.sandbox.errors import ConnectionDropped, Refusal
from payouts.transfers import commands
from payouts.transfers.errors import BalanceNotReadable, InvalidTopUp
from payouts.transfers.models import TopUp
from tests.payouts.support.story import Story, euros


def test_what_is_reserved_is_no_longer_available(story: Story, paid_ada: Any) -> None:
    story.reserve(paid_ada, euros(60))

    funds = commands.check_funds(money=euros(1000), now=story.now)

    assert funds.available == euros(940)
    assert funds.missing == euros(60)


class Elsewhere:
    """A rail with a balance of its own."""

    name = "global"

    def available(self, currency: str) -> Money:
        return Money(2000, currency)


def test_each_rail_has_its_own_balance_and_its_own_reservations(
    story: Story, paid_ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry._rails, "global", Elsewhere())
    story.reserve(paid_ada, euros(60))

    funds = [commands.check_funds(money=euros(50), rail=rail, now=story.now) for rail in ("connect", "global")]

    assert [(each.available, each.missing) for each in funds] == [(euros(940), euros(0)), (euros(20), euros(30))]


def test_a_top_up_is_booked_when_it_arrives(story: Story, ada: Any) -> None:
    story.switch("settings", topup_seconds=86400)
    row = commands.top_up(money=euros(50), source="pay_cycle:1", by=None, now=story.now)
    again = commands.top_up(money=euros(50), source="pay_cycle:1", by=None, now=story.now)
    assert (again.id, again.state) == (row.id, "PENDING")
    assert story.balances(ada)[2] == 0

    story.pass_time(hours=25)
    commands.run_due(now=story.now)

    row.refresh_from_db()
    assert row.state == "SUCCEEDED"
    assert story.balances(ada)[2] == 5000
    assert story.is_even()


def test_a_top_up_that_ends_while_another_asks_for_it_is_given_back(
    story: Story, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.switch("settings", topup_seconds=86400)
    row = commands.top_up(money=euros(50), source="pay_cycle:1", by=None, now=story.now)
    insert = QuerySet.bulk_create

    def insert_and_see_it_end(rows: Any, *args: Any, **options: Any) -> Any:
        made = insert(rows, *args, **options)
        TopUp.objects.filter(id=row.id).update(state="FAILED", settled_at=story.now, failure_text="No answer.")
        return made

    monkeypatch.setattr(QuerySet, "bulk_create", insert_and_see_it_end)
    again = commands.top_up(money=euros(50), source="pay_cycle:1", by=None, now=story.now)

    assert (again.id, again.state) == (row.id, "FAILED")


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
def test_a_top_up_without_an_answer_is_asked_for_once(story: Story, ada: Any, point: str) -> None:
    left = [1]

    def drop(where: str, request: Request) -> None:
        if where == point and request.path == "/v1/topups" and left[0]:
            left[0] = 0
            raise ConnectionDropped

    story.sandbox.hook = drop
    row = commands.top_up(money=euros(50), source="pay_cycle:1", by=None, now=story.now)
    assert row.state == "REQUESTED"

    commands.run_due(now=story.now)

    row.refresh_from_db()
    assert row.state == "SUCCEEDED"
    assert story.sandbox.store.count("topup") == 1
    assert story.balances(ada)[2] == 5000


def test_nothing_is_no_top_up(story: Story) -> None:
    with pytest.raises(InvalidTopUp):
        commands.top_up(money=euros(0), source="pay_cycle:1", by=None, now=story.now)

    assert not TopUp.objects.exists()


def test_an_unreadable_balance_is_said(story: Story) -> None:
    def drop(where: str, request: Request) -> None:
        raise ConnectionDropped

    story.sandbox.hook = drop
    with pytest.raises(BalanceNotReadable):
        commands.check_funds(money=euros(1), now=story.now)


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
def test_a_top_up_whose_key_keeps_an_error_is_found_or_asked_for_again(story: Story, ada: Any, point: str) -> None:
    left = [1]

    def break_once(where: str, request: Request) -> None:
        if where == point and request.path == "/v1/topups" and left[0]:
            left[0] = 0
            raise Refusal(500, "api_error", "An unexpected error occurred.", executed=True)

    story.sandbox.hook = break_once
    commands.top_up(money=euros(50), source="pay_cycle:1", by=None, now=story.now)

    story.sweep(hours=30, step_minutes=30)
    commands.top_up(money=euros(50), source="pay_cycle:1", by=None, now=story.now)

    assert TopUp.objects.filter(state="SUCCEEDED").count() == story.sandbox.store.count("topup") >= 1
    assert story.balances(ada)[2] == 5000 * story.sandbox.store.count("topup")
    assert story.is_even()
