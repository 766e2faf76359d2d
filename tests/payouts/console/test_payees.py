"""Payees as finance reads them, by page and over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from common import clock
from payouts.payees import commands
from payouts.payees.models import Payee
from payouts.rails import registry
from tests.payouts.people import make_person
from tests.payouts.support.story import Story

LIST = "/finance/payees/"
DOCUMENT = "Upload a passport or an identity card."


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    with clock.at(made.now):
        yield made


@pytest.fixture
def restricted(story: Story) -> Payee:
    """Ada, of whom the provider wants a document."""
    payee = story.onboard(make_person("Ada"))
    story.switch("restrict", account=payee.account_id)
    return commands.refresh_payee(payee_id=payee.id, now=story.now)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_finance_reads_who_cannot_be_paid_and_why(restricted: Payee) -> None:
    finance = signed_in(make_person("Fatou", "FINANCE_PREPARER"))

    listed = finance.get(LIST).content.decode()
    shown = finance.get(f"{LIST}{restricted.id}/").content.decode()

    assert restricted.legal_name in listed
    assert "Open your payout method and complete what is asked there." in listed
    assert (DOCUMENT in shown, "RESTRICTED" in shown, "payee.registered" in shown) == (True, True, True)
    assert restricted.bank_fingerprint not in listed + shown
    assert restricted.account_id not in listed + shown


def test_the_list_is_narrowed_by_state_and_refuses_what_it_does_not_know(restricted: Payee) -> None:
    finance = signed_in(make_person("Fatou", "FINANCE_PREPARER"))

    assert restricted.legal_name in finance.get(LIST, {"state": "RESTRICTED"}).content.decode()
    assert restricted.legal_name not in finance.get(LIST, {"state": "ACTIVE"}).content.decode()
    assert finance.get(LIST, {"speed": "1"}).status_code == 400


def test_the_pages_are_for_finance_and_auditors_alone(restricted: Payee) -> None:
    auditor, owner = signed_in(make_person("Goran", "AUDITOR")), signed_in(restricted.worker)

    for page in (LIST, f"{LIST}{restricted.id}/"):
        assert (auditor.get(page).status_code, owner.get(page).status_code) == (200, 403)


def test_a_payee_over_http_is_seen_by_finance_and_its_owner_and_not_found_by_others(restricted: Payee) -> None:
    address = f"/api/v1/payees/{restricted.id}/"
    people = [make_person("Fatou", "FINANCE_PREPARER"), restricted.worker, make_person("Bola")]

    answers = [signed_in(person).get(address) for person in people]

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert answers[0].json()["missing"] == [DOCUMENT]
    assert answers[0].json()["reason_code"] == "RESTRICTED"
    assert Client().get(address).status_code == 401
