"""Writing the levels of rated items: all anew with each exact fit."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Max

from common.copying import copy_rows
from common.identifiers import uuid7
from quality.estimates.models import FitRun, ItemLevel
from quality.estimates.severity import RatedItem
from quality.evidence.models import Rating

_COLUMNS = ["id", "fit_run_id", "scope_id", "item_key", "criterion", "ratings", "level", "low90", "high90", "gain"]
_COLUMNS += ["tenant", "project"]


def replace_items(items: Sequence[RatedItem], *, fit_run: FitRun) -> None:
    """This will put what a fit knows of items in the place of what the last one knew; the caller holds the refit's lock."""
    places = _places()
    ItemLevel.objects.all().delete()
    rows = [
        (
            uuid7(),
            fit_run.id,
            item.scope_id,
            item.item_key,
            item.criterion,
            item.ratings,
            *(item.level, item.low90, item.high90, item.gain),
            *places[item.scope_id, item.item_key],
        )
        for item in items
    ]
    copy_rows("quality_itemlevel", _COLUMNS, rows)


def _places() -> dict[tuple[UUID, str], tuple[str, str]]:
    """The tenant and the project of each rated item; the work of one is never that of two."""
    rows = Rating.objects.values_list("scope_id", "item_key").annotate(of=Max("tenant"), where=Max("project"))
    return {(scope, item): (of, where) for scope, item, of, where in rows.order_by("scope_id", "item_key")}
