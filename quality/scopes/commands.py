"""Making scopes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from quality.scopes.models import Scope
from quality.scopes.queries import find_scope_ids
from quality.scopes.rules import ScopeCodes, parent_of, path_of


def ensure_scopes(*, scopes: Collection[ScopeCodes]) -> dict[ScopeCodes, UUID]:
    """This will return the id of each scope, made with its wider ones where missing.

    Two callers at once make each scope once.
    """
    known = find_scope_ids(scopes)
    missing = {scope for scope in scopes if scope not in known}
    if not missing:
        return known
    everything = {wider for scope in missing for wider in path_of(scope)}
    known |= find_scope_ids(everything)
    # Widest first, so that each parent's id is known when its children are made.
    for width in range(4):
        level = [s for s in everything if len(path_of(s)) == width + 1 and s not in known]
        if not level:
            continue
        Scope.objects.bulk_create([_row(scope, known) for scope in sorted(level)], ignore_conflicts=True)
        known |= find_scope_ids(level)
    return known


def _row(scope: ScopeCodes, known: dict[ScopeCodes, UUID]) -> Scope:
    parent = parent_of(scope)
    return Scope(
        domain=scope.domain,
        locale=scope.locale,
        task_kind=scope.task_kind,
        parent_id=None if parent is None else known[parent],
    )
