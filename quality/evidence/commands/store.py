"""Inserting evidence once per source key."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models

from quality.errors import EvidenceAlreadyRecorded

BATCH = 2_000


def append[Row: models.Model](rows: list[Row], content: tuple[str, ...]) -> list[Row]:
    """Insert what is new, and return every row as stored; ``content`` names what a known row must equal."""
    if not rows:
        return rows
    manager = type(rows[0])._default_manager
    # Whoever inserts a key first decides, another transaction or an earlier call: what is stored is compared.
    manager.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    keys = [_key(row) for row in rows]
    known = _stored(manager, keys)
    for row in rows:
        # Absent: another transaction replaced the same judgment meanwhile, so this row could not go in.
        stored = known.get(_key(row))
        if stored is None or any(getattr(stored, name) != getattr(row, name) for name in content):
            raise EvidenceAlreadyRecorded(f"{_key(row)} was recorded before with other content.")
    return [known[key] for key in keys]


def _stored[Row: models.Model](manager: models.Manager[Row], keys: Iterable[str]) -> dict[str, Row]:
    return {_key(row): row for row in manager.filter(source_key__in=list(keys))}


def _key(row: models.Model) -> str:
    return str(row.source_key)  # type: ignore[attr-defined]  # every evidence model has one
