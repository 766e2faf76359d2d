"""Verbs of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Max

from marketplace.taxonomy.catalogue import CatalogueEntry, CredentialKind, load_catalogue
from marketplace.taxonomy.models import TaxonomyNode


@transaction.atomic
def sync_catalogue() -> int:
    """Bring the tree in line with the catalogue's files and return how many entries were added.

    Safe to repeat. Codes and tags of entries that exist never change; an entry that left the files becomes inactive.
    """
    known = {(node.kind, node.code): node for node in TaxonomyNode.objects.select_for_update()}
    next_tag = (TaxonomyNode.objects.aggregate(highest=Max("tag"))["highest"] or 0) + 1
    added, listed = 0, set()
    for kind, entry in _list_entries():
        key = (kind, entry.code)
        listed.add(key)
        parent = known[kind, entry.parent] if entry.parent else None
        values = {"name": entry.name, "aliases": list(entry.aliases), "parent": parent, "is_active": True}
        node = known.get(key)
        if node is None:
            known[key] = TaxonomyNode.objects.create(kind=kind, code=entry.code, tag=next_tag + added, **values)
            added += 1
        elif any(getattr(node, name) != value for name, value in values.items()):
            TaxonomyNode.objects.filter(id=node.id).update(**values)
    for key in set(known) - listed:
        TaxonomyNode.objects.filter(id=known[key].id).update(is_active=False)
    return added


def _list_entries() -> Iterator[tuple[str, CatalogueEntry | CredentialKind]]:
    catalogue = load_catalogue()
    yield from ((TaxonomyNode.Kind.DOMAIN, entry) for entry in catalogue.domains)
    yield from ((TaxonomyNode.Kind.SKILL, entry) for entry in catalogue.skills)
    yield from ((TaxonomyNode.Kind.CREDENTIAL, entry) for entry in catalogue.credentials)
