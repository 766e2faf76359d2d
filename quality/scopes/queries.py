"""Reading scopes."""

from __future__ import annotations

from collections.abc import Collection
from contextvars import ContextVar
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from quality.scopes.models import Scope
from quality.scopes.rules import ScopeCodes


@dataclass(frozen=True, slots=True)
class ScopeTree:
    """Every scope but the widest, sorted by codes, as positions for the methods.

    ``parents[i]`` is the position of scope i's parent, -1 under the widest.
    """

    codes: tuple[ScopeCodes, ...]
    ids: tuple[UUID, ...]
    parents: NDArray[np.int64]
    positions: dict[UUID, int]
    root_id: UUID | None

    def position(self, scope_id: UUID) -> int:
        """The position of a scope, -1 for the widest."""
        return self.positions[scope_id]

    def id_at(self, position: int) -> UUID | None:
        """The scope at a position."""
        return self.root_id if position < 0 else self.ids[position]


_last_tree: ContextVar[ScopeTree | None] = ContextVar("quality_last_tree", default=None)


def tree_with(scope_ids: Collection[UUID]) -> ScopeTree:
    """Return a tree that holds these scopes: the last one read where it does, since scopes never change."""
    tree = _last_tree.get()
    if tree is None or not all(scope_id in tree.positions for scope_id in scope_ids):
        tree = load_tree()
        _last_tree.set(tree)
    return tree


def load_tree() -> ScopeTree:
    """Read all scopes; their number is that of kinds of work, not of workers."""
    rows = list(Scope.objects.values_list("domain", "locale", "task_kind", "id", "parent_id"))
    rows.sort(key=lambda row: row[:3])
    root = next((row[3] for row in rows if row[4] is None), None)
    rows = [row for row in rows if row[4] is not None]
    positions = {row[3]: place for place, row in enumerate(rows)}
    if root is not None:
        positions[root] = -1
    return ScopeTree(
        codes=tuple(ScopeCodes(*row[:3]) for row in rows),
        ids=tuple(row[3] for row in rows),
        parents=np.array([positions[row[4]] for row in rows], dtype=np.int64),
        positions=positions,
        root_id=root,
    )


def find_scope_ids(scopes: Collection[ScopeCodes]) -> dict[ScopeCodes, UUID]:
    """Return the ids of those scopes that exist."""
    if not scopes:
        return {}
    wanted = reduce(
        or_,
        (Q(domain=scope.domain, locale=scope.locale, task_kind=scope.task_kind) for scope in set(scopes)),
    )
    rows = Scope.objects.filter(wanted).values_list("domain", "locale", "task_kind", "id")
    return {ScopeCodes(*row[:3]): row[3] for row in rows}
