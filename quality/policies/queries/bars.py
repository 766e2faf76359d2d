"""Bars, those in force and those before."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.conf import settings
from django.db.models import F, QuerySet, Window
from django.db.models.functions import Lead

from quality.policies.models import ScopeBar
from quality.policies.rules import Bars, nearest_bars
from quality.policies.values import BarsView
from quality.scopes.rules import ScopeCodes, path_of


def list_bars() -> QuerySet[ScopeBar]:
    """Return the bars in force: the newest row of each scope that has one."""
    newest = ScopeBar.objects.order_by("scope_id", "-set_at", "-id").distinct("scope_id").values("id")
    return ScopeBar.objects.filter(id__in=newest).select_related("scope").order_by("-id")


def load_bars() -> tuple[dict[ScopeCodes, Bars], Bars]:
    """Return the bars in force by scope, and those of a scope that follows no row."""
    return {row.scope.codes: Bars(row.bar, row.promote_bar) for row in list_bars()}, get_default_bars()


def get_default_bars() -> Bars:
    """Return what is asked of a scope that follows no row."""
    return Bars(settings.QUALITY_BAR, settings.QUALITY_PROMOTE_BAR)


def bars_in_force(scopes: Collection[ScopeCodes]) -> dict[ScopeCodes, Bars]:
    """Return what is asked of each scope now: its own bars, else those of the next wider scope that has any, else the usual ones."""
    own, default = load_bars()
    return {scope: nearest_bars(path_of(scope), own, default) for scope in scopes}


def list_bar_history() -> Sequence[BarsView]:
    """Return every bar that was ever set, the newest first, each with when another took its place. People set them: they are few."""
    until = Window(Lead("set_at"), partition_by="scope_id", order_by=[F("set_at").asc(), F("id").asc()])
    rows = ScopeBar.objects.select_related("scope").annotate(until_at=until).order_by("-set_at", "-id")
    return [
        BarsView(
            scope=row.scope.codes,
            bar=row.bar,
            promote_bar=row.promote_bar,
            reason_text=row.reason_text,
            set_by_id=row.set_by_id,
            set_at=row.set_at,
            until_at=row.until_at,
        )
        for row in rows
    ]
