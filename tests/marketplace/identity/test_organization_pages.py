"""Organizations, members and keys as pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from common import clock
from common.models import AuditEvent
from marketplace.identity.models import ApiKey, Membership, Organization, User
from tests.marketplace.clients import key_client
from tests.marketplace.people import NOW, add_member, make_organization, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.fixture
def olga() -> User:
    return make_user("Olga Owner")


@pytest.fixture
def acme(olga: User) -> Organization:
    return make_organization(olga)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "Lo\u202etus", "U+202E"),
        ("country", "ZZ", "Select a valid choice"),
        ("timezone", "GMT+25", "Select a valid choice"),
        ("owner", "x", "Unknown field"),
    ],
)
def test_a_bad_fact_is_told_at_the_form(acme: Organization, olga: User, field: str, value: str, words: str) -> None:
    facts = {"name": "Lotus", "country": "BR", "timezone": "America/Sao_Paulo", "version": "1", field: value}

    answer = browser_of(olga).post(f"/organizations/{acme.id}/", facts)

    acme.refresh_from_db()
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert (acme.name, acme.version) == ("Acme Language", 1)


def test_facts_that_changed_meanwhile_are_not_overwritten(acme: Organization, olga: User) -> None:
    browser, url = browser_of(olga), f"/organizations/{acme.id}/"
    facts = {"name": "First", "country": "DE", "timezone": "Europe/Berlin", "version": "1"}

    first = browser.post(url, facts)
    second = browser.post(url, {**facts, "name": "Second"})

    acme.refresh_from_db()
    assert (first.status_code, second.status_code, acme.name) == (302, 422, "First")
    assert "current version is 2" in second.content.decode()


def test_an_owner_adds_a_member_and_ends_the_role(acme: Organization, olga: User) -> None:
    eve = make_user("Eve Reviewer")
    browser, url = browser_of(olga), f"/organizations/{acme.id}/members/"

    added = browser.post(url, {"email": "EVE.reviewer@example.org", "role": "REVIEWER"}, follow=True)
    membership = Membership.objects.get(user=eve)
    browser.post(f"{url}{membership.id}/end/")

    membership.refresh_from_db()
    assert "Eve Reviewer is reviewer from now on." in added.content.decode()
    assert membership.ended_at == NOW


def test_an_address_without_an_account_is_told_at_the_field(acme: Organization, olga: User) -> None:
    answer = browser_of(olga).post(f"/organizations/{acme.id}/members/", {"email": "no@one.org", "role": "REVIEWER"})

    assert answer.status_code == 422
    assert "Ask them to sign up first" in answer.content.decode()
    assert Membership.objects.count() == 1


def test_the_last_owner_is_told_why_the_role_stays(acme: Organization, olga: User) -> None:
    membership = Membership.objects.get()

    answer = browser_of(olga).post(f"/organizations/{acme.id}/members/{membership.id}/end/", follow=True)

    assert "keeps at least one owner" in answer.content.decode()
    assert Membership.objects.filter(ended_at=None).count() == 1


def create_key(browser: Client, acme: Organization) -> str:
    data = {"name": "Nightly import", "scopes": ["organizations.read", "work.import"], "days": "90"}
    page = browser.post(f"/organizations/{acme.id}/keys/", data, follow=True).content.decode()
    found = re.search(r"mst_[0-9a-f]+_[0-9a-f]+", page)
    assert found is not None
    return found[0]


def test_a_keys_secret_is_on_the_next_page_alone_and_works(acme: Organization, olga: User) -> None:
    browser = browser_of(olga)

    secret = create_key(browser, acme)
    later = browser.get(f"/organizations/{acme.id}/keys/").content.decode()

    assert secret not in later
    assert key_client(secret).get("/api/v1/organizations/").status_code == 200


def test_a_replaced_key_works_for_a_day_and_a_revoked_one_no_more(acme: Organization, olga: User) -> None:
    browser = browser_of(olga)
    secret = create_key(browser, acme)
    url = f"/organizations/{acme.id}/keys/{ApiKey.objects.get().id}/"

    browser.post(f"{url}rotate/", {"overlap_hours": "24"})
    during = key_client(secret).get("/api/v1/organizations/").status_code
    browser.post(f"{url}revoke/")
    after = key_client(secret).get("/api/v1/organizations/").status_code

    assert (during, after, ApiKey.objects.count()) == (200, 401, 2)


@pytest.mark.parametrize("hours", ["", "-1", "1000", "x"])
def test_a_bad_overlap_is_refused_and_makes_no_key(acme: Organization, olga: User, hours: str) -> None:
    browser = browser_of(olga)
    create_key(browser, acme)

    answer = browser.post(f"/organizations/{acme.id}/keys/{ApiKey.objects.get().id}/rotate/", {"overlap_hours": hours})

    assert (answer.status_code, ApiKey.objects.count()) == (400, 1)


def test_nothing_is_granted_beyond_what_a_role_may(acme: Organization, olga: User) -> None:
    browser = browser_of(add_member(acme, olga, "Mona", "REVIEWER"))
    url = f"/organizations/{acme.id}/"

    answers: dict[str, Any] = {
        "read": browser.get(url),
        "change": browser.post(url, {"name": "X", "country": "DE", "timezone": "UTC", "version": "1"}),
        "members": browser.get(f"{url}members/"),
        "add": browser.post(f"{url}members/", {"email": olga.email, "role": "OWNER"}),
        "keys": browser.get(f"{url}keys/"),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "read": 200,
        "change": 403,
        "members": 200,
        "add": 403,
        "keys": 403,
    }
    assert "Give the role" not in answers["members"].content.decode()
    assert AuditEvent.objects.filter(action="organization.changed").count() == 0


@pytest.mark.parametrize("part", ["", "members/", "keys/"])
def test_another_tenants_pages_are_not_found(acme: Organization, part: str) -> None:
    omar = make_user("Omar")
    make_organization(omar, "Other House")

    assert browser_of(omar).get(f"/organizations/{acme.id}/{part}").status_code == 404
