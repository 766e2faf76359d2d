"""Pauses that fall on people of one country are told to those who decide."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain

import pytest
from django.test import Client

from common import clock
from marketplace.experts.models import Expert
from marketplace.identity.models import User
from marketplace.standing.queries import find_pause_impact
from marketplace.standing.queries.impact import CountryImpact
from tests.factories.quality import give_gold
from tests.factories.standing import WORDS, pause
from tests.marketplace import people
from tests.marketplace.clients import client_of, platform_person
from tests.marketplace.people import NOW

WEEK = timedelta(days=7)


@pytest.fixture
def world(catalogue: None) -> dict[str, list[User]]:
    """Twenty people in Peru and thirty in Germany, six in Chile and five in Cuba; everybody's work was judged."""
    living = {"PE": 20, "DE": 30, "CL": 6, "CU": 5}
    users = {
        country: [
            people.make_expert(f"Worker{place} {country}", residence_country=country).user for place in range(count)
        ]
        for country, count in living.items()
    }
    for user in chain.from_iterable(users.values()):
        give_gold(user.id, found=1, missed=0, at=NOW)
    return users


@pytest.fixture
def opener(db: None) -> User:
    return people.make_user("Mara Manager")


@pytest.fixture
def decider(db: None) -> User:
    return people.make_user("Omar Operator")


def by_country(rows: tuple[CountryImpact, ...]) -> dict[str, CountryImpact]:
    return {row.country: row for row in rows}


def test_a_country_whose_people_are_paused_more_than_the_others_is_found(
    world: dict[str, list[User]], opener: User, decider: User
) -> None:
    for worker in [*world["PE"][:9], *world["DE"][:1]]:
        pause(worker, opener, decider)

    impact = find_pause_impact(decider, now=NOW + 2 * WEEK)

    rows = by_country(impact.paused)
    assert impact.people == 61
    assert [(row.country, row.people, row.hit) for row in impact.paused] == [("DE", 30, 1), ("PE", 20, 9), ("", 11, 0)]
    assert (rows["PE"].finding, rows["DE"].finding, rows[""].finding) == ("ADVERSE", "NONE", "NONE")
    assert rows["PE"].times == pytest.approx((9 / 20) / (1 / 41))
    assert rows["PE"].p < 0.01
    assert {row.hit for row in impact.proposed} == {0}


def test_nobody_is_found_by_a_country_of_few_people(world: dict[str, list[User]], opener: User, decider: User) -> None:
    pause(world["CU"][0], opener, decider)

    paused = by_country(find_pause_impact(decider, now=NOW + 2 * WEEK).paused)

    assert sorted(paused) == ["", "DE", "PE"]
    assert (paused[""].name, paused[""].people, paused[""].hit) == ("Smaller countries together", 11, 1)


def test_few_people_of_small_countries_are_counted_with_the_next_larger_one(catalogue: None, decider: User) -> None:
    for country, count in {"DE": 30, "PE": 12, "CU": 1}.items():
        for place in range(count):
            give_gold(people.make_expert(f"W{place} {country}", residence_country=country).user.id, found=1, missed=0)

    assert [(row.country, row.people) for row in find_pause_impact(decider, now=NOW).paused] == [("DE", 30), ("", 13)]


def test_readers_do_not_learn_of_a_pause_of_their_own(
    world: dict[str, list[User]], opener: User, decider: User
) -> None:
    reader = world["PE"][0]
    pause(reader, opener, decider)

    others, own = (find_pause_impact(who, now=NOW + 2 * WEEK) for who in (decider, reader))

    assert (others.people, sum(row.hit for row in others.paused)) == (61, 1)
    assert (own.people, sum(row.hit for row in own.paused)) == (60, 0)


def test_who_has_left_is_told_as_not_counted_and_one_country_alone_is_not_compared(
    catalogue: None, opener: User, decider: User
) -> None:
    users = [people.make_expert(f"W{place}", residence_country="DE").user for place in range(12)]
    for user in users:
        pause(user, opener, decider)
    Expert.objects.filter(user=users[0]).update(residence_country="")

    impact = find_pause_impact(decider, now=NOW + 2 * WEEK)

    assert (impact.people, impact.paused_elsewhere, impact.proposed_elsewhere) == (11, 1, 0)
    assert [(row.hit, row.finding) for row in impact.paused] == [(11, None)]


def test_pauses_that_an_appeal_took_back_and_those_of_earlier_years_do_not_count(
    world: dict[str, list[User]], opener: User, decider: User
) -> None:
    uninvolved = people.make_user("Nina Operator")
    pause(
        world["PE"][0], opener, decider, state="CLOSED", appealed_at=NOW + WEEK, appeal_due_at=NOW + 3 * WEEK,
        appeal_text=WORDS, appeal_outcome="OVERTURNED", appeal_by=uninvolved, appeal_decided_at=NOW + WEEK,
        appeal_answer=WORDS,
    )  # fmt: skip
    pause(world["DE"][0], opener, decider)

    soon, later = (find_pause_impact(decider, now=NOW + after) for after in (2 * WEEK, timedelta(days=380)))

    assert {row.country: row.hit for row in soon.paused} == {"": 0, "DE": 1, "PE": 0}
    assert (later.people, later.paused, later.proposed) == (0, (), ())


def test_it_costs_the_same_number_of_queries_for_few_and_many(
    world: dict[str, list[User]], opener: User, decider: User, django_assert_num_queries: object
) -> None:
    for worker in world["PE"]:
        pause(worker, opener, decider)

    with django_assert_num_queries(4):  # type: ignore[operator]
        find_pause_impact(decider, now=NOW + 2 * WEEK)


def test_the_page_names_the_finding_and_the_api_says_the_same(
    world: dict[str, list[User]], opener: User, decider: User
) -> None:
    for worker in world["PE"][:9]:
        pause(worker, opener, decider)
    aiko, browser = platform_person("Aiko Auditor", "AUDITOR"), Client()
    browser.force_login(aiko)

    with clock.at(NOW + 2 * WEEK):
        page, api = browser.get("/cases/impact/"), client_of(aiko).get("/api/v1/cases/impact/")

    assert "Falls on these people" in page.content.decode()
    assert "no other" in page.content.decode()
    assert {row["country"]: row["finding"] for row in api.json()["paused"]} == {
        "PE": "ADVERSE",
        "DE": "NONE",
        "": "NONE",
    }
    assert api.json()["paused"][1]["times"] is None
