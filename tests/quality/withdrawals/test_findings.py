"""What speaks for taking evidence back is said, to those who may do it, of their own organization."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from marketplace.models import Membership, Organization, User
from quality.facade import (
    GoldKind,
    JudgmentKind,
    NewGold,
    NewGoldResult,
    NewJudgment,
    find_reviewer_finding,
    list_gold,
    list_key_findings,
    list_remaining_shares,
    list_reviewer_findings,
    plant_gold_items,
    record_gold_results,
    record_judgments,
    withdraw_gold,
    withdraw_reviewer,
)
from tests.factories.quality import LAW, NOW, MakeWorker

PEOPLE = ("Ada", "Bola", "Dara", "Emil", "Fay", "Goran")
REVIEWERS = {"Finn": 0.0, "Hedda": 0.4, "Ines": 0.0}
WHY = "Went by the guidelines of another project."


@pytest.fixture
def chen(person: MakeWorker) -> User:
    return manager("Chen", "acme", person)


def manager(name: str, slug: str, person: MakeWorker) -> User:
    user = person(name)
    organization = Organization.objects.create(name=slug.title(), slug=slug, country="DE", created_at=NOW)
    Membership.objects.create(organization=organization, user=user, role="PROJECT_MANAGER", granted_at=NOW)
    return user


def tenant_of(user: User) -> str:
    return str(Membership.objects.get(user=user).organization_id)


def plant_eight(user: User, person: MakeWorker, *, wrong: int | None = 2) -> None:
    """Plant eight items that six people find, but for the one whose key is wrong."""
    tenant = tenant_of(user)
    keys = [f"{tenant}:{number}" for number in range(8)]
    plant_gold_items(
        items=[NewGold(item_key=key, kind=GoldKind.HONEYPOT, planted_at=NOW, tenant=tenant) for key in keys]
    )
    results = [
        NewGoldResult(
            gold_key=key,
            worker_id=person(name).id,
            scope=LAW,
            found=number != wrong,
            source_key=f"{key}:{name}",
            at=NOW,
        )
        for number, key in enumerate(keys)
        for name in PEOPLE
    ]
    record_gold_results(results=results, now=NOW)


def review_all(user: User, person: MakeWorker, reviewers: dict[str, float] = REVIEWERS) -> None:
    """Let each reviewer judge two pieces of everybody by two criteria; a reviewer takes away as much as is said."""
    tenant = tenant_of(user)
    judgments = [
        NewJudgment(
            worker_id=person(name).id,
            actor_id=person(reviewer).id,
            scope=LAW,
            kind=JudgmentKind.REVIEW,
            value=round(0.85 + 0.02 * ((place + piece + len(reviewer)) % 5) - taken, 2),
            confidence=0.5,
            criterion=criterion,
            source_key=f"review:{tenant}:{name}:{reviewer}:{piece}:{criterion}",
            at=NOW + timedelta(minutes=piece),
            tenant=tenant,
        )
        for place, name in enumerate(PEOPLE)
        for reviewer, taken in reviewers.items()
        for piece in range(2)
        for criterion in ("Accuracy", "Style")
    ]
    record_judgments(judgments=judgments, now=NOW)


def test_the_one_key_that_good_people_miss_is_called_wrong_with_its_chance(person: MakeWorker, chen: User) -> None:
    plant_eight(chen, person)

    findings = list_key_findings(list_gold(chen))

    [wrong] = [row for row in findings.values() if row.is_likely_wrong]
    assert len(findings) == 8
    assert (wrong.met, wrong.found) == (6, 0)
    assert wrong.expected > 5
    assert wrong.chance_wrong > 0.95
    assert wrong.words.startswith(
        "The key is likely wrong: 0 of 6 people found what it names, where 6.0 were to be expected"
    )
    assert {row.words for row in findings.values() if row is not wrong} == {""}


def test_with_right_keys_and_like_minded_reviewers_nothing_is_said(person: MakeWorker, chen: User) -> None:
    plant_eight(chen, person, wrong=None)
    review_all(chen, person, {"Finn": 0.0, "Hedda": 0.02, "Ines": 0.0})

    assert [row for row in list_key_findings(list_gold(chen)).values() if row.words] == []
    assert [row.words for row in list_reviewer_findings(chen)] == ["", "", ""]


def test_the_reviewer_whom_the_others_contradict_stands_out_with_an_interval(person: MakeWorker, chen: User) -> None:
    review_all(chen, person)

    hedda, *others = list_reviewer_findings(chen)

    assert hedda.reviewer_id == person("Hedda").id
    assert (hedda.reviews, hedda.people, hedda.stands_out) == (12, 6, True)
    assert 0.3 < hedda.low90 < hedda.difference < hedda.high90 < 0.5
    assert "Stricter than the middle reviewer of the same people’s work by 40 points of 100" in hedda.words
    assert "(P < 0.001)" in hedda.words
    assert [row.stands_out for row in others] == [False, False]


def test_an_organization_is_compared_with_itself_alone(person: MakeWorker, chen: User) -> None:
    olga = manager("Olga", "other", person)
    plant_eight(olga, person)
    review_all(olga, person)

    assert list_key_findings(list_gold(chen)) == {}
    assert list_reviewer_findings(chen) == []
    assert find_reviewer_finding(person("Hedda").id, tenant_of(chen)) is None


def test_a_withdrawal_keeps_what_the_figures_said_and_nothing_is_said_any_more(person: MakeWorker, chen: User) -> None:
    plant_eight(chen, person)
    review_all(chen, person)
    [wrong] = [row for row in list_key_findings(list_gold(chen)).values() if row.is_likely_wrong]
    hedda = list_reviewer_findings(chen)[0]

    of_key = withdraw_gold(gold_id=wrong.gold_id, words=WHY, by=chen, now=NOW)
    of_reviewer = withdraw_reviewer(
        reviewer_id=hedda.reviewer_id, tenant=Organization.objects.get().id, words=WHY, by=chen, now=NOW
    )

    assert of_key.finding == wrong.figures
    assert of_reviewer.finding == hedda.figures
    assert [row for row in list_key_findings(list_gold(chen)).values() if row.words] == []
    assert list_reviewer_findings(chen) == []
    assert set(list_remaining_shares(of_key).values()) == {1.0}
    assert min(list_remaining_shares(of_reviewer).values()) > 0.84


def call(user: User, path: str) -> Any:
    client = APIClient()
    client.force_authenticate(user)
    return client.get(f"/api/v1/quality/{path}")


def test_over_http_findings_are_for_those_who_correct_quality(person: MakeWorker, chen: User) -> None:
    plant_eight(chen, person)
    review_all(chen, person)
    reviewer = person("Finn")
    Membership.objects.create(organization=Organization.objects.get(), user=reviewer, role="REVIEWER", granted_at=NOW)
    key = next(row.gold_id for row in list_key_findings(list_gold(chen)).values() if row.is_likely_wrong)

    items = {row["id"]: row["finding"] for row in call(chen, "planted-items/").json()["results"]}
    reviewers = call(chen, "reviewers/").json()["results"]

    assert items[str(key)]["is_likely_wrong"] is True
    assert items[str(key)]["chance_wrong"] > 0.95
    assert [row["stands_out"] for row in reviewers] == [True, False, False]
    assert reviewers[0]["interval90"][0] > 0.3
    assert {call(user, "reviewers/").status_code for user in (reviewer, person("Ada"))} == {403}
    withdraw_gold(gold_id=key, words=WHY, by=chen, now=NOW)
    [row] = call(chen, "withdrawals/").json()["results"]
    assert row["finding"]["words"].startswith("The key is likely wrong")
    effects = call(chen, f"withdrawals/{row['id']}/").json()["effects"]
    assert {effect["remaining"] for effect in effects if effect["judgments"]} == {1.0}
    items = {row["id"]: row["finding"] for row in call(chen, "planted-items/").json()["results"]}
    assert items[str(key)] is None
