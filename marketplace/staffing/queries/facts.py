"""Turns rows into the plain rules and facts that ranking judges: a fixed number of queries for any number of experts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, Sum

from common.money import Money
from marketplace.experts.models import AvailabilityWindow, Credential, Expert, ExpertLanguage, ExpertSkill
from marketplace.experts.queries import restricted_users
from marketplace.experts.rules import inherit_levels
from marketplace.projects.models import Opening, RateLine, Requirement
from marketplace.staffing.models import Engagement
from marketplace.staffing.ranking import ExpertFacts, Rule
from marketplace.taxonomy.models import TaxonomyNode
from quality.facade import ScopeCodes, quality_of

#: What is read of an expert's row itself: for the facts, and for the card that stands beside them.
_EXPERT_COLUMNS = (
    "id",
    "user_id",
    "state",
    "preferred_name",
    "headline",
    "residence_country",
    "timezone",
    "weekly_capacity_minutes",
    "wish_minor_per_hour",
    "wish_currency",
)


def gather_rules(openings: Iterable[Opening], *, now: datetime) -> dict[UUID, tuple[Rule, ...]]:
    """Return the rules of each opening, hard ones first."""
    ids = [opening.id for opening in openings]
    rows = list_requirements(ids)
    pay = read_hourly_pay(rows, now)
    by_opening: dict[UUID, list[Requirement]] = {opening_id: [] for opening_id in ids}
    for row in rows:
        by_opening[row.opening_id].append(row)
    return {opening_id: make_rules(each, pay.get(opening_id)) for opening_id, each in by_opening.items()}


def make_rules(rows: Iterable[Requirement], pay: Money | None) -> tuple[Rule, ...]:
    """Return one opening's requirements as rules, hard ones first."""
    return tuple(to_rule(row, pay) for row in sorted(rows, key=lambda row: (not row.is_hard, -row.weight, row.id)))


def list_requirements(opening_ids: Sequence[UUID]) -> list[Requirement]:
    """Return the requirements of several openings with their nodes, by id."""
    return list(Requirement.objects.filter(opening_id__in=opening_ids).select_related("node").order_by("id"))


def read_hourly_pay(requirements: Iterable[Requirement], now: datetime) -> dict[UUID, Money]:
    """Return the hourly pay of the openings in which a rule compares it with a wish."""
    compared = {row.opening_id for row in requirements if row.kind == Requirement.Kind.RATE}
    if not compared:
        return {}
    lines = RateLine.objects.filter(
        opening_id__in=compared, side=RateLine.Side.PAY, unit=RateLine.Unit.HOUR, effective__contains=now
    )
    return {line.opening_id: Money(line.amount_minor, line.currency) for line in lines}


def to_rule(row: Any, pay: Money | None) -> Rule:
    """Return a requirement row as a plain rule; ``pay`` is the opening's hourly pay, if it has one."""
    return Rule(
        kind=row.kind,
        is_hard=row.is_hard,
        weight=row.weight,
        node_code=row.node.code if row.node else "",
        node_name=row.node.name if row.node else "",
        level=row.level or 0,
        locale=row.locale,
        modality=row.modality,
        language_level=row.language_level,
        distance=row.distance,
        countries=tuple(row.countries),
        minutes=row.minutes or 0,
        share=row.share or 0.0,
        timezone=row.timezone,
        pay=pay,
    )


def gather_facts(
    expert_ids: Sequence[UUID],
    *,
    kinds: Collection[str] = Requirement.Kind.values,
    scope: tuple[str, str, str] | None,
    now: datetime,
) -> dict[UUID, ExpertFacts]:
    """Return what rules of these ``kinds`` read of each expert, and nothing that none of them reads.

    Quality is read in ``scope`` (domain, locale, task kind) if one is named.
    """
    return facts_of(read_experts(expert_ids), kinds=kinds, scope=scope, now=now)


