"""Verbs of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from marketplace.taxonomy.catalogue import CatalogueEntry, CredentialKind, load_catalogue
from marketplace.taxonomy.models import TaxonomyNode


@transaction.atomic
def sync_catalogue() -> int:
    """Bring the tree in line with the catalogue's files and return how many entries were added.

    Safe to repeat. Codes and tags of entries that exist never change; an entry that left the files becomes inactive.
    """
    rows = TaxonomyNode.objects.select_for_update(of=("self",)).select_related("parent")
    known = {(node.kind, node.code): node for node in rows}
    next_tag = max((node.tag for node in known.values()), default=0) + 1
    new: list[TaxonomyNode] = []
    listed = set()
    for kind, entry in _list_entries():
        key = (kind, entry.code)
        listed.add(key)
        parent = known[kind, entry.parent] if entry.parent else None
        values = {"name": entry.name, "aliases": list(entry.aliases), "parent": parent, "is_active": True}
        node = known.get(key)
        if node is None:
            node = known[key] = TaxonomyNode(kind=kind, code=entry.code, tag=next_tag + len(new), **values)
            new.append(node)
        elif any(getattr(node, name) != value for name, value in values.items()):
            TaxonomyNode.objects.filter(id=node.id).update(**values)
    TaxonomyNode.objects.bulk_create(new)
    gone = [node.id for key, node in known.items() if key not in listed and node.is_active]
    TaxonomyNode.objects.filter(id__in=gone).update(is_active=False)
    return len(new)


def _list_entries() -> Iterator[tuple[str, CatalogueEntry | CredentialKind]]:
    catalogue = load_catalogue()
    yield from ((TaxonomyNode.Kind.DOMAIN, entry) for entry in catalogue.domains)
    yield from ((TaxonomyNode.Kind.SKILL, entry) for entry in catalogue.skills)
    yield from ((TaxonomyNode.Kind.CREDENTIAL, entry) for entry in catalogue.credentials)
