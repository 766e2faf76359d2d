"""Writes the rows that search reads, in the transaction of the profile change: one expert or thousands at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from marketplace.experts.models import Credential, Expert, ExpertLanguage, ExpertSearch, ExpertSkill, SearchLocale
from marketplace.experts.rules import credential_tag, inherit_levels, language_tags, level_tags
from marketplace.taxonomy.models import TaxonomyNode

_COLUMNS = (
    "tags",
    "residence_country",
    "timezone",
    "weekly_capacity_minutes",
    "wish_minor_per_hour",
    "wish_currency",
    "words",
    "updated_at",
)


def refresh(expert_ids: Iterable[UUID], *, now: datetime) -> None:
    """Rewrite the search rows of these experts; one that is not ACTIVE has none.

    Call it inside the transaction that changed the profiles, so that a committed change is in the next search. The experts
    are locked first, in the order of their ids: of two changes at once the later one reads what the earlier one wrote.
    """
    ids = list(expert_ids)
    locked = Expert.objects.select_for_update().filter(id__in=ids).order_by("id")
    experts = [expert for expert in locked if expert.state == Expert.State.ACTIVE]
    active_ids = [expert.id for expert in experts]
    ExpertSearch.objects.filter(expert_id__in=set(ids) - set(active_ids)).delete()
    tags = _skill_tags(active_ids)
    for source in (_language_tags(active_ids), _credential_tags(active_ids, now)):
        for expert_id, more in source.items():
            tags[expert_id] |= more
    ExpertSearch.objects.bulk_create(
        (_row(expert, sorted(tags[expert.id]), now) for expert in experts),
        update_conflicts=True,
        unique_fields=["expert"],
        update_fields=_COLUMNS,
        batch_size=500,
    )


def _row(expert: Expert, tags: list[int], now: datetime) -> ExpertSearch:
    return ExpertSearch(
        expert=expert,
        tags=tags,
        residence_country=expert.residence_country,
        timezone=expert.timezone,
        weekly_capacity_minutes=expert.weekly_capacity_minutes,
        wish_minor_per_hour=expert.wish_minor_per_hour,
        wish_currency=expert.wish_currency,
        words=f"{expert.preferred_name} {expert.headline}".strip().lower(),
        updated_at=now,
    )


def _skill_tags(expert_ids: list[UUID]) -> dict[UUID, set[int]]:
    nodes = {node.code: node for node in TaxonomyNode.objects.filter(kind=TaxonomyNode.Kind.DOMAIN)}
    by_id = {node.id: code for code, node in nodes.items()}
    parents = {code: by_id.get(node.parent_id) if node.parent_id else None for code, node in nodes.items()}
    own: dict[UUID, dict[str, int]] = defaultdict(dict)
    tags: dict[UUID, set[int]] = defaultdict(set)
    rows = ExpertSkill.objects.filter(expert_id__in=expert_ids).select_related("node")
    for row in rows:
        level = row.assessed_level or row.claimed_level
        if row.node.kind == TaxonomyNode.Kind.DOMAIN:
            own[row.expert_id][row.node.code] = level
        else:
            tags[row.expert_id].update(level_tags(row.node.tag, level))
    for expert_id, levels in own.items():
        for code, level in inherit_levels(levels, parents).items():
            tags[expert_id].update(level_tags(nodes[code].tag, level))
    return tags


def _language_tags(expert_ids: list[UUID]) -> dict[UUID, set[int]]:
    rows = list(
        ExpertLanguage.objects.filter(expert_id__in=expert_ids).values_list(
            "expert_id", "locale", "modality", "claimed_level", "assessed_level"
        )
    )
    locale_tags = _tag_locales({row[1] for row in rows})
    tags: dict[UUID, set[int]] = defaultdict(set)
    for expert_id, locale, modality, claimed, assessed in rows:
        tags[expert_id].update(language_tags(locale_tags[locale], modality, assessed or claimed))
    return tags


def _tag_locales(locales: set[str]) -> dict[str, int]:
    """Return the integer of each locale, giving one to those that are new.

    Only new ones are inserted: an insert that meets a conflict uses up an integer all the same.
    """
    known = dict(SearchLocale.objects.filter(locale__in=locales).values_list("locale", "tag"))
    new = sorted(locales - set(known))
    if not new:
        return known
    SearchLocale.objects.bulk_create((SearchLocale(locale=locale) for locale in new), ignore_conflicts=True)
    return dict(SearchLocale.objects.filter(locale__in=locales).values_list("locale", "tag"))


def _credential_tags(expert_ids: list[UUID], now: datetime) -> dict[UUID, set[int]]:
    """Claimed credentials do not count: only a verified one that is valid today."""
    today = now.date()
    rows = Credential.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=today),
        expert_id__in=expert_ids,
        state=Credential.State.VERIFIED,
        valid_from__lte=today,
    )
    tags: dict[UUID, set[int]] = defaultdict(set)
    for expert_id, node_tag in rows.values_list("expert_id", "node__tag"):
        tags[expert_id].add(credential_tag(node_tag))
    return tags