def read_experts(expert_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return the columns of experts that matching reads, by name, without an order."""
    return list(Expert.objects.filter(id__in=expert_ids).values(*_EXPERT_COLUMNS))


def facts_of(
    experts: Sequence[Mapping[str, Any]],
    *,
    kinds: Collection[str],
    scope: tuple[str, str, str] | None,
    now: datetime,
) -> dict[UUID, ExpertFacts]:
    """Return what ``gather_facts`` does, of experts that are read."""
    expert_ids = [expert["id"] for expert in experts]
    none: dict[UUID, Any] = {}
    levels, assessed = _levels(expert_ids) if {"DOMAIN", "SKILL"} & set(kinds) else (none, none)
    languages = _languages(expert_ids) if "LANGUAGE" in kinds else none
    credentials = _credentials(expert_ids, now) if "CREDENTIAL" in kinds else none
    windows = _windows(expert_ids) if "TIMEZONE" in kinds else none
    committed = _committed(expert_ids) if "CAPACITY" in kinds else none
    quality = _quality([expert["user_id"] for expert in experts], scope) if "QUALITY" in kinds else none
    paused = _paused(scope, now)
    return {
        expert["id"]: ExpertFacts(
            residence_country=expert["residence_country"],
            timezone=expert["timezone"],
            levels=levels.get(expert["id"], {}),
            assessed=frozenset(assessed.get(expert["id"], ())),
            languages=languages.get(expert["id"], ()),
            credentials=frozenset(credentials.get(expert["id"], ())),
            wish=_wish(expert),
            capacity_minutes=expert["weekly_capacity_minutes"],
            committed_minutes=committed.get(expert["id"], 0),
            quality=quality.get(expert["user_id"]),
            windows=windows.get(expert["id"], ()),
            is_paused=expert["user_id"] in paused,
        )
        for expert in experts
    }


def _paused(scope: tuple[str, str, str] | None, now: datetime) -> frozenset[UUID]:
    """Return the ids of those to whom new work of the scope is closed: few, whatever the number of experts."""
    if scope is None:
        return frozenset()
    domain, locale, task_kind = scope
    return frozenset(restricted_users(domain=domain, locale=locale, task_kind=task_kind, now=now))


def _wish(expert: Mapping[str, Any]) -> Money | None:
    amount = expert["wish_minor_per_hour"]
    return Money(amount, expert["wish_currency"]) if amount else None


def _levels(expert_ids: Sequence[UUID]) -> tuple[dict[UUID, dict[str, int]], dict[UUID, set[str]]]:
    parents = dict(TaxonomyNode.objects.filter(kind=TaxonomyNode.Kind.DOMAIN).values_list("code", "parent__code"))
    own: dict[UUID, dict[str, int]] = defaultdict(dict)
    assessed: dict[UUID, set[str]] = defaultdict(set)
    rows = ExpertSkill.objects.filter(expert_id__in=expert_ids)
    for expert_id, code, claimed, proven in rows.values_list(
        "expert_id", "node__code", "claimed_level", "assessed_level"
    ):
        own[expert_id][code] = proven or claimed
        if proven:
            assessed[expert_id].add(code)
    levels: dict[UUID, dict[str, int]] = defaultdict(dict)
    levels.update({expert_id: inherit_levels(each, parents) for expert_id, each in own.items()})
    return levels, assessed


def _languages(expert_ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, str, str]]]:
    languages: dict[UUID, list[tuple[str, str, str]]] = defaultdict(list)
    rows = ExpertLanguage.objects.filter(expert_id__in=expert_ids).order_by("locale", "modality")
    for expert_id, locale, modality, claimed, proven in rows.values_list(
        "expert_id", "locale", "modality", "claimed_level", "assessed_level"
    ):
        languages[expert_id].append((locale, modality, proven or claimed))
    return languages


def _credentials(expert_ids: Sequence[UUID], now: datetime) -> dict[UUID, set[str]]:
    rows = Credential.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=now.date()),
        expert_id__in=expert_ids,
        state=Credential.State.VERIFIED,
        valid_from__lte=now.date(),
    )
    credentials: dict[UUID, set[str]] = defaultdict(set)
    for expert_id, code in rows.values_list("expert_id", "node__code"):
        credentials[expert_id].add(code)
    return credentials


def _windows(expert_ids: Sequence[UUID]) -> dict[UUID, list[tuple[int, int, int]]]:
    windows: dict[UUID, list[tuple[int, int, int]]] = defaultdict(list)
    rows = AvailabilityWindow.objects.filter(expert_id__in=expert_ids).order_by("weekday", "start_minute")
    for expert_id, weekday, start, end in rows.values_list("expert_id", "weekday", "start_minute", "end_minute"):
        windows[expert_id].append((weekday, start, end))
    return windows


def _committed(expert_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = Engagement.objects.filter(expert_id__in=expert_ids, state=Engagement.State.PRODUCTION)
    return dict(
        rows.values("expert_id").annotate(minutes=Sum("weekly_cap_minutes")).values_list("expert_id", "minutes")
    )


def _quality(user_ids: Sequence[UUID], scope: tuple[str, str, str] | None) -> dict[UUID, tuple[float, float, float]]:
    if scope is None or not user_ids:
        return {}
    domain, locale, task_kind = scope
    estimates = quality_of(worker_ids=user_ids, scope=ScopeCodes(domain, locale, task_kind))
    return {
        worker_id: (estimate.mean, estimate.low90, estimate.high90)
        for worker_id, estimate in estimates.items()
        if estimate.n_eff > 0
    }
