"""What an expert and finance are told of pay that arrives in another currency, and over which rail and when it comes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from common import clock
from common.money import Money
from payouts.console.payees import list_payouts
from payouts.console.queries import list_earnings
from payouts.cycles import expectations
from payouts.cycles.commands import execute
from payouts.payees.queries import Payability
from payouts.rails.registry import BALANCE_KINDS
from payouts.rails.rules import RAIL_NAMES
from payouts.transfers.models import Payout
from tests.payouts.fx.test_conversions import IN_DOLLARS, approved, calculated, let_it_end
from tests.payouts.payees.test_payee_holds import make_expert
from tests.payouts.people import NOW
from tests.payouts.support.story import Story

CONVERTED = " All that this cycle pays you becomes 54.16 USD, at 1 EUR = 1.0833 USD (ECB, 2026-11-11 13:10 UTC); no margin, no fee."


def expected(worker: Any) -> Any:
    (row,) = list_earnings(worker_id=worker.id)
    return row.expected


def page_of(person: Any, path: str) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_every_rail_has_a_name() -> None:
    assert set(RAIL_NAMES) == set(BALANCE_KINDS)


def test_an_expectation_says_the_currency_first_then_the_amount_and_its_rate_to_the_end(
    story: Story, chosen: Any, amina: Any, chiara: Any
) -> None:
    before = expected(chosen)
    calculated(amina)
    in_cycle = expected(chosen)
    assert before.words.endswith("It is paid out in USD, at the rate of its calculation.")
    assert before.arrives is None
    assert in_cycle.words.endswith(
        f"waiting for a second person's approval. Expected at your bank on 17 Nov 2026.{CONVERTED}"
    )
    assert in_cycle.arrives == IN_DOLLARS


def test_a_payment_in_another_currency_says_it_on_its_way_and_at_the_bank(
    story: Story, chosen: Any, amina: Any, chiara: Any
) -> None:
    execute(cycle_id=approved(amina, chiara).id, by=amina, now=NOW)

    sent = expected(chosen)
    let_it_end(story)
    with clock.at(story.now):
        arrived = expected(chosen)

    assert sent.words == f"Being sent. Expected at your bank on 16 Nov 2026.{CONVERTED}"
    assert arrived.words.startswith("At your bank since ")
    assert arrived.words.endswith(CONVERTED)
    assert sent.arrives == arrived.arrives == IN_DOLLARS


@pytest.mark.parametrize(
    ("least", "words"),
    [
        (5416, "Joins the cycle of 02 Nov to 08 Nov 2026."),
        (5417, "54.16 USD of the 54.17 USD that can be paid at least: it is carried over"),
    ],
)
def test_the_least_amount_is_judged_in_the_currency_that_arrives(
    story: Story, chosen: Any, monkeypatch: pytest.MonkeyPatch, least: int, words: str
) -> None:
    ready = Payability(True, minimum=Money(least, "USD"))
    monkeypatch.setattr(
        expectations, "payability", lambda ids, currency, now: dict.fromkeys(ids if currency == "USD" else [], ready)
    )

    assert expected(chosen).words.startswith(words)


@pytest.mark.parametrize("rail", ["connect", "global"])
def test_payouts_name_their_rail_and_their_day_to_the_expert_and_to_finance(
    story: Story, chosen: Any, amina: Any, chiara: Any, rail: str
) -> None:
    make_expert(chosen)
    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    payout = Payout.objects.get()
    Payout.objects.update(rail=rail, arrives_minor=199_00, arrives_currency="PLN")
    name = RAIL_NAMES[rail]
    (earning,) = list_earnings(worker_id=chosen.id)

    (told,) = list_payouts(worker_id=chosen.id)
    client = Client()
    client.force_login(chosen)
    shown = client.get(f"/api/v1/payouts/{payout.id}/").json()
    trace = client.get(f"/api/v1/earnings/{earning.id}/trace/").json()

    assert (told.rail_name, told.expected_on, str(told.arrives)) == (name, date(2026, 11, 16), "199.00 PLN")
    assert (shown["rail"], shown["rail_name"], shown["expected_on"]) == (rail, name, "2026-11-16")
    assert (trace["payout"]["rail_name"], trace["earning"]["expected"]["arrives"]["currency"]) == (name, "PLN")
    for person, path, day in (
        (chosen, "/earnings/", "16 Nov"),
        (chosen, f"/earnings/{earning.id}/", "16 Nov"),
        (chosen, f"/trace/{payout.id}/", "16 Nov 2026"),
        (amina, "/finance/payouts/", "16 Nov"),
        (amina, f"/finance/cycles/{cycle.id}/", ""),
    ):
        page = page_of(person, path)
        assert name in page, path
        assert day in page, path


def test_the_exception_of_a_payout_names_its_rail_and_its_day(
    story: Story, chosen: Any, amina: Any, chiara: Any
) -> None:
    execute(cycle_id=approved(amina, chiara).id, by=amina, now=NOW)
    Payout.objects.update(needs_person=True)

    page = page_of(amina, f"/finance/exceptions/{Payout.objects.get().id}/")

    assert "Stripe Connect" in page
    assert "Expected at the bank" in page


def test_lines_name_the_rail_over_the_api_before_they_are_sent_and_after(
    story: Story, chosen: Any, amina: Any, chiara: Any
) -> None:
    client = Client()
    client.force_login(amina)
    cycle = approved(amina, chiara)
    path = f"/api/v1/finance/cycles/{cycle.id}/lines/"

    before = client.get(path).json()["results"][0]
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    Payout.objects.update(rail="global")
    after = client.get(path).json()["results"][0]

    assert [(row["rail"], row["rail_name"]) for row in (before, after)] == [
        ("connect", "Stripe Connect"),
        ("global", "Stripe Global Payouts"),
    ]
