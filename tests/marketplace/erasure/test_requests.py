"""Asking to be forgotten: who asks, who decides, what stands in the way, and what is left of the person afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.db import Error, connection, transaction
from django.test import Client

from common import clock, events
from common.erasure import Erased, is_erased, tombstone_of
from common.errors import FourEyesRequired, NotPermitted
from common.models import Erasure
from config.services.layout import APP_ROLE
from marketplace.erasure import commands
from marketplace.erasure.errors import ErasureObstructed
from marketplace.erasure.models import ErasureRequest
from marketplace.identity.commands import create_token, enable_user
from marketplace.identity.errors import PersonErased
from marketplace.identity.models import User
from marketplace.notifications.commands import notify
from marketplace.notifications.models import Notice
from marketplace.staffing.queries.candidates import find_experts
from payouts.adjustments.commands import propose_adjustment
from payouts.adjustments.errors import InvalidAdjustment
from payouts.payees.commands import refresh_payee, screen_due
from payouts.payees.models import Payee, ScreeningResult
from payouts.payees.queries import payability
from payouts.rails.signatures import VerifiedEvent
from payouts.transfers.commands.news import keep_event
from payouts.transfers.models import ProviderEvent
from tests.marketplace import people
from tests.marketplace.clients import client_of, key_client, platform_person
from tests.marketplace.erasure.life import THEN, Life, places_of
from tests.payouts.statements.stating import look_now
from tests.payouts.support.story import Story, euros

NOW = clock.now()
ASK = "/api/v1/me/erasure/"
REQUESTS = "/api/v1/erasure-requests/"


@pytest.fixture
def omar(db: None) -> User:
    return platform_person("Omar Operator", "OPERATOR")


@pytest.fixture
def nina(db: None) -> User:
    return platform_person("Nina Next", "OPERATOR")


@pytest.fixture
def ada(catalogue: None) -> User:
    expert = people.make_expert("Ada Quispe")
    EmailAddress.objects.create(user=expert.user, email=expert.user.email, primary=True, verified=True)
    return expert.user


@pytest.fixture
def still() -> Iterator[None]:
    with clock.at(NOW):
        yield


def logged_in(user: User, *, minutes_ago: int = 0) -> Client:
    """Return a browser in which ``user`` logged in with their password some minutes ago."""
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": people.PASSWORD})
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 60 * minutes_ago
    session.save()
    return client


def asked(ada: User) -> ErasureRequest:
    return commands.request_erasure(by=ada, now=NOW, authenticated_at=NOW)


def carried_out(row: ErasureRequest, by: User) -> Erased:
    return commands.carry_out(request_id=row.id, by=by, now=NOW, authenticated_at=NOW)


def erased(life: Life) -> Erased:
    return commands.erase_person(person_id=life.ada.pk, by=life.omar, now=THEN)


# Asking


def test_somebody_asks_on_their_own_page_and_the_operators_are_told_without_a_name(ada: User, omar: User) -> None:
    page = logged_in(ada)

    sent = page.post("/account/erasure/", {"understood": "on"})
    events.deliver_due(now=clock.now())

    row = ErasureRequest.objects.get()
    notice = Notice.objects.get(kind="erasure.requested")
    assert (sent["Location"], row.person, row.asked_by, row.state) == ("/account/erasure/", ada, ada, "OPEN")
    assert (notice.user, notice.path) == (omar, f"/erasures/{row.id}/")
    assert "Ada" not in notice.title + notice.body
    assert "Take the request back" in page.get("/account/erasure/").content.decode()


def test_who_has_not_proved_themselves_lately_asks_for_nothing(ada: User) -> None:
    page = logged_in(ada, minutes_ago=11)
    _token, secret = create_token(by=ada, now=clock.now())

    api, token = page.post(ASK), key_client(secret, "Token").post(ASK)
    form = page.post("/account/erasure/", {"understood": "on"})

    assert [(answer.status_code, answer.json()["code"]) for answer in (api, token)] == [(403, "reauth_required")] * 2
    assert form["Location"] == "/accounts/reauthenticate/?next=%2Faccount%2Ferasure%2F"
    assert not ErasureRequest.objects.exists()


def test_a_second_request_waits_for_the_first_and_one_taken_back_erases_nothing(ada: User) -> None:
    page = logged_in(ada)

    first, second = page.post(ASK), page.post(ASK)
    gone, nothing = page.delete(ASK), page.delete(ASK)
    read = page.get(ASK).json()

    assert [answer.status_code for answer in (first, second, gone, nothing)] == [201, 409, 200, 404]
    assert second.json()["code"] == "erasure_asked_before"
    assert (read["request"]["state"], read["obstacles"], read["kept"]) == ("WITHDRAWN", [], [])


# Deciding


def test_another_person_decides_never_the_person_nor_who_wrote_it_down(ada: User, omar: User, nina: User) -> None:
    row = commands.record_request(person_id=ada.pk, by=omar, now=NOW)
    mallory = platform_person("Mallory Marsh", "AUDITOR")

    for by in (omar, ada):
        with pytest.raises(FourEyesRequired):
            carried_out(row, by)
    with pytest.raises(NotPermitted):
        carried_out(row, mallory)
    with pytest.raises(NotPermitted):
        commands.record_request(person_id=omar.pk, by=omar, now=NOW)
    assert not is_erased(ada.pk)

    carried_out(row, nina)

    row.refresh_from_db()
    assert (row.state, row.decided_by, is_erased(ada.pk)) == ("CARRIED_OUT", nina, True)


def test_the_database_refuses_a_decision_by_the_person_or_who_asked(ada: User, omar: User) -> None:
    row = commands.record_request(person_id=ada.pk, by=omar, now=NOW)

    for by in (omar, ada):
        with pytest.raises(Error, match="erasure_request_decided_by_another"), transaction.atomic():
            ErasureRequest.objects.filter(id=row.id).update(state="CARRIED_OUT", decided_by=by, decided_at=NOW)
    with pytest.raises(Error, match="erasure_not_of_oneself"), transaction.atomic():
        Erasure.objects.create(person=ada, kind="ERASED", at=NOW, by_id=ada.pk, reason_code="X")


def test_money_that_is_owed_refuses_with_the_reason_and_changes_nothing(ada: User, omar: User, story: Story) -> None:
    story.earn(ada, euros(12))
    row = asked(ada)

    with pytest.raises(ErasureObstructed) as refused:
        carried_out(row, omar)

    ada.refresh_from_db()
    assert [(each.code, each.detail) for each in refused.value.problems] == [
        ("money_owed", "€12.00 is owed: it has to be paid first.")
    ]
    assert (ada.is_active, ada.full_name, Erasure.objects.count()) == (True, "Ada Quispe", 0)


def test_the_operators_page_says_what_stands_in_the_way_and_carries_nothing_out(
    ada: User, omar: User, story: Story
) -> None:
    story.earn(ada, euros(12))
    row = asked(ada)
    page = logged_in(omar)

    read = page.get(f"/erasures/{row.id}/").content.decode()
    sent = page.post(f"/erasures/{row.id}/carry-out/", follow=True).content.decode()
    api = page.get(f"{REQUESTS}{row.id}/").json()

    assert "€12.00 is owed" in read
    assert "€12.00 is owed" in sent
    assert [each["code"] for each in api["obstacles"]] == ["money_owed"]
    assert not is_erased(ada.pk)


def test_everything_that_is_open_stands_in_the_way_in_words(olga: User, project: Any, omar: User) -> None:
    expert = people.make_expert("Bola Diaz")
    people.hire(people.make_opening(project, olga), expert, olga)

    found = client_of(expert.user).get(ASK).json()["obstacles"]
    own = client_of(olga).get(ASK).json()["obstacles"]
    operator = client_of(omar).get(ASK).json()["obstacles"]

    assert [each["code"] for each in found] == ["engagement"]
    assert own == [{"code": "last_owner", "words": "The only owner of Acme Language: another has to be named first."}]
    assert operator == [{"code": "platform_role", "words": "The role Operator: it has to be taken back first."}]


def test_a_refusal_says_why_to_the_person_who_may_ask_again(ada: User, omar: User) -> None:
    row = asked(ada)
    page = logged_in(omar)

    empty = page.post(f"/erasures/{row.id}/", {"answer": " "})
    sent = page.post(f"/erasures/{row.id}/", {"answer": "Finish your work first."})
    events.deliver_due(now=clock.now())

    row.refresh_from_db()
    assert (empty.status_code, sent.status_code, row.state) == (422, 302, "REFUSED")
    assert "Finish your work first." in Notice.objects.get(user=ada).body
    assert asked(ada).state == "OPEN"


def test_a_request_that_came_by_letter_is_written_down_and_an_unknown_address_is_told(ada: User, omar: User) -> None:
    page = logged_in(omar)

    unknown = page.post("/erasures/", {"email": "nobody@example.org"})
    sent = page.post("/erasures/", {"email": ada.email})

    row = ErasureRequest.objects.get()
    assert (unknown.status_code, row.asked_by, row.person) == (404, omar, ada)
    assert sent["Location"] == f"/erasures/{row.id}/"
    assert "neither the person nor wrote the request down" in page.get(sent["Location"]).content.decode()


# What is left


def test_their_log_in_and_tokens_end_with_the_next_request(ada: User, omar: User) -> None:
    page = logged_in(ada)
    _token, secret = create_token(by=ada, now=clock.now())
    api, email = key_client(secret, "Token"), ada.email
    assert (page.get("/account/").status_code, api.get("/api/v1/me/").status_code) == (200, 200)

    carried_out(asked(ada), omar)

    assert page.get("/account/")["Location"].startswith("/accounts/login/")
    assert api.get("/api/v1/me/").status_code == 401
    again = Client().post("/accounts/login/", {"login": email, "password": people.PASSWORD})
    assert again.status_code == 200
    with pytest.raises(PersonErased):
        enable_user(user_id=ada.pk, by=omar, now=NOW)
    with pytest.raises(Error, match="nobody again"), transaction.atomic():
        User.objects.filter(pk=ada.pk).update(is_active=True)


def test_the_old_address_is_told_what_law_keeps(life: Life, django_capture_on_commit_callbacks: Any) -> None:
    address = life.ada.email

    with django_capture_on_commit_callbacks(execute=True):
        erased(life)

    (letter,) = [message for message in mail.outbox if message.to == [address] and "forgotten" in message.subject]
    assert "until 2031-03-15" in letter.body
    assert "26 CFR 1.6001-1(e)" in letter.body


def test_nobody_finds_names_pays_or_tells_an_erased_person(life: Life, paula: User) -> None:
    assert find_experts("Adalgisa") == [life.expert]
    looks = ScreeningResult.objects.count()
    account = Payee.objects.get().account_id

    erased(life)
    fresh = refresh_payee(payee_id=Payee.objects.get().id, now=THEN)
    news = VerifiedEvent(
        event_id="evt_2",
        type="account.updated",
        account=account,
        object_id=account,
        is_live=False,
        body='{"name": "Adalgisa"}',
    )
    keep_event(event=news, now=THEN)
    notify(user_id=life.ada.pk, source_key="x", kind="x", title="x", body="Adalgisa", path="", now=THEN)
    screen_due(now=THEN)

    life.ada.refresh_from_db()
    assert (life.ada.get_full_name(), life.ada.is_active) == (tombstone_of(life.ada.pk), False)
    assert find_experts("Adalgisa") == find_experts("Erased person") == []
    assert payability([life.ada.pk], "EUR", now=THEN)[life.ada.pk].reason_code == "DISABLED"
    assert (fresh.bank_last4, fresh.legal_name) == ("", tombstone_of(life.ada.pk))
    assert ProviderEvent.objects.get(event_id="evt_2").body == '{"object": "erased"}'
    assert not Notice.objects.filter(user=life.ada).exists()
    assert ScreeningResult.objects.count() == looks
    with pytest.raises(InvalidAdjustment):
        propose_adjustment(
            kind="BONUS", worker_id=life.ada.pk, money=euros(1), reason_code="X", reason_text="X", by=paula, now=THEN
        )


def test_the_applications_own_role_erases_and_can_still_change_no_book(life: Life) -> None:
    connection.cursor().execute(f"SET LOCAL ROLE {APP_ROLE}")

    erased(life)
    look_now()

    assert "marketplace_expert.biography" not in places_of(("achacachi", "7123 4567"))
    with pytest.raises(Error, match="permission denied"), transaction.atomic():
        connection.cursor().execute("UPDATE common_auditevent SET action = 'x'")


# The command line


def call(*words: str, **options: Any) -> tuple[dict[str, Any], int]:
    """Return what ``erase_expert`` printed as JSON, and its exit status."""
    out, status = StringIO(), 0
    try:
        call_command("erase_expert", *words, "--json", stdout=out, **options)
    except SystemExit as end:
        status = int(str(end.code))
    return json.loads(out.getvalue()), status


def test_the_command_erases_as_json_and_a_second_time_says_so(ada: User, omar: User, still: None) -> None:
    told, status = call(ada.email, "--by", omar.email)
    again, also = call(str(ada.pk), "--by", omar.email)

    assert (status, told["person_id"], told["by"], told["kept"]) == (0, str(ada.pk), str(omar.pk), [])
    assert told["changed"]["marketplace_user"] == 1
    assert (also, again["already"]) == (0, True)
    assert ErasureRequest.objects.get().asked_by == ada


def test_the_command_refuses_with_every_reason_and_exit_status_1(
    ada: User, omar: User, story: Story, still: None
) -> None:
    story.earn(ada, euros(12))

    looked, status = call(ada.email, "--check")
    told, refused = call(ada.email, "--by", omar.email)
    self_made, four_eyes = call(omar.email, "--by", omar.email)

    assert (status, [each["code"] for each in looked["obstacles"]]) == (1, ["money_owed"])
    assert (refused, told["code"]) == (1, "erasure_obstructed")
    assert told["obstacles"] == [{"code": "money_owed", "words": "€12.00 is owed: it has to be paid first."}]
    assert (four_eyes, self_made["code"]) == (1, "four_eyes")
    assert not ErasureRequest.objects.exists()


def test_a_payout_that_a_bank_may_still_send_back_stands_in_the_way(life: Life) -> None:
    with pytest.raises(ErasureObstructed) as refused:
        commands.erase_person(person_id=life.ada.pk, by=life.omar, now=THEN - timedelta(days=50))

    assert [each.code for each in refused.value.problems] == ["payout_may_return"]
