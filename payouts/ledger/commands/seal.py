"""Chaining the entries, after their postings: a chain within posting would let one approval through at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from common.copying import copy_rows
from payouts.ledger.models import EntrySeal
from payouts.ledger.rules import FIRST_LINK, seal_digest

logger = logging.getLogger(__name__)

#: Entries sealed in one transaction, so that a first run over millions neither fills memory nor is lost by a crash.
BATCH = 50_000
#: The advisory lock of the sealer: two that read the same end of the chain would both extend it.
_LOCK = 7_305_001

_UNSEALED = """
SELECT e.id, e.sha256 FROM payouts_journalentry e
 WHERE (%(after)s::uuid IS NULL OR e.id > %(after)s::uuid)
   AND NOT EXISTS (SELECT 1 FROM payouts_entryseal s WHERE s.entry_id = e.id)
 ORDER BY e.id LIMIT %(batch)s
"""


def seal_entries() -> int:
    """Append every committed entry that has no seal yet to the chain, in the order of ids; return how many.

    A crash leaves whole batches; the next run goes on from there. The end of the chain is written to the log, outside
    of the database: whoever rewrites the whole chain cannot rewrite that.
    """
    sealed, after = 0, None
    while True:
        rows = _seal_batch(after)
        sealed += len(rows)
        if len(rows) < BATCH:
            return sealed
        after = rows[-1][0]


def _seal_batch(after: UUID | None) -> Sequence[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_UNSEALED, {"after": after, "batch": BATCH})
        rows: Sequence[Any] = cursor.fetchall()
        if rows:
            end = EntrySeal.objects.order_by("-position").first()
            position, digest = (end.position, end.sha256) if end else (0, FIRST_LINK)
            links = list(_links(rows, position, digest))
            copy_rows("payouts_entryseal", ("position", "entry_id", "sha256"), links)
            position, _, digest = links[-1]
            logger.info("payouts.ledger.sealed", extra={"position": position, "sha256": digest, "entries": len(rows)})
    return rows


def _links(rows: Sequence[tuple[UUID, str]], position: int, digest: str) -> Iterator[tuple[int, UUID, str]]:
    for entry_id, entry_sha256 in rows:
        position, digest = position + 1, seal_digest(digest, entry_id, entry_sha256)
        yield position, entry_id, digest
