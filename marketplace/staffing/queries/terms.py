"""What search can ask in SQL of a rule: whether it passes, and how much of it is met.

A bound never says less than the full ranking would: for levels, languages, countries, credentials and wishes it is the same to the
last digit; for free time it is the whole capacity, and for quality and hours of the day it is everything, because search rows don't
hold them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db.models import BigIntegerField, Case, DecimalField, ExpressionWrapper, Func, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Least

from common.codes import locale_distance
from common.money import Money
from marketplace.experts.models import SearchLocale
from marketplace.experts.rules import LANGUAGE_LEVELS, credential_tag, language_tag, level_tag
from marketplace.projects.models import Requirement
from marketplace.staffing.ranking import PARTS, count_parts

#: The integer of each locale that some profile names.
type LocaleTags = Mapping[str, int]


def read_locale_tags(requirements: Iterable[Requirement]) -> LocaleTags:
    """Return the integers of locales if any of these rules asks for a language."""
    if not any(requirement.kind == "LANGUAGE" for requirement in requirements):
        return {}
    return dict(SearchLocale.objects.values_list("locale", "tag"))


def condition_of(requirement: Requirement, locales: LocaleTags) -> Q | None:
    """Return what search can ask for a requirement, or None for those that only the full ranking can judge."""
    if requirement.kind in ("DOMAIN", "SKILL") and requirement.node and requirement.level:
        return Q(tags__contains=[level_tag(requirement.node.tag, requirement.level)])
    if requirement.kind == "CREDENTIAL" and requirement.node:
        return Q(tags__contains=[credential_tag(requirement.node.tag)])
    if requirement.kind == "LANGUAGE":
        return Q(tags__overlap=_near_language_tags(requirement, requirement.language_level, locales))
    if requirement.kind == "COUNTRY":
        return Q(residence_country__in=requirement.countries)
    if requirement.kind == "CAPACITY":
        return Q(weekly_capacity_minutes__gte=requirement.minutes)
    return None


def bound_of(requirement: Requirement, pay: Money | None, locales: LocaleTags) -> Combinable:
    """Return the weight times the ``PARTS`` that a search row meets of a rule, never less than the full ranking finds."""
    weight = requirement.weight
    if requirement.kind in ("DOMAIN", "SKILL") and requirement.node and requirement.level:
        tag, want = requirement.node.tag, requirement.level
        return _steps([Q(tags__contains=[level_tag(tag, level)]) for level in range(1, want + 1)], weight)
    if requirement.kind == "LANGUAGE":
        names = LANGUAGE_LEVELS[: LANGUAGE_LEVELS.index(requirement.language_level) + 1]
        return _steps([Q(tags__overlap=_near_language_tags(requirement, name, locales)) for name in names], weight)
    if requirement.kind == "CAPACITY" and requirement.minutes:
        offered = Cast(Least("weekly_capacity_minutes", requirement.minutes), BigIntegerField())
        return ExpressionWrapper(offered * PARTS / requirement.minutes * weight, BigIntegerField())
    if requirement.kind == "RATE" and pay is not None:
        return _bound_of_wish(pay, weight)
    condition = condition_of(requirement, locales)
    return _whole(weight * PARTS) if condition is None else _steps([condition], weight)


def _steps(conditions: Sequence[Q], weight: int) -> Combinable:
    """Return the points of the last condition that holds; each holds wherever the one after it does."""
    want = len(conditions)
    steps = list(enumerate(conditions, 1))
    whens = (When(condition, then=_whole(weight * count_parts(step, want))) for step, condition in reversed(steps))
    return Case(*whens, default=_whole(0), output_field=BigIntegerField())


def _bound_of_wish(pay: Money, weight: int) -> Combinable:
    is_met = Q(wish_minor_per_hour__isnull=True) | ~Q(wish_currency=pay.currency)
    is_met |= Q(wish_minor_per_hour__lte=pay.amount_minor)
    # The product is beyond 64 bits.
    parts = Func(
        Value(Decimal(pay.amount_minor * PARTS), output_field=DecimalField()),
        Cast("wish_minor_per_hour", DecimalField(max_digits=20, decimal_places=0)),
        function="div",
        output_field=DecimalField(),
    )
    less = ExpressionWrapper(Cast(parts, BigIntegerField()) * weight, BigIntegerField())
    return Case(When(is_met, then=_whole(weight * PARTS)), default=less, output_field=BigIntegerField())


def _whole(number: int) -> Combinable:
    """Return a constant that PostgreSQL reckons with in 64 bits, however small it is."""
    return Cast(Value(number), BigIntegerField())


def _near_language_tags(requirement: Requirement, level: str, locales: LocaleTags) -> list[int]:
    near = [
        tag for locale, tag in locales.items() if locale_distance(requirement.locale, locale) <= requirement.distance
    ]
    return [language_tag(tag, requirement.modality, level) for tag in near] or [0]
