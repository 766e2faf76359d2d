"""Search: what SQL can say narrows a million experts to a few hundred; the pure ranking judges those in full.

Every hard rule that is a tag, a country or a capacity is a condition on ``ExpertSearch``; the rest is judged afterwards. Where more
than ``CANDIDATES`` pass, those with most soft points that SQL can count come first, so the full ranking sees the best ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from common.codes import locale_distance
from marketplace.experts.models import Expert, ExpertSearch, SearchLocale
from marketplace.experts.rules import credential_tag, language_tag, level_tag
from marketplace.projects.models import Opening, Requirement
from marketplace.projects.queries import list_open_openings_without
from marketplace.staffing.queries.facts import gather_facts, gather_rules, to_rule
from marketplace.staffing.ranking import Evaluation, describe, evaluate

#: How many eligible experts are judged in full.
CANDIDATES = 200


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
    rows = _narrow(_searchable(opening, words), _hard(opening))
    chosen = list(
        rows.annotate(soft=_soft_points(opening))
        .order_by("-soft", "expert_id")
        .values_list("expert_id", flat=True)[:CANDIDATES]
    )
    matches = [match for match in _judge(opening, chosen, now=now) if match.evaluation.is_eligible]
    matches.sort(key=lambda match: (-match.evaluation.score, match.expert_id))
    return matches[:limit]


def why_not(expert_id: UUID, opening: Opening, *, now: datetime) -> Match | None:
    """Return every rule's verdict on one expert, eligible or not; None if the expert does not exist or is closed."""
    return next(iter(_judge(opening, [expert_id], now=now)), None)


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
    base, hard = _searchable(opening, ""), _hard(opening)
    names = {row.id: describe(to_rule(row, None)) for row in hard}
    steps = [FunnelStep("Active experts", base.count(), base.count())]
    for index, requirement in enumerate(hard):
        others = [other for other in hard if other.id != requirement.id]
        steps.append(
            FunnelStep(names[requirement.id], _narrow(base, hard[: index + 1]).count(), _narrow(base, others).count())
        )
    return steps


def _judge(opening: Opening, expert_ids: Sequence[UUID], *, now: datetime) -> list[Match]:
    rules = gather_rules([opening], now=now)[opening.id]
    facts = gather_facts(expert_ids, scope=_scope(opening), now=now)
    experts = Expert.objects.filter(id__in=expert_ids).exclude(state=Expert.State.CLOSED)
    return [
        Match(
            expert_id=expert.id,
            user_id=expert.user_id,
            name=expert.preferred_name,
            headline=expert.headline,
            country=expert.residence_country,
            timezone=expert.timezone,
            evaluation=evaluate(rules, facts[expert.id]),
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


def _hard(opening: Opening) -> list[Requirement]:
    rows = opening.requirements.select_related("node").order_by("id")
    return [row for row in rows if row.is_hard and _condition(row) is not None]


def _narrow(rows: QuerySet[ExpertSearch], requirements: Sequence[Requirement]) -> QuerySet[ExpertSearch]:
    for requirement in requirements:
        condition = _condition(requirement)
        if condition is not None:
            rows = rows.filter(condition)
    return rows


def _condition(requirement: Requirement) -> Q | None:
    """Return what search can ask for a requirement, or None for those that only the full ranking can judge."""
    if requirement.kind in ("DOMAIN", "SKILL") and requirement.node and requirement.level:
        return Q(tags__contains=[level_tag(requirement.node.tag, requirement.level)])
    if requirement.kind == "CREDENTIAL" and requirement.node:
        return Q(tags__contains=[credential_tag(requirement.node.tag)])
    if requirement.kind == "LANGUAGE":
        return Q(tags__overlap=_near_language_tags(requirement))
    if requirement.kind == "COUNTRY":
        return Q(residence_country__in=requirement.countries)
    if requirement.kind == "CAPACITY":
        return Q(weekly_capacity_minutes__gte=requirement.minutes)
    return None


def _near_language_tags(requirement: Requirement) -> list[int]:
    near = [
        locale
        for locale in SearchLocale.objects.all()
        if locale_distance(requirement.locale, locale.locale) <= requirement.distance
    ]
    return [language_tag(locale.tag, requirement.modality, requirement.language_level) for locale in near] or [0]


def _soft_points(opening: Opening) -> Combinable:
    points: Combinable = Value(0, output_field=IntegerField())
    for requirement in opening.requirements.select_related("node").order_by("id"):
        condition = None if requirement.is_hard else _condition(requirement)
        if condition is not None:
            points = points + Case(When(condition, then=Value(requirement.weight)), default=Value(0))
    return points
