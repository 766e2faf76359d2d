"""A statement as PDF, CSV and XLSX."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst

from common.spreadsheets import csv_text, write_xlsx
from payouts.statements.queries import Document, DocumentLine

_LAYOUT: Final = Path(__file__).with_name("statement.typ")
_UNITS: Final = {"HOUR": "h", "TASK": "task", "ACCEPTED_TASK": "accepted task", "BONUS": "", "ADJUSTMENT": ""}
_COLUMNS: Final = (
    "statement",
    "corrects",
    "paid_by",
    "paid_to",
    "line",
    "kind",
    "description",
    "project",
    "source",
    "rate_line",
    "approved_by",
    "approver",
    "earning",
    "worked_from",
    "worked_to",
    "quantity",
    "unit",
    "rate",
    "amount",
    "currency",
    "exchange",
)


def pdf_of(document: Document) -> bytes:
    """Return the statement as a tagged PDF; the same statement always gives the same bytes."""
    facts = {
        "reference": document.reference,
        "issued": f"{document.issued_at:%Y-%m-%d}",
        "payer": document.payer,
        "payee": document.payee,
        "approvers": document.approvers,
        "corrects": document.corrects,
        "corrected_by": document.corrected_by,
        "payout": str(document.payout_id),
        "total": document.total.format(),
        "arrives": document.arrives.format(),
        "exchange": document.exchange,
        "lines": [_printed(line) for line in document.lines],
    }
    content: bytes = typst.compile(
        str(_LAYOUT),
        format="pdf",
        sys_inputs={"facts": json.dumps(facts)},
        timestamp=int(document.issued_at.timestamp()),
    )
    return content


def csv_of(document: Document) -> str:
    """Return the statement as CSV, one row a line, amounts in major units, no cell a formula."""
    return csv_text(_COLUMNS, ([_written(cell) for cell in _row(document, line)] for line in document.lines))


def xlsx_of(document: Document) -> bytes:
    """Return the statement as a spreadsheet of the same rows; the same statement always gives the same bytes."""
    rows = (_row(document, line) for line in document.lines)
    file = io.BytesIO()
    write_xlsx(file, title=document.reference, header=_COLUMNS, rows=rows, created=document.issued_at)
    return file.getvalue()


def _written(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, datetime) else cell


def _printed(line: DocumentLine) -> dict[str, Any]:
    quantity = "" if line.quantity is None else f"{line.quantity:.4f}".rstrip("0").rstrip(".")
    return {
        "description": line.description,
        "project": line.project,
        "source": line.source_key,
        "rate_line": line.rate_line_key,
        "approver": line.approver,
        "worked": "" if line.worked_to is None else f"{line.worked_to:%Y-%m-%d}",
        "quantity": f"{quantity} {_UNITS.get(line.unit, line.unit)}".strip(),
        "rate": "" if line.rate is None else line.rate.format(),
        "amount": line.amount.format(),
    }


def _row(document: Document, line: DocumentLine) -> list[Any]:
    return [
        document.reference,
        document.corrects,
        document.payer,
        document.payee,
        line.number,
        line.kind,
        line.description,
        line.project,
        line.source_key,
        line.rate_line_key,
        line.approved_by,
        line.approver,
        line.earning_id or "",
        line.worked_from,
        line.worked_to,
        line.quantity,
        line.unit,
        line.rate.to_major() if line.rate else None,
        line.amount.to_major(),
        document.total.currency,
        f"{document.arrives}: {document.exchange}" if document.exchange else "",
    ]
