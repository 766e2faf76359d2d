"""The record of acts: one's own for everybody, all of it for auditors."""

from __future__ import annotations

import pytest
from django.test import Client

from marketplace.identity.models import User
from tests.marketplace.clients import client_of, platform_person
from tests.marketplace.people import make_organization, make_user

pytestmark = pytest.mark.django_db

ACTS = "/api/v1/acts/"


@pytest.fixture
def olga() -> User:
    olga = make_user("Olga Owner")
    make_organization(olga)
    return olga


def actions_of(user: User, **filters: str) -> list[str]:
    return [row["action"] for row in client_of(user).get(ACTS, filters).json()["results"]]


def test_a_person_reads_their_own_acts_and_no_others(olga: User) -> None:
    bola = make_user("Bola")

    assert actions_of(olga) == ["membership.granted", "organization.created", "user.registered"]
    assert actions_of(bola) == ["user.registered"]
    assert actions_of(bola, actor_id=str(olga.id)) == []


def test_an_auditor_reads_all_and_finds_one(olga: User) -> None:
    hana = platform_person("Hana", "AUDITOR")

    assert len(actions_of(hana)) == 4
    assert actions_of(hana, action="organization.created") == ["organization.created"]
    assert actions_of(hana, object_id=str(olga.id)) == ["user.registered"]


@pytest.mark.parametrize("filters", [{"actor_id": "me"}, {"who": "me"}, {"action": "a\x00"}, {"detail": "{}"}])
def test_a_filter_that_is_not_declared_is_refused(olga: User, filters: dict[str, str]) -> None:
    assert client_of(olga).get(ACTS, filters).status_code == 400


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_acts(method: str) -> None:
    assert getattr(client_of(platform_person("Hana", "AUDITOR")), method)(ACTS).status_code == 405


def test_the_page_is_for_auditors(olga: User) -> None:
    browsers = {}
    for user in (olga, platform_person("Hana", "AUDITOR")):
        browsers[user.email] = Client()
        browsers[user.email].force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    refused = browsers[olga.email].get("/acts/")
    shown = browsers["hana@example.org"].get("/acts/", {"action": "organization.created"})

    assert (refused.status_code, shown.status_code) == (403, 200)
    assert "Olga Owner" in shown.content.decode()
    assert "user.registered" not in shown.content.decode()
