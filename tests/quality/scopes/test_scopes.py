"""The tree of scopes."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from quality.models import Scope
from quality.scopes.commands import ensure_scopes
from quality.scopes.queries import load_tree
from quality.scopes.rules import ScopeCodes, parent_of, path_of


def test_the_locale_is_dropped_first_then_the_kind_of_task_then_the_domain() -> None:
    assert path_of(ScopeCodes("law/tax", "es-BO", "rubric")) == [
        ScopeCodes("law/tax", "es-BO", "rubric"),
        ScopeCodes("law/tax", "", "rubric"),
        ScopeCodes("law/tax", "", ""),
        ScopeCodes(),
    ]
    assert parent_of(ScopeCodes(locale="es-BO")) == ScopeCodes()


def test_a_scope_is_made_once_with_all_its_wider_ones(db: None) -> None:
    scope = ScopeCodes("law/tax", "es-BO", "rubric")

    first = ensure_scopes(scopes=[scope])
    second = ensure_scopes(scopes=[scope, ScopeCodes("law/tax", "es-PE", "rubric")])

    assert first[scope] == second[scope]
    assert Scope.objects.count() == 5
    parent = Scope.objects.get(children=first[scope])
    assert parent.codes == ScopeCodes("law/tax", "", "rubric")


def test_the_tree_puts_the_widest_above_everything(db: None) -> None:
    ids = ensure_scopes(scopes=[ScopeCodes("law"), ScopeCodes("coding", "", "review")])

    tree = load_tree()

    assert [str(codes) for codes in tree.codes] == ["coding", "coding · review", "law"]
    assert list(tree.parents) == [-1, 0, -1]
    assert tree.position(ids[ScopeCodes("law")]) == 2


def test_the_database_refuses_a_second_widest_scope_and_an_orphan(db: None) -> None:
    ensure_scopes(scopes=[ScopeCodes()])

    for row in (Scope(), Scope(domain="law")):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()

    assert Scope.objects.count() == 1
