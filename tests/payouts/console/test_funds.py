"""Is there enough at the provider, how fast a cycle goes, and what waits: figures, filters, pages and API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from common import clock
from payouts.console.exceptions import find_waiting_lines
from payouts.console.funds import list_funds, list_owed
from payouts.console.web.cycles import progress_of
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, submit
from payouts.cycles.models import PayCycle
from payouts.facade import post_earnings
from payouts.holds.commands import place_hold
from payouts.rails import registry
from payouts.rails.base import Failure, Outcome, ProviderUnavailable, Reaction
from payouts.transfers.models import Payout
from tests.payouts.cycles.test_running import END, POSTED, WEEK, let_it_end
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story, euros

FUNDS = "/api/v1/finance/funds/"
LINES = "/api/v1/finance/waiting-lines/"
QUEUE = "/api/v1/finance/exceptions/"


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def amina(db: None) -> Any:
    return make_person("Amina", "FINANCE_PREPARER")


@pytest.fixture
def chiara(db: None) -> Any:
    return make_person("Chiara", "FINANCE_APPROVER")


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def approved(amina: Any, chiara: Any, end: Any = END) -> PayCycle:
    cycle = draft_cycle(starts_at=end - WEEK, ends_at=end, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    return approve(cycle_id=cycle.id, by=chiara, now=NOW)


def test_funds_weigh_the_balance_against_what_is_reserved_and_what_is_approved(
    story: Story, ada: Any, bola: Any, amina: Any, chiara: Any
) -> None:
    chen = make_person("Chen")
    story.onboard(ada)
    story.onboard(chen, number="DE02120300000000202051")
    story.fund(euros(80))
    story.earn(chen, euros(60))
    story.reserve(chen, euros(60))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    approved(amina, chiara)

    (funds,) = list_funds()
    assert (funds.balance, funds.reserved, funds.needed, funds.missing) == (euros(80), euros(60), euros(50), euros(30))

    shown = as_(chiara).get(f"{FUNDS}?currency=EUR").json()["funds"]
    page = as_(chiara).get("/finance/funds/?currency=EUR").content.decode()
    assert shown[0]["missing"]["amount_minor"] == 3000
    assert "Not enough" in page
    assert as_(chiara).get("/finance/funds/?currency=ZZZ").status_code == 400


def test_a_provider_that_gives_no_answer_is_said(story: Story, chiara: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(currency: str) -> None:
        raise ProviderUnavailable(Failure(Outcome.RETRYABLE, Reaction.RESEND, "connection_error", "down", "", ""))

    monkeypatch.setattr(story.rail, "available", refuse)

    (funds,) = list_funds("EUR")

    assert (funds.balance, funds.left, funds.missing) == (None, None, euros(0))
    assert "No answer from the provider" in as_(chiara).get("/finance/funds/?currency=EUR").content.decode()


def test_an_executing_cycle_says_its_rate_and_the_time_left(
    story: Story, ada: Any, bola: Any, amina: Any, chiara: Any
) -> None:
    people = [make_person(f"W{n}") for n in range(3)]
    for n, person in enumerate(people):
        story.onboard(person, number=f"DE8937040044053201{3100 + n}")
    story.fund(euros(1000))
    post_earnings([make_earning(person.id, bola.id, f"t:{person.id}") for person in people], now=POSTED)
    cycle = execute(cycle_id=approved(amina, chiara).id, by=amina, now=NOW)
    Payout.objects.filter(worker=people[0]).update(
        state="TRANSFERRED", provider_ref="tr_1", transferred_at=NOW + timedelta(seconds=30)
    )

    progress = progress_of(cycle, NOW + timedelta(seconds=40))
    later = progress_of(cycle, NOW + timedelta(minutes=5))

    assert (progress["rate"], progress["left"]) == ("2 a minute", "about 2 min left")
    assert (later["rate"], later["left"]) == ("", "")
    with clock.at(NOW + timedelta(seconds=40)):
        assert "about 2 min left" in as_(chiara).get(f"/finance/cycles/{cycle.id}/progress/").content.decode()


def test_money_not_yet_with_people_is_payable_held_in_flight_or_came_back(
    story: Story, ada: Any, bola: Any, amina: Any, chiara: Any
) -> None:
    chen = make_person("Chen")
    story.onboard(ada, number="DE89370400440532013002")
    story.onboard(chen, number="DE02120300000000202051")
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    cycle = execute(cycle_id=approved(amina, chiara).id, by=amina, now=NOW)
    let_it_end(story)
    story.earn(chen, euros(100))
    story.reserve(chen, euros(60))
    place_hold(
        worker_id=chen.id,
        currency="EUR",
        money=euros(15),
        reason_code="C",
        reason_text="Why.",
        ends_at=story.now + WEEK,
        by=amina,
        now=story.now,
    )

    (owed,) = list_owed()

    assert (owed.payable, owed.held, owed.in_flight, owed.came_back) == (euros(75), euros(15), euros(60), euros(50))
    assert owed.total == euros(150)
    with clock.at(story.now):
        client = as_(chiara)
        assert client.get(FUNDS).json()["owed"][0]["total"]["amount_minor"] == 15000
        assert "Money not yet with people" in client.get("/finance/cycles/").content.decode()
        page = client.get(f"/finance/cycles/{cycle.id}/").content.decode()
        assert "Payouts that did not go their way" in page
        assert "Your bank account is closed." in page
        rows = client.get(f"{QUEUE}?cycle={cycle.id}&currency=EUR").json()["results"]
        assert [row["kind"] for row in rows] == ["CAME_BACK"]
        assert client.get(f"{QUEUE}?cycle={ada.id}").json()["results"] == []
        assert client.get(f"{QUEUE}?currency=USD").json()["results"] == []


def test_carried_over_lines_wait_in_the_queue_until_a_later_line_takes_them_up(
    story: Story, ada: Any, bola: Any, amina: Any, chiara: Any
) -> None:
    chen = make_person("Chen")
    story.onboard(chen)
    for end in (END - WEEK, END):
        work = [make_earning(person.id, bola.id, f"{person.id}:{end:%d}") for person in (ada, chen)]
        post_earnings(work, now=end - timedelta(days=1))
    first = approved(amina, chiara, END - WEEK)
    client = as_(chiara)

    (line,) = client.get(LINES).json()["results"]
    page = client.get("/finance/exceptions/").content.decode()
    assert (line["worker"], line["cycle"], line["reason_code"]) == (str(ada.id), str(first.id), "NO_PAYOUT_METHOD")
    assert "Carried over by a cycle, 1" in page
    assert "Say how you want to be paid." in client.get("/finance/exceptions/?kind=CARRIED_OVER").content.decode()
    assert client.get(f"{LINES}?currency=USD").json()["results"] == []
    assert "Nothing needs a look" in client.get("/finance/exceptions/?kind=HELD").content.decode()
    for wrong in ("kind=NONE", "currency=ZZZ", "cycle=x", "other=1"):
        assert client.get(f"/finance/exceptions/?{wrong}").status_code == 400

    second = approved(amina, chiara)
    assert [row.cycle_id for row in find_waiting_lines(chiara)] == [second.id]
