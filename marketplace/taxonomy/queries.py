"""Reads of the tree."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from common.errors import NotFound
from marketplace.taxonomy.models import TaxonomyNode


class NodeNotFound(NotFound):
    """No such domain, skill or credential."""

    title = "There is no such entry in the catalogue"


def find_node(kind: str, code: str) -> TaxonomyNode | None:
    """Return the active node of this kind and code."""
    return TaxonomyNode.objects.filter(kind=kind, code=code, is_active=True).first()


def get_node(kind: str, code: str) -> TaxonomyNode:
    """Return the active node of this kind and code.

    Raises:
        NodeNotFound: there is none.
    """
    node = find_node(kind, code)
    if node is None:
        raise NodeNotFound(f"There is no {kind.lower()} {code[:80]!r}.")
    return node


def search_nodes(text: str = "", kind: str = "", parent: str = "") -> QuerySet[TaxonomyNode]:
    """Return active nodes whose code, name or one of whose aliases contains ``text``, without an order."""
    rows = TaxonomyNode.objects.filter(is_active=True).select_related("parent")
    if kind:
        rows = rows.filter(kind=kind)
    if parent:
        rows = rows.filter(parent__code=parent)
    if text:
        rows = rows.filter(Q(code__icontains=text) | Q(name__icontains=text) | Q(aliases__icontains=text))
    return rows


def find_nodes(text: str, kind: str = "", limit: int = 20) -> list[TaxonomyNode]:
    """Return the first ``limit`` nodes of ``search_nodes``, by code."""
    return list(search_nodes(text, kind).order_by("code", "id")[:limit])
