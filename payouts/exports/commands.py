"""Asking for an export, and reading it out."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from datetime import date, datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from common import audit
from common.currencies import get_currency
from common.errors import InvalidInput
from common.permissions import has_grant, require_grant
from payouts.exports.errors import ExportDiffers
from payouts.exports.models import Export
from payouts.exports.queries import lines_of
from payouts.ledger.commands import seal_entries
from payouts.ledger.models import EntrySeal

logger = logging.getLogger(__name__)

Kind = Export.Kind
#: Lines sent at once.
_CHUNK = 500
_LONGEST_DAYS = 3660


def request_export(*, kind: str, starts_on: date, ends_on: date, by: Any, now: datetime, currency: str = "") -> Export:
    """Fix what an export covers: every entry committed until now, with an effective day of the half-open range.

    Raises:
        NotPermitted: ``by`` neither prepares nor approves.
        InvalidInput: no days, more than ten years, or a file of one currency without it.
    """
    if not has_grant(by, "finance.approve"):
        require_grant(by, "finance.prepare")
    if not starts_on < ends_on:
        raise InvalidInput.of("/ends_on", "It must be after the first day.")
    if (ends_on - starts_on).days > _LONGEST_DAYS:
        raise InvalidInput.of("/ends_on", "An export covers ten years at most.")
    if currency:
        get_currency(currency)
    elif kind in (Kind.QUICKBOOKS, Kind.XERO):
        raise InvalidInput.of("/currency", "These files are of one currency each.")
    seal_entries()
    position = EntrySeal.objects.aggregate(last=Max("position"))["last"] or 0
    with transaction.atomic():
        export = Export.objects.create(
            kind=kind,
            currency=currency,
            starts_on=starts_on,
            ends_on=ends_on,
            sealed_position=position,
            asked_by=by,
            asked_at=now,
        )
        audit.record(action="export.requested", target=export, by=by.pk, now=now, detail={"kind": kind})
    return export


def read_export(*, export: Export, now: datetime) -> Iterator[bytes]:
    """Yield the file as it is read from the books; its end is written to the row, or compared with it.

    Raises:
        ExportDiffers: after the last byte, so that whoever reads it sees that it broke off: it is not what was given out.
    """
    digest, lines = hashlib.sha256(), 0
    for chunk in batched(lines_of(export), _CHUNK, strict=False):
        content = "".join(chunk).encode()
        digest.update(content)
        lines += len(chunk)
        yield content
    _note_made(export.id, digest.hexdigest(), lines - 1, now)


def _note_made(export_id: UUID, sha256: str, row_count: int, now: datetime) -> None:
    with transaction.atomic():
        export = Export.objects.select_for_update().get(id=export_id)
        if export.state == Export.State.REQUESTED:
            export.state, export.sha256, export.row_count, export.made_at = Export.State.MADE, sha256, row_count, now
            export.save()
            return
    if export.sha256 != sha256:
        logger.error("payouts.export.differs", extra={"export_id": str(export_id), "sha256": sha256})
        raise ExportDiffers
