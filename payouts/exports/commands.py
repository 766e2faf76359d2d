"""Asking for an export, and reading it out."""

from __future__ import annotations

import hashlib
import logging
import tempfile
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
from common.spreadsheets import csv_lines, write_xlsx
from payouts.exports.errors import ExportDiffers
from payouts.exports.models import Export
from payouts.exports.queries import table_of, written_rows
from payouts.ledger.commands import seal_entries
from payouts.ledger.models import EntrySeal

logger = logging.getLogger(__name__)

Kind = Export.Kind
#: Lines, and bytes of a spreadsheet, sent at once.
_CHUNK = 500
_CHUNK_BYTES = 65_536
#: A spreadsheet is written whole before its first byte is sent; a small one never touches the disk.
_IN_MEMORY_BYTES = 5_000_000
_LONGEST_DAYS = 3660


def request_export(
    *,
    kind: str,
    starts_on: date,
    ends_on: date,
    by: Any,
    now: datetime,
    currency: str = "",
    format: str = Export.Format.CSV,
) -> Export:
    """Fix what an export covers: every entry committed until now, with an effective day of the half-open range.

    Raises:
        NotPermitted: ``by`` neither prepares nor approves.
        InvalidInput: no days, more than ten years, a file of one currency without it, or Xero's as XLSX.
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
    if kind == Kind.XERO and format != Export.Format.CSV:
        raise InvalidInput.of("/format", "Xero reads CSV alone.")
    seal_entries()
    position = EntrySeal.objects.aggregate(last=Max("position"))["last"] or 0
    with transaction.atomic():
        export = Export.objects.create(
            kind=kind,
            format=format,
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
    digest, row_count = hashlib.sha256(), 0
    for content, row_count in _contents(export):  # noqa: B007 - its last value is the file's
        digest.update(content)
        yield content
    _note_made(export.id, digest.hexdigest(), row_count, now)


def _contents(export: Export) -> Iterator[tuple[bytes, int]]:
    """Yield the file in pieces, each with the number of rows up to its end."""
    header, rows = table_of(export)
    if export.format == Export.Format.CSV:
        lines = 0
        for chunk in batched(csv_lines(header, written_rows(export, rows)), _CHUNK, strict=False):
            lines += len(chunk)
            yield "".join(chunk).encode(), lines - 1
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        title = export.get_kind_display()
        row_count = write_xlsx(file, title=title, header=header, rows=rows, created=export.asked_at)
        file.seek(0)
        while content := file.read(_CHUNK_BYTES):
            yield content, row_count


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
