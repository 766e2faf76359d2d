"""Search: what SQL can say finds the best of a million experts; the pure ranking judges those in full.

Every hard rule that is a tag, a country or a capacity is a condition on ``ExpertSearch``. What passes is ordered by ``at_most``, a
bound of its rank that SQL reckons, and judged in full from the top until nobody left could still come among the best. So the
answer is the one that judging everybody would give, at the cost of judging little more than is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from common.money import Money
from marketplace.experts.models import Expert, ExpertSearch
from marketplace.projects.models import Opening, Requirement
from marketplace.projects.queries import list_open_openings_without
from marketplace.staffing.queries.facts import (
    facts_of,
    gather_facts,
    gather_rules,
    list_requirements,
    make_rules,
    read_experts,
    read_hourly_pay,
    to_rule,
)
from marketplace.staffing.queries.terms import LocaleTags, bound_of, condition_of, read_locale_tags
from marketplace.staffing.ranking import Evaluation, Rule, describe, evaluate, make_evaluator

#: How many more than asked for are judged at first: who has less than SQL can know (hours promised elsewhere) falls behind.
SPARE = 15
#: How many are judged at most. Beyond it the answer may miss somebody, and only where a rule that search can't bound
#: (quality, hours of the day) leaves more than this many who might still be the best.
MOST_JUDGED = 1000


@dataclass(frozen=True, slots=True)
class Match:
    """An expert's place for an opening: the public card and the evaluation, rule by rule."""

    expert_id: UUID
    user_id: UUID
    name: str
    headline: str
    country: str
    timezone: str
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """How many experts are left after one more hard rule, and how many there would be without this one alone."""

    words: str
    left: int
    without_it: int


def list_matches(opening: Opening, *, now: datetime, limit: int = 50, words: str = "") -> list[Match]:
    """Return the best eligible experts for ``opening``, best first, at most ``limit``; engaged ones are left out."""
    requirements = list_requirements([opening.id])
    pay = read_hourly_pay(requirements, now).get(opening.id)
    rules = make_rules(requirements, pay)
    locales = read_locale_tags(requirements)
    rows = _narrow(_searchable(opening, words), [each for each in requirements if each.is_hard], locales)
    places = rows.annotate(at_most=_bound(requirements, pay, locales)).order_by("-at_most", "expert_id")
    return _judge_from_the_top(opening, rules, places.values_list("expert_id", "at_most"), limit, now)


def _judge_from_the_top(
    opening: Opening, rules: Sequence[Rule], places: QuerySet[ExpertSearch, Any], limit: int, now: datetime
) -> list[Match]:
    """Return the best ``limit`` of ``places`` (expert, bound of the rank), which come best bound first."""
    matches: list[Match] = []
    judged: set[UUID] = set()
    size = limit + SPARE
    while True:
        top = list(places[:size])
        new = [expert_id for expert_id, _ in top if expert_id not in judged]
        matches += [match for match in _judge(opening, rules, new, now=now) if match.evaluation.is_eligible]
        matches.sort(key=_place)
        judged.update(new)
        if len(top) < size or size >= MOST_JUDGED or _is_settled(matches, limit, *top[-1]):
            return matches[:limit]
        size = min(size * 4, MOST_JUDGED)


def _is_settled(matches: Sequence[Match], limit: int, last_id: UUID, last_bound: int) -> bool:
    """Say whether nobody after the last one judged could come before the last one shown."""
    return len(matches) >= limit and _place(matches[limit - 1]) <= (-last_bound, last_id)


def _place(match: Match) -> tuple[int, UUID]:
    return -match.evaluation.rank, match.expert_id


def why_not(expert_id: UUID, opening: Opening, *, now: datetime) -> Match | None:
    """Return every rule's verdict on one expert, eligible or not; None if the expert does not exist or is closed."""
    rules = gather_rules([opening], now=now)[opening.id]
    return next(iter(_judge(opening, rules, [expert_id], now=now)), None)


def evaluate_openings(expert: Expert, openings: Sequence[Opening], *, now: datetime) -> dict[UUID, Evaluation]:
    """Return one expert's evaluation for each opening."""
    rules = gather_rules(openings, now=now)
    result: dict[UUID, Evaluation] = {}
    by_scope: dict[tuple[str, str, str], list[Opening]] = {}
    for opening in openings:
        by_scope.setdefault(_scope(opening), []).append(opening)
    for scope, group in by_scope.items():
        facts = gather_facts([expert.id], scope=scope, now=now)[expert.id]
        result |= {opening.id: evaluate(rules[opening.id], facts) for opening in group}
    return result


def matching_openings(expert: Expert, *, now: datetime) -> list[tuple[Opening, Evaluation]]:
    """Return every open opening with the expert's evaluation: eligible ones first, best first."""
    openings = list_open_openings_without(expert.user)
    evaluations = evaluate_openings(expert, openings, now=now)
    pairs = [(opening, evaluations[opening.id]) for opening in openings]
    return sorted(pairs, key=lambda pair: (not pair[1].is_eligible, -pair[1].score, pair[0].id))


def funnel(opening: Opening) -> list[FunnelStep]:
    """Return how many searchable experts are left after each hard rule that search knows, in order."""
    requirements = list_requirements([opening.id])
    locales = read_locale_tags(requirements)
    base = _searchable(opening, "")
    hard = [row for row in requirements if row.is_hard and condition_of(row, locales) is not None]
    names = {row.id: describe(to_rule(row, None)) for row in hard}
    steps = [FunnelStep("Active experts", base.count(), base.count())]
    for index, requirement in enumerate(hard):
        others = [other for other in hard if other.id != requirement.id]
        left, without_it = _narrow(base, hard[: index + 1], locales), _narrow(base, others, locales)
        steps.append(FunnelStep(names[requirement.id], left.count(), without_it.count()))
    return steps


def _judge(opening: Opening, rules: Sequence[Rule], expert_ids: Sequence[UUID], *, now: datetime) -> list[Match]:
    experts = [expert for expert in read_experts(expert_ids) if expert["state"] != Expert.State.CLOSED]
    facts = facts_of(experts, kinds={rule.kind for rule in rules}, scope=_scope(opening), now=now)
    judge = make_evaluator(rules)
    return [
        Match(
            expert_id=expert["id"],
            user_id=expert["user_id"],
            name=expert["preferred_name"],
            headline=expert["headline"],
            country=expert["residence_country"],
            timezone=expert["timezone"],
            evaluation=judge(facts[expert["id"]]),
        )
        for expert in experts
    ]


def _scope(opening: Opening) -> tuple[str, str, str]:
    project = opening.project
    return project.domain.code, project.locale, project.task_kind


def _searchable(opening: Opening, words: str) -> QuerySet[ExpertSearch]:
    engaged = opening.engagements.exclude(state="ENDED").values("expert_id")
    rows = ExpertSearch.objects.exclude(expert_id__in=engaged)
    for word in words.lower().split()[:5]:
        rows = rows.filter(words__contains=word)
    return rows


def _narrow(
    rows: QuerySet[ExpertSearch], requirements: Sequence[Requirement], locales: LocaleTags
) -> QuerySet[ExpertSearch]:
    for requirement in requirements:
        condition = condition_of(requirement, locales)
        if condition is not None:
            rows = rows.filter(condition)
    return rows


def _bound(requirements: Sequence[Requirement], pay: Money | None, locales: LocaleTags) -> Combinable:
    bounds = [bound_of(requirement, pay, locales) for requirement in requirements if not requirement.is_hard]
    return sum(bounds, start=Cast(Value(0), BigIntegerField()))
