"""Reconciliation by API and page: who reads, who explains, who writes off, and what bad input is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.html import strip_tags

from common import clock
from payouts.facade import post_earnings
from payouts.holds.commands import place_hold
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import suspense
from payouts.rails import registry
from payouts.reconciliation import commands
from payouts.reconciliation.models import Break, ReconciliationRun
from payouts.sandbox.core import Request
from payouts.sandbox.errors import ConnectionDropped
from payouts.transfers.commands import top_up
from tests.payouts.console.test_finance_api import Caller
from tests.payouts.people import make_earning, make_person
from tests.payouts.support.story import Story, euros

ALL, BREAKS, PAGE = "/api/v1/finance/reconciliation/", "/api/v1/finance/breaks/", "/finance/reconciliation/"


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    top_up(money=euros(1000), source="pay_cycle:1", by=None, now=made.now)
    made.switch("adjust", amount=500, currency="eur", sign="minus")
    commands.reconcile(by=None, now=made.now)
    made.pass_time(hours=25)
    with clock.at(made.now):
        yield made


@pytest.fixture
def found(story: Story) -> Break:
    """A break of 5 EUR that Stripe took."""
    commands.reconcile(by=None, now=story.now)
    return Break.objects.get()


@pytest.fixture
def amina(db: None) -> Caller:
    return Caller(make_person("Amina", "FINANCE_PREPARER"))


@pytest.fixture
def chiara(db: None) -> Caller:
    return Caller(make_person("Chiara", "FINANCE_APPROVER"))


@pytest.fixture
def hana(db: None) -> Caller:
    return Caller(make_person("Hana", "AUDITOR"))


def test_a_run_says_how_every_currency_stands(story: Story, amina: Caller, hana: Caller) -> None:
    answer = amina.post(ALL)

    assert answer.status_code == 201
    (figure,) = answer.json()["figures"]
    assert {name: value["amount_minor"] for name, value in figure.items() if name != "currency"} == {
        "ledger": 100_000,
        "provider": 99_500,
        "difference": -500,
        "under_way": 0,
        "explained": 0,
        "unexplained": -500,
    }
    read = hana.get(ALL).json()
    assert read["run"] == answer.json()
    assert [row["count"] for row in read["ages"]] == [1, 0, 0, 0]


def test_one_proposes_and_another_books(found: Break, amina: Caller, chiara: Caller) -> None:
    path = f"{BREAKS}{found.id}/"
    body = {"write_off": "SUSPENSE", "proposal_text": "Asked Stripe, case 12."}
    assert amina.post(f"{path}write-off/", body, version=1).json()["state"] == "PROPOSED"
    own = amina.post(f"{path}write-off/approve/", version=2)
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")

    answer = chiara.post(f"{path}write-off/approve/", version=2)

    assert (answer.status_code, answer.json()["state"]) == (200, "WRITTEN_OFF")
    assert get_balance(suspense("EUR")) == -euros(5)


def test_a_refused_write_off_is_open_again_with_its_reason(found: Break, amina: Caller, chiara: Caller) -> None:
    path = f"{BREAKS}{found.id}/"
    amina.post(f"{path}write-off/", {"write_off": "LOSS", "proposal_text": "Small."}, version=1)

    assert chiara.post(f"{path}write-off/refuse/", {"reason_text": " "}, version=2).status_code == 400
    answer = chiara.post(f"{path}write-off/refuse/", {"reason_text": "Ask first."}, version=2)

    assert (answer.json()["state"], answer.json()["version"]) == ("OPEN", 3)
    assert get_balance(suspense("EUR")) == euros(0)


def test_auditors_read_and_decide_nothing_and_experts_see_nothing(found: Break, hana: Caller, ada: Any) -> None:
    path = f"{BREAKS}{found.id}/"
    assert hana.get(path).json()["amount"] == {"amount_minor": -500, "currency": "EUR"}
    assert hana.get(f"{BREAKS}?state=OPEN&currency=EUR").json()["results"][0]["id"] == str(found.id)
    statuses = [
        hana.post(ALL).status_code,
        hana.post(f"{path}explain/", {"explanation_text": "No."}, version=1).status_code,
        hana.post(f"{path}write-off/", {"write_off": "LOSS", "proposal_text": "No."}, version=1).status_code,
        hana.post(f"{path}write-off/approve/", version=1).status_code,
        hana.post(f"{path}write-off/refuse/", {"reason_text": "No."}, version=1).status_code,
        Caller(ada).get(path).status_code,
        Caller(ada).get(ALL).status_code,
        Client().get(ALL).status_code,
    ]

    assert statuses == [403, 403, 403, 403, 403, 403, 403, 401]
    found.refresh_from_db()
    assert (found.state, found.version) == ("OPEN", 1)


@pytest.mark.parametrize(
    ("verb", "body", "version", "status", "field"),
    [
        ("explain", {"explanation_text": ""}, 1, 400, "explanation_text"),
        ("explain", {"explanation_text": "x" * 2001}, 1, 400, "explanation_text"),
        ("explain", {"explanation_text": "\u202e"}, 1, 400, "explanation_text"),
        ("explain", {"explanation_text": "Ok.", "clears_on": "2020-01-01"}, 1, 400, "clears_on"),
        ("explain", {"explanation_text": "Ok.", "clears_on": "tomorrow"}, 1, 400, "clears_on"),
        ("explain", {"explanation_text": "Ok.", "state": "MATCHED"}, 1, 400, "state"),
        ("explain", {"explanation_text": "Ok."}, 7, 412, ""),
        ("explain", {"explanation_text": "Ok."}, None, 428, ""),
        ("write-off", {"write_off": "POCKET", "proposal_text": "Mine."}, 1, 400, "write_off"),
        ("write-off", {"write_off": "LOSS"}, 1, 400, "proposal_text"),
    ],
)
def test_bad_input_is_told_by_its_field_and_changes_nothing(
    found: Break, amina: Caller, verb: str, body: dict[str, Any], version: int | None, status: int, field: str
) -> None:
    answer = amina.post(f"{BREAKS}{found.id}/{verb}/", body, version=version)

    assert answer.status_code == status
    assert field in str(answer.json())
    found.refresh_from_db()
    assert (found.state, found.version) == ("OPEN", 1)


def test_what_does_not_exist_or_is_unknown_is_said(found: Break, amina: Caller) -> None:
    assert amina.get(f"{BREAKS}{uuid4()}/").status_code == 404
    assert amina.get(f"{BREAKS}?amount=5").status_code == 400
    assert amina.get(f"{BREAKS}?currency=ZZZ").status_code == 400
    assert amina.client.get(f"{PAGE}{uuid4()}/").status_code == 404
    assert amina.client.get(f"{PAGE}?sort=1").status_code == 400


def test_the_page_shows_figures_breaks_and_what_is_on_its_way(found: Break, story: Story, hana: Caller) -> None:
    story.switch("adjust", amount=333, currency="eur")
    commands.reconcile(by=None, now=story.now)

    text = " ".join(strip_tags(hana.client.get(PAGE).content.decode()).split())

    assert "Something is unexplained" in text
    assert "−€5.00" in text
    assert "+€3.33" in text
    assert "Only at the provider" in text
    assert "Compare now" not in text


def test_the_pages_buttons_obey_the_same_rules(found: Break, amina: Caller, chiara: Caller) -> None:
    path = f"{PAGE}{found.id}/"
    told = {"expected_version": 1, "explanation_text": "Taken back on Friday.", "clears_on": ""}
    assert amina.client.post(f"{path}explain/", {**told, "clears_on": "2020-01-01"}).status_code == 422
    assert amina.client.post(f"{path}explain/", told).status_code == 302
    proposed = {"expected_version": 2, "write_off": "LOSS", "proposal_text": "Small."}
    assert amina.client.post(f"{path}write-off/", proposed).status_code == 302
    assert "another person approves it" in strip_tags(amina.client.get(path).content.decode())
    assert amina.client.post(f"{path}approve/", {"expected_version": 3}).status_code == 403
    assert chiara.client.post(f"{path}approve/", {"expected_version": 3}).status_code == 302
    assert chiara.client.post(f"{PAGE}run/").status_code == 302

    found.refresh_from_db()
    assert found.state == "WRITTEN_OFF"
    assert ReconciliationRun.objects.latest("id").figures.get().unexplained_minor == 0


def test_a_provider_that_does_not_answer_is_said_on_page_and_api(story: Story, amina: Caller) -> None:
    def drop(where: str, request: Request) -> None:
        raise ConnectionDropped

    story.sandbox.hook = drop

    assert amina.post(ALL).json()["code"] == "provider_unavailable"
    page = amina.client.post(f"{PAGE}run/")
    assert page.status_code == 503
    assert "does not answer" in strip_tags(page.content.decode())
    assert ReconciliationRun.objects.count() == 1


def test_the_page_tells_of_the_holds_the_next_close_and_what_is_not_yet_with_people(
    found: Break, amina: Caller, story: Story
) -> None:
    ada, bola, chiara = make_person("Ada"), make_person("Bola"), make_person("Chiara", "FINANCE_APPROVER")
    post_earnings([make_earning(ada.pk, bola.pk, "entry:1")], now=story.now)
    place_hold(
        worker_id=ada.pk,
        currency="EUR",
        money=euros(20),
        reason_code="WORK_REVIEW",
        reason_text="The hours of Monday are looked at again.",
        ends_at=story.now + timedelta(days=3),
        by=chiara,
        now=story.now,
    )

    page = strip_tags(amina.client.get(PAGE).content.decode())
    checks = strip_tags(amina.client.get("/finance/periods/2026-11/checks/").content.decode())

    assert "The hours of Monday are looked at again." in page
    assert "Close of 2026-11" in page
    assert "0 to 7 days" in page
    assert "€50.00" in page
    assert "passed" in checks
