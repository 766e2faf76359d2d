"""Rated items, those of which one more rating would teach most first."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from quality.estimates.models import ItemLevel
from quality.estimates.values import ItemFigure


def list_item_levels(places: Collection[tuple[str, str]]) -> QuerySet[ItemLevel]:
    """Return the rated items of these (tenant, project)s, the most valuable to rate once more first."""
    if not places:
        return ItemLevel.objects.none()
    wanted = reduce(or_, (Q(tenant=tenant, project=project) for tenant, project in sorted(places)))
    return ItemLevel.objects.filter(wanted).select_related("scope", "fit_run").order_by("-gain", "id")


def item_of(row: ItemLevel) -> ItemFigure:
    """Return a row, whose scope and fit are loaded, as a value."""
    return ItemFigure(
        id=row.id,
        item_key=row.item_key,
        scope=row.scope.codes,
        criterion=row.criterion,
        ratings=row.ratings,
        level=row.level,
        low90=row.low90,
        high90=row.high90,
        gain=row.gain,
        tenant=row.tenant,
        project=row.project,
        as_of=row.fit_run.as_of,
    )
