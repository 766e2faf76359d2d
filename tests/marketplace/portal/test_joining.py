"""The first step into a role."""

from __future__ import annotations

import pytest
from django.test import Client

from marketplace.experts.models import Expert
from marketplace.identity.models import Membership, Organization, User

pytestmark = pytest.mark.django_db

PROFILE = {
    "legal_name": "Núria Pérez",
    "preferred_name": "Núria",
    "headline": "Tax lawyer",
    "residence_country": "BO",
    "tax_country": "ES",
    "bank_country": "BO",
    "timezone": "America/La_Paz",
    "weekly_hours": "30",
}
ORGANIZATION = {"name": "Meridian Data Ltd", "slug": "meridian", "country": "GB", "timezone": "Europe/London"}


@pytest.fixture
def nuria() -> User:
    return User.objects.create_user("nuria@example.com", "seven lamps at dusk", full_name="Núria Pérez")


@pytest.fixture
def client(nuria: User) -> Client:
    client = Client()
    client.force_login(nuria, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_person_becomes_an_expert_in_draft_with_three_countries_apart(client: Client, nuria: User) -> None:
    client.post("/welcome/expert/", PROFILE)

    expert = Expert.objects.get(user=nuria)
    assert (expert.state, expert.weekly_capacity_minutes) == ("DRAFT", 1800)
    assert (expert.residence_country, expert.tax_country, expert.bank_country) == ("BO", "ES", "BO")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bank_country", "XX"),
        ("weekly_hours", "169"),
        ("weekly_hours", "1.5"),
        ("legal_name", "\u2067"),
        ("state", "ACTIVE"),
    ],
)
def test_bad_facts_make_no_profile(client: Client, field: str, value: str) -> None:
    answer = client.post("/welcome/expert/", {**PROFILE, field: value})

    assert answer.status_code == 422
    assert Expert.objects.count() == 0


def test_a_second_profile_is_refused_in_words(client: Client) -> None:
    client.post("/welcome/expert/", PROFILE)

    answer = client.post("/welcome/expert/", PROFILE)

    assert answer.status_code == 422
    assert Expert.objects.count() == 1


def test_a_person_opens_an_organization_and_owns_it(client: Client, nuria: User) -> None:
    client.post("/welcome/client/", ORGANIZATION)

    owned = Membership.objects.get(user=nuria)
    assert (owned.role, owned.organization.slug) == ("OWNER", "meridian")


def test_a_short_name_that_is_taken_is_refused_and_changes_nothing(client: Client) -> None:
    client.post("/welcome/client/", ORGANIZATION)

    answer = client.post("/welcome/client/", {**ORGANIZATION, "name": "Another"})

    assert answer.status_code == 422
    assert list(Organization.objects.values_list("name", flat=True)) == ["Meridian Data Ltd"]
