"""The profile as pages, from sign-up to verified."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from common import clock
from common.models import AuditEvent
from marketplace.experts.models import Credential, Expert
from marketplace.identity.models import User
from marketplace.taxonomy.queries import find_nodes
from tests.marketplace.clients import platform_person
from tests.marketplace.people import NOW, make_expert, make_user

FACTS = {
    "legal_name": "Ada Quispe",
    "preferred_name": "Ada",
    "headline": "Tax lawyer",
    "biography": "",
    "residence_country": "BO",
    "tax_country": "BO",
    "bank_country": "DE",
    "timezone": "America/La_Paz",
    "weekly_hours": "20",
    "wish": "35.50",
    "wish_currency": "EUR",
}


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_person_signs_up_with_a_name_and_a_zone(catalogue: None) -> None:
    browser, password = Client(), "a long enough password"
    data = {
        "full_name": "Núria Pérez",
        "email": "nuria@example.org",
        "password1": password,
        "password2": password,
        "timezone": "America/La_Paz",
    }

    answer = browser.post("/accounts/signup/", data)

    user = User.objects.get()
    assert answer.status_code == 302
    assert (user.full_name, user.timezone, user.kind, user.is_staff) == (
        "Núria Pérez",
        "America/La_Paz",
        "PERSON",
        False,
    )
    assert browser.get("/")["Location"] == "/welcome/"
    assert AuditEvent.objects.filter(action="user.registered", object_id=str(user.id)).count() == 1


@pytest.mark.parametrize(("field", "value"), [("full_name", "A\u202e"), ("timezone", "Mars/Olympus"), ("email", "x")])
def test_a_bad_sign_up_makes_no_account(catalogue: None, field: str, value: str) -> None:
    password = "a long enough password"
    data = {"full_name": "Ada", "email": "a@example.org", "password1": password, "password2": password}

    answer = Client().post("/accounts/signup/", {**data, "timezone": "UTC", field: value})

    assert answer.status_code in {200, 422}
    assert not User.objects.exists()


def test_an_expert_writes_a_profile_that_clients_find(ada: Expert) -> None:
    browser = browser_of(ada.user)

    browser.post("/profile/edit/", {**FACTS, "version": "1"})
    browser.post("/profile/parts/languages/", {"locale": "es-bo", "modality": "WRITE", "level": "NATIVE"})
    browser.post("/profile/parts/skills/", {"node": "DOMAIN:law/tax", "level": "4", "evidence": "Nine years"})
    browser.post("/profile/parts/availability/", {"weekday": "0", "start": "09:00", "end": "00:00"})
    browser.post("/profile/state/", {"state": "ACTIVE"})
    page = browser.get("/profile/").content.decode()

    row = Expert.objects.get()
    assert (row.state, row.wish_minor_per_hour, row.weekly_capacity_minutes) == ("ACTIVE", 3550, 1200)
    for words in ("Spanish (Bolivia)", "law/tax", "09:00 – 24:00", "€35.50", "20 h", "Germany"):
        assert words in page
    assert row.search.tags


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("legal_name", "A\u2066", "U+2066"),
        ("residence_country", "ZZ", "Select a valid choice"),
        ("weekly_hours", "169", "less than or equal to 168"),
        ("wish", "35.555", "35.555"),
        ("wish", "1,000", "1,000"),
        ("wish", "٣٥", "not an amount"),
        ("wish_currency", "", "choose its currency"),
        ("state", "ACTIVE", "Unknown field"),
    ],
)
def test_a_bad_fact_is_told_at_the_form_and_nothing_is_written(ada: Expert, field: str, value: str, words: str) -> None:
    answer = browser_of(ada.user).post("/profile/edit/", {**FACTS, "version": "1", field: value})

    ada.refresh_from_db()
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert ada.version == 1


def test_facts_that_changed_meanwhile_are_not_overwritten(catalogue: None) -> None:
    bola = make_expert("Bola Eze")
    browser = browser_of(bola.user)

    answers = [
        browser.post("/profile/edit/", {**FACTS, "headline": words, "version": "1"}) for words in ("First", "Second")
    ]

    bola.refresh_from_db()
    assert ([answer.status_code for answer in answers], bola.headline) == ([302, 422], "First")


@pytest.mark.parametrize(
    ("part", "data", "words"),
    [
        ("languages", {"locale": "xx-zz", "modality": "READ", "level": "C1"}, "language tag"),
        ("languages", {"locale": "DE-de", "modality": "WRITE", "level": "C1"}, "listed twice"),
        ("skills", {"node": "DOMAIN:alchemy", "level": "3"}, "Select a valid choice"),
        ("skills", {"node": "DOMAIN:linguistics/translation", "level": "3"}, "listed twice"),
        ("skills", {"node": "DOMAIN:law", "level": "9"}, "Select a valid choice"),
        ("availability", {"weekday": "0", "start": "10:00", "end": "09:00"}, "earlier to a later"),
        ("availability", {"weekday": "0", "start": "16:59", "end": "18:00"}, "Overlaps"),
        ("availability", {"weekday": "0", "start": "25:00", "end": "26:00"}, "Enter a valid time"),
    ],
)
def test_a_bad_row_is_told_at_the_form_and_the_list_stays(
    catalogue: None, part: str, data: dict[str, str], words: str
) -> None:
    bola = make_expert("Bola Eze")

    answer = browser_of(bola.user).post(f"/profile/parts/{part}/", data)

    bola.refresh_from_db()
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert bola.version == 1


@pytest.mark.parametrize(("part", "left"), [("languages", 1), ("skills", 0), ("availability", 4)])
def test_a_row_is_removed_and_only_that(catalogue: None, part: str, left: int) -> None:
    bola = make_expert("Bola Eze")
    rows: Any = getattr(bola, part)

    answer = browser_of(bola.user).post(f"/profile/parts/{part}/{rows.first().id}/remove/")

    assert (answer.status_code, rows.count()) == (302, left)


def test_a_row_that_is_gone_and_a_part_that_never_was_are_not_found(catalogue: None) -> None:
    bola, chen = make_expert("Bola Eze"), make_expert("Chen Li")
    browser = browser_of(bola.user)

    foreign = browser.post(f"/profile/parts/skills/{chen.skills.get().id}/remove/")
    nothing = browser.get("/profile/parts/secrets/")

    assert (foreign.status_code, nothing.status_code, chen.skills.count()) == (404, 404, 1)


def test_an_unfinished_profile_says_what_it_lacks(ada: Expert) -> None:
    browser = browser_of(ada.user)

    answer = browser.post("/profile/state/", {"state": "ACTIVE"}, follow=True)

    assert "at least one language" in answer.content.decode()
    assert Expert.objects.get().state == "DRAFT"


def test_an_operator_verifies_what_an_expert_claims(catalogue: None) -> None:
    bola = make_expert("Bola Eze")
    code = find_nodes("", "CREDENTIAL", 1)[0].code
    data = {"code": f"CREDENTIAL:{code}", "issuer": "The Bar", "country": "NG", "valid_from": "2020-01-01"}
    browser_of(bola.user).post("/profile/parts/credentials/", data)
    operator = browser_of(platform_person("Pia", "OPERATOR"))
    url = f"/credentials/{Credential.objects.get().id}/"

    waiting = operator.get("/credentials/").content.decode()
    wordless = operator.post(url, {"to": "REFUSED", "method": "Asked"})
    with clock.at(NOW):
        decided = operator.post(url, {"to": "VERIFIED", "method": "Asked the register"})

    row = Credential.objects.get()
    assert "The Bar" in waiting
    assert (wordless.status_code, decided.status_code) == (422, 302)
    assert (row.state, row.verified_at, row.verification_method) == ("VERIFIED", NOW, "Asked the register")
    assert "Verified" in browser_of(bola.user).get("/profile/").content.decode()


@pytest.mark.parametrize("path", ["/profile/", "/profile/edit/", "/profile/parts/skills/", "/credentials/"])
def test_a_person_without_the_role_is_refused(catalogue: None, path: str) -> None:
    assert browser_of(make_user("Nora")).get(path).status_code == 403
