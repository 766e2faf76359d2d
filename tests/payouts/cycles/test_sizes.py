"""Figures of cycles take a fixed number of queries, however many cycles and lines there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from payouts.adjustments.commands import approve_adjustment, propose_adjustment
from payouts.console.commands import list_cycles
from payouts.cycles.commands import approve, calculate, draft_cycle, submit
from payouts.cycles.differences import changes_of_totals, difference_to_last
from payouts.cycles.models import PayCycle
from payouts.cycles.queries import totals_of, totals_of_each
from payouts.facade import post_earnings
from tests.payouts.cycles.test_running import END, WEEK
from tests.payouts.people import NOW, make_earning
from tests.payouts.support.story import euros

pytestmark = pytest.mark.usefixtures("waiting")


def week_of_work(amina: Any, chiara: Any, back: int, *work: tuple[Any, Any, str, str]) -> PayCycle:
    """Approve ``work`` (worker, approver, key, unit) and the cycle that pays it, so many weeks ago."""
    end = END - back * WEEK
    earned = [make_earning(worker.id, by.id, key, unit=unit) for worker, by, key, unit in work]
    post_earnings(earned, now=end - timedelta(days=2))
    cycle = draft_cycle(starts_at=end - WEEK, ends_at=end, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    return approve(cycle_id=cycle.id, by=chiara, now=NOW)


@pytest.fixture
def weeks(amina: Any, chiara: Any, ada: Any, bola: Any, chen: Any) -> list[PayCycle]:
    """Last week paid Ada's hour and task and Chen's hour; this week Ada's two tasks, her bonus, and Dana's hour."""
    last = week_of_work(
        amina, chiara, 1, (ada, bola, "a:1", "HOUR"), (ada, bola, "a:2", "TASK"), (chen, bola, "c:1", "HOUR")
    )
    bonus = propose_adjustment(
        kind="BONUS", worker_id=ada.id, money=euros(7), reason_code="B", reason_text="Why.", by=amina, now=END - WEEK
    )
    approve_adjustment(adjustment_id=bonus.id, by=chiara, now=END - WEEK)
    this = week_of_work(
        amina,
        chiara,
        0,
        (ada, bola, "a:3", "TASK"),
        (ada, bola, "a:4", "ACCEPTED_TASK"),
        (bola, ada, "b:1", "HOUR"),
    )
    return [last, this]


def test_the_parts_of_a_difference_are_read_in_one_look_and_add_up(
    weeks: list[PayCycle], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(3):
        difference = difference_to_last(weeks[1])

    assert difference is not None
    assert {words: money.amount_minor for words, money in difference.parts} == {
        "New people": 5000,
        "People without pay this time": -5000,
        "Hours": -5000,
        "Tasks": 5000,
        "Bonuses and corrections": 700,
    }
    assert sum(money.amount_minor for _, money in difference.parts) == difference.difference.amount_minor == 700
    assert (difference.last, difference.share) == (euros(150), 7 / 150)


def test_totals_and_changes_of_many_cycles_take_as_many_queries_as_of_one(
    weeks: list[PayCycle], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        totals = totals_of_each(weeks)
        changes = changes_of_totals(weeks, totals)

    assert [totals[cycle.id] for cycle in weeks] == [totals_of(cycle) for cycle in weeks]
    assert list(changes) == [weeks[1].id]
    assert changes[weeks[1].id].difference == euros(7)


def count_queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_pages_and_api_of_cycles_take_no_more_queries_for_more_cycles(
    weeks: list[PayCycle], amina: Any, chiara: Any, ada: Any, bola: Any, django_assert_num_queries: Any
) -> None:
    client = Client()
    client.force_login(chiara)
    paths = ("/finance/cycles/", "/api/v1/finance/cycles/", f"/finance/cycles/{weeks[1].id}/")
    before = [count_queries(client, path) for path in paths]

    for back in (2, 3, 4):
        week_of_work(amina, chiara, back, (ada, bola, f"more:{back}", "HOUR"))

    assert [count_queries(client, path) for path in paths] == before
    with django_assert_num_queries(2):
        assert len(list_cycles()) == 5
