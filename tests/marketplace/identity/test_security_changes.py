"""What follows when the way somebody logs in changes, and when a fresh log-in is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from common import clock, events
from marketplace.notifications.models import Notice
from payouts.payees.commands import refresh_payee
from payouts.payees.models import Payee, PayeeHold
from payouts.rails import registry
from tests.marketplace import people
from tests.payouts.support.story import Story

PASSWORD = "correct horse battery staple"


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    # A session says by the machine's clock when it was logged in, so this story is told now.
    made = Story(now=clock.now())
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def ada(catalogue: None, story: Story) -> Any:
    expert = people.make_expert("Ada Quispe")
    expert.user.set_password(PASSWORD)
    expert.user.save()
    EmailAddress.objects.create(user=expert.user, email=expert.user.email, primary=True, verified=True)
    story.onboard(expert.user)
    return expert.user


@pytest.fixture
def client(ada: Any) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    return client


def test_a_changed_password_holds_pay_and_is_told(client: Client, ada: Any) -> None:
    new = "another horse battery staple"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    events.deliver_due(now=clock.now())

    assert PayeeHold.objects.get().reason_text == "Your password was changed."
    assert Notice.objects.get(kind="payee.held").user == ada
    assert [message.to for message in mail.outbox if "nothing is paid to you" in message.body] == [[ada.email]]


def test_a_changed_address_holds_pay_and_is_told_to_the_old_one(client: Client, ada: Any) -> None:
    old = ada.email
    EmailAddress.objects.create(user=ada, email="new@example.org", verified=True)

    client.post("/accounts/email/", {"action_primary": "", "email": "new@example.org"})

    ada.refresh_from_db()
    assert ada.email == "new@example.org"
    assert PayeeHold.objects.get().reason_text == "Your e-mail address was changed."
    assert [message.to for message in mail.outbox if "nothing is paid to you" in message.body] == [[old]]


def test_the_bank_form_opens_within_ten_minutes_of_logging_in(client: Client) -> None:
    fresh = client.get("/payout-method/bank/")

    assert fresh.status_code == 302
    assert "/setup/link_" in fresh["Location"]


def test_later_the_bank_form_asks_for_the_password_first(client: Client, ada: Any, story: Story) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 601
    session.save()
    body = {"return_path": "/payout-method/"}
    api = client.post("/api/v1/payees/me/onboarding-links/", body, content_type="application/json")
    named = {"legal_name": "Mallory", "country": "DE", "currency": "EUR"}
    put = client.put("/api/v1/payees/me/", named, content_type="application/json")
    page = client.get("/payout-method/bank/")

    assert [(answer.status_code, answer.json()["code"]) for answer in (api, put)] == [(403, "reauth_required")] * 2
    assert page["Location"] == "/accounts/reauthenticate/?next=%2Fpayout-method%2Fbank%2F"
    form = client.post("/payout-method/", named)
    assert (form.status_code, form["Location"]) == (302, "/accounts/reauthenticate/?next=%2Fpayout-method%2F")
    assert Payee.objects.get().legal_name == "Ada Quispe"

    again = client.post(page["Location"], {"password": PASSWORD})
    assert (again.status_code, again["Location"]) == (302, "/payout-method/bank/")
    assert "/setup/link_" in client.get("/payout-method/bank/")["Location"]


def test_the_first_bank_account_needs_no_second_log_in(catalogue: None, story: Story) -> None:
    bola = people.make_expert("Bola Diaz")
    client = Client()
    client.force_login(bola.user, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/payout-method/", {"legal_name": "Bola Diaz", "country": "DE", "currency": "EUR"})

    assert "/setup/link_" in client.get("/payout-method/bank/")["Location"]


def test_a_new_account_is_told_to_its_person(ada: Any, story: Story) -> None:
    story.fill_in_form(ada, number="DE02120300000000202051")
    refresh_payee(payee_id=Payee.objects.get().id, now=story.now)
    events.deliver_due(now=story.now + timedelta(seconds=1))

    notice = Notice.objects.get(kind="payee.destination_changed")
    assert notice.user == ada
    assert "ending in 2051" in notice.body
