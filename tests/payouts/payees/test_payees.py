"""How people say where they are paid, and when they can be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rest_framework.test import APIClient

from common import clock
from common.errors import NotPermitted
from common.models import OutboxEvent
from payouts.payees import commands
from payouts.payees.errors import CountryNotPayable, PayeeFixed, ProviderNotReachable, UnknownPayee
from payouts.payees.models import Payee
from payouts.payees.queries import payability
from payouts.sandbox.core import Request
from payouts.sandbox.errors import ConnectionDropped
from tests.payouts.people import make_person
from tests.payouts.support.story import Story


def register(story: Story, user: Any, **changes: Any) -> Payee:
    fields = {"legal_name": "Ada Obi", "country": "DE", "currency": "EUR", **changes}
    return commands.register_payee(worker_id=user.id, by=user, now=story.now, **fields)


def reason(story: Story, user: Any, currency: str = "EUR") -> str:
    return payability([user.id], currency, now=story.now)[user.id].reason_code


def test_a_person_becomes_payable(story: Story, ada: Any) -> None:
    assert reason(story, ada) == "NO_PAYOUT_METHOD"
    payee = register(story, ada)
    assert (payee.state, reason(story, ada)) == ("UNSET", "NOT_ONBOARDED")

    story.fill_in_form(ada, number="DE89370400440532013000")
    payee = commands.refresh_payee(payee_id=payee.id, now=story.now)

    assert (payee.state, payee.bank_last4, payee.bank_name) == ("ACTIVE", "3000", "STRIPE TEST BANK")
    assert payability([ada.id], "EUR", now=story.now)[ada.id].is_ready
    assert OutboxEvent.objects.filter(name="payouts.payee.ready").count() == 1


def test_a_check_may_take_time(story: Story, ada: Any) -> None:
    story.switch("settings", verification_seconds=3600)
    payee = register(story, ada)
    story.fill_in_form(ada, number="DE89370400440532013000")

    states = []
    for hours in (0, 2):
        story.pass_time(hours=hours)
        states.append(commands.refresh_payee(payee_id=payee.id, now=story.now).state)

    assert states == ["VERIFYING", "ACTIVE"]


def test_another_bank_account_waits_72_hours(story: Story, ada: Any) -> None:
    payee = story.onboard(ada)
    story.fill_in_form(ada, number="DE02120300000000202051")
    commands.refresh_payee(payee_id=payee.id, now=story.now)
    assert reason(story, ada) == "DESTINATION_CHANGED"

    story.pass_time(hours=71.9)
    assert reason(story, ada) == "DESTINATION_CHANGED"
    story.pass_time(hours=0.2)
    assert reason(story, ada) == ""
    assert OutboxEvent.objects.filter(name="payouts.payee.destination_changed").count() == 1


def test_an_account_added_after_one_was_taken_away_waits_72_hours_of_its_own(
    story: Story, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    payee = story.onboard(ada)
    facts = story.rail.retrieve_account(payee.account_id)
    gone = replace(facts, bank_fingerprint="", bank_last4="")
    monkeypatch.setattr(story.rail, "retrieve_account", lambda account_id: gone)
    commands.refresh_payee(payee_id=payee.id, now=story.now)
    story.pass_time(hours=71)
    other = replace(facts, bank_fingerprint="another", bank_last4="2051")
    monkeypatch.setattr(story.rail, "retrieve_account", lambda account_id: other)
    commands.refresh_payee(payee_id=payee.id, now=story.now)

    story.pass_time(hours=71)

    assert reason(story, ada) == "DESTINATION_CHANGED"


def test_the_same_bank_account_again_holds_nothing(story: Story, ada: Any) -> None:
    payee = story.onboard(ada)
    story.fill_in_form(ada, number="DE89 3704 0044 0532 0130 00")
    commands.refresh_payee(payee_id=payee.id, now=story.now)

    assert reason(story, ada) == ""


def test_a_restriction_is_taken_over_and_lifted(story: Story, ada: Any) -> None:
    payee = story.onboard(ada)
    story.switch("restrict", account=payee.account_id)
    payee = commands.refresh_payee(payee_id=payee.id, now=story.now)
    assert (payee.state, reason(story, ada)) == ("RESTRICTED", "RESTRICTED")
    assert payee.requirements == ["identity.individual.documents.primary_verification.front_back"]

    story.switch("unrestrict", account=payee.account_id)
    assert commands.refresh_payee(payee_id=payee.id, now=story.now).state == "ACTIVE"


@pytest.mark.parametrize(
    ("country", "currency", "words"),
    [
        ("NG", "USD", "People with a bank in Nigeria cannot be paid yet."),
        ("US", "EUR", "A bank in the United States cannot be paid in EUR yet; it can be in USD."),
    ],
)
def test_where_money_does_not_go_is_said_at_once(
    story: Story, ada: Any, country: str, currency: str, words: str
) -> None:
    with pytest.raises(CountryNotPayable, match=words):
        register(story, ada, country=country, currency=currency)

    assert not Payee.objects.exists()


def test_nobody_sets_up_somebody_else(story: Story, ada: Any, bola: Any) -> None:
    with pytest.raises(NotPermitted):
        commands.register_payee(
            worker_id=ada.id, legal_name="Ada", country="DE", currency="EUR", by=bola, now=story.now
        )

    assert not Payee.objects.exists()


def test_the_country_stands_once_there_is_an_account(story: Story, ada: Any) -> None:
    register(story, ada)
    register(story, ada, country="FR")
    story.fill_in_form(ada, number="DE89370400440532013000")

    with pytest.raises(PayeeFixed):
        register(story, ada, country="DE")

    assert Payee.objects.get().country == "FR"


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
def test_an_account_is_opened_once_whatever_fails(story: Story, ada: Any, point: str) -> None:
    register(story, ada)
    left = [1]

    def drop(where: str, request: Request) -> None:
        if where == point and request.path == "/v2/core/accounts" and left[0]:
            left[0] = 0
            raise ConnectionDropped

    story.sandbox.hook = drop
    with pytest.raises(ProviderNotReachable):
        story.fill_in_form(ada, number="DE89370400440532013000")
    assert Payee.objects.get().account_id == ""

    story.fill_in_form(ada, number="DE89370400440532013000")

    assert story.sandbox.store.count("account") == 1


def test_without_a_registration_there_is_no_link(story: Story, ada: Any) -> None:
    with pytest.raises(UnknownPayee):
        story.fill_in_form(ada, number="DE89370400440532013000")


def test_the_api_tells_the_whole_story(story: Story, ada: Any) -> None:
    api = APIClient()
    api.force_authenticate(ada)
    with clock.at(story.now):
        assert api.get("/api/v1/payees/me/").status_code == 404
        body = {"legal_name": "Ada Obi", "country": "DE", "currency": "EUR"}
        assert api.put("/api/v1/payees/me/", body, format="json").json()["reason_code"] == "NOT_ONBOARDED"
        link = api.post("/api/v1/payees/me/onboarding-links/", {"return_path": "/earnings/"}, format="json")
        assert link.status_code == 201
        assert "/setup/link_" in link.json()["url"]
        assert api.get("/api/v1/payees/").status_code == 403
        story.fill_in_form(ada, number="DE89370400440532013000")
        mine = api.post("/api/v1/payees/me/refresh/", {}, format="json").json()
    assert (mine["state"], mine["is_payable"], mine["bank"]) == ("ACTIVE", True, "•••• 3000")

    finance = APIClient()
    finance.force_authenticate(make_person("Dele", "FINANCE_PREPARER"))
    with clock.at(story.now):
        assert [row["id"] for row in finance.get("/api/v1/payees/?state=ACTIVE").json()["results"]] == [mine["id"]]
        assert finance.get("/api/v1/payees/?bank=1").status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"legal_name": "Ada", "country": "ZZ", "currency": "EUR"}, "country"),
        ({"legal_name": "Ada", "country": "DE", "currency": "eur"}, "currency"),
        ({"legal_name": "Ada\u202e", "country": "DE", "currency": "EUR"}, "legal_name"),
        ({"legal_name": "Ada", "country": "DE", "currency": "EUR", "state": "ACTIVE"}, "state"),
    ],
)
def test_bad_fields_are_named(story: Story, ada: Any, body: dict[str, Any], field: str) -> None:
    api = APIClient()
    api.force_authenticate(ada)

    answer = api.put("/api/v1/payees/me/", body, format="json")

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]
    assert not Payee.objects.exists()


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_the_way_back_leads_nowhere_else(story: Story, ada: Any, path: str) -> None:
    register(story, ada)
    api = APIClient()
    api.force_authenticate(ada)

    answer = api.post("/api/v1/payees/me/onboarding-links/", {"return_path": path}, format="json")

    assert answer.status_code == 400
    assert story.sandbox.store.count("account") == 0
