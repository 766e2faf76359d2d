"""The best matches are those that judging everybody in full gives, in the same order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.money import Money
from marketplace.experts.commands import NewExpert, create_profiles
from marketplace.experts.inputs import LanguageInput, SkillInput, WindowInput
from marketplace.experts.models import Expert
from marketplace.experts.rules import LANGUAGE_LEVELS
from marketplace.identity.models import User
from marketplace.projects.models import Opening, Project
from marketplace.projects.rules import RequirementInput
from marketplace.staffing.queries import Match, gather_facts, gather_rules, list_matches, scope_of
from marketplace.staffing.ranking import PARTS, count_parts, evaluate
from tests.marketplace import people
from tests.marketplace.people import NOW, START

DOMAINS = ("linguistics", "linguistics/translation", "law", "law/contracts", "law/tax", "law/tax/corporate")
LOCALES = ("de-DE", "de-AT", "de-CH", "es-BO", "es-ES", "fr", "pt-BR")
GERMAN = RequirementInput(kind="LANGUAGE", locale="de-DE", modality="WRITE", language_level="B1", distance=5)
SOFT = (
    RequirementInput(kind="DOMAIN", node="linguistics", level=5, is_hard=False, weight=7),
    RequirementInput(
        kind="LANGUAGE", locale="de-AT", modality="WRITE", language_level="NATIVE", is_hard=False, weight=3
    ),
    RequirementInput(kind="COUNTRY", countries=["DE", "BO"], is_hard=False, weight=2),
    RequirementInput(kind="CAPACITY", minutes=1700, is_hard=False, weight=5),
    RequirementInput(kind="RATE", is_hard=False, weight=4),
    RequirementInput(kind="TIMEZONE", minutes=600, timezone="Europe/Berlin", is_hard=False, weight=1),
)
LAW = RequirementInput(kind="DOMAIN", node="law", level=2)
WORKDAYS = RequirementInput(kind="TIMEZONE", minutes=300, timezone="America/La_Paz")


def make_population(count: int, seed: int) -> list[Expert]:
    """Return made-up experts, with wishes of which some don't compare and profiles of which some are thin."""
    draw = random.Random(seed)
    users = User.objects.bulk_create(User(email=f"r{seed}.{number}@example.org") for number in range(count))
    return create_profiles(experts=[make_profile(user, draw) for user in users], by=None, now=START)


def make_profile(user: User, draw: random.Random) -> NewExpert:
    amount, currency = draw.choice(((None, ""), (draw.randint(1000, 9000), "EUR"), (4000, "USD")))
    profile = replace(
        people.PROFILE,
        residence_country=draw.choice(("DE", "BO", "FR")),
        timezone=draw.choice(("Europe/Berlin", "America/La_Paz", "Asia/Tokyo")),
        weekly_capacity_minutes=draw.choice((300, 600, 1333, 2400)),
        wish_minor_per_hour=amount,
        wish_currency=currency,
    )
    return NewExpert(
        user_id=user.id,
        profile=profile,
        languages=[
            LanguageInput(locale=locale, modality=modality, level=draw.choice(LANGUAGE_LEVELS))
            for locale in draw.sample(LOCALES, 3)
            for modality in draw.sample(("READ", "WRITE", "SPEAK"), 2)
        ],
        skills=[
            SkillInput(kind="DOMAIN", code=code, level=draw.randint(1, 5), evidence="Years of it")
            for code in draw.sample(DOMAINS, draw.randint(0, 3))
        ],
        windows=[WindowInput(weekday=day, start_minute=540, end_minute=1020) for day in range(draw.randint(0, 5))],
    )


def judge_everybody(opening: Opening) -> list[tuple[UUID, float]]:
    """Return every eligible expert with their score, from judging each of them in full."""
    ids = list(Expert.objects.values_list("id", flat=True))
    [rules] = gather_rules([opening], now=NOW).values()
    scope = scope_of(opening)
    facts = gather_facts(ids, scope=(scope.domain, scope.locale, scope.task_kind), now=NOW)
    judged = [(expert_id, evaluate(rules, facts[expert_id])) for expert_id in ids]
    eligible = [(expert_id, each) for expert_id, each in judged if each.is_eligible]
    eligible.sort(key=lambda pair: (-pair[1].rank, pair[0]))
    return [(expert_id, each.score) for expert_id, each in eligible]


def places(matches: Sequence[Match]) -> list[tuple[UUID, float]]:
    return [(match.expert_id, match.evaluation.score) for match in matches]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "requirements",
    [SOFT, (GERMAN, *SOFT), (GERMAN, LAW), (LAW, WORKDAYS, *SOFT), (LAW, SOFT[3]), (GERMAN, SOFT[4], SOFT[0])],
    ids=["all soft", "language", "none soft", "hours of the day", "free time", "wish"],
)
def test_the_best_are_those_of_judging_everybody(
    project: Project, olga: User, requirements: tuple[RequirementInput, ...], seed: int
) -> None:
    opening = people.make_opening(project, olga, unit="HOUR", rate=Money(3000, "EUR"), requirements=requirements)
    experts = make_population(240, seed)
    busy = people.make_opening(people.make_project(project.organization, olga, code="other"), olga, seats=30)
    for expert in random.Random(seed).sample(experts, 12):
        people.hire(busy, expert, olga)

    everybody = judge_everybody(opening)

    for limit in (1, 5, 25, 200):
        assert places(list_matches(opening, now=NOW, limit=limit)) == everybody[:limit]
    scores = [round(score, 6) for _, score in everybody]
    assert scores == sorted(scores, reverse=True)


def test_a_few_are_judged_where_search_knows_the_order(project: Project, olga: User, monkeypatch: Any) -> None:
    opening = people.make_opening(project, olga, requirements=(GERMAN, *SOFT[:3]))
    make_population(400, 7)

    with CaptureQueriesContext(connection) as read:
        matches = list_matches(opening, now=NOW, limit=10)

    assert len(matches) == 10
    assert len(read) <= 9
    assert not any("credential" in query["sql"] or "availability" in query["sql"] for query in read)


def test_parts_are_exact_for_whole_numbers() -> None:
    assert [count_parts(have, 3) for have in range(5)] == [0, 333_333_333, 666_666_666, PARTS, PARTS]
    assert count_parts(10**13 - 1, 10**13) == PARTS - 1
