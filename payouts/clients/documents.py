"""An invoice or its credit note as PDF and as CSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import typst

from common.spreadsheets import csv_text
from payouts.clients.queries.documents import Document, DocumentLine

_LAYOUT: Final = Path(__file__).with_name("invoice.typ")
_UNITS: Final = {"HOUR": "h", "TASK": "tasks", "ACCEPTED_TASK": "accepted tasks"}
_COLUMNS: Final = (
    "document",
    "invoice",
    "issued_on",
    "due_on",
    "billed_by",
    "billed_to",
    "line",
    "project",
    "quantity",
    "unit",
    "rate",
    "amount",
    "currency",
)


def pdf_of(document: Document) -> bytes:
    """Return the document as a tagged PDF; the same document always gives the same bytes."""
    facts = {
        "kind": document.kind,
        "reference": document.reference,
        "invoice": document.invoice_reference,
        "reason": document.reason_text,
        "issued": f"{document.issued_on:%Y-%m-%d}",
        "due": "" if document.due_on is None else f"{document.due_on:%Y-%m-%d}",
        "payee": document.billed_by,
        "client": document.billed_to,
        "address": document.address,
        "until": f"{document.until:%Y-%m-%d}",
        "total": document.total.format(),
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
    """Return the document as CSV, one row a line, amounts in major units, no cell a formula."""
    return csv_text(_COLUMNS, (_row(document, line) for line in document.lines))


def _printed(line: DocumentLine) -> dict[str, Any]:
    return {
        "project": line.project,
        "quantity": f"{_quantity(line)} {_UNITS.get(line.unit, line.unit)}",
        "rate": "cost plus margin" if line.rate is None else line.rate.format(),
        "amount": line.amount.format(),
    }


def _quantity(line: DocumentLine) -> str:
    return f"{line.quantity:.4f}".rstrip("0").rstrip(".")


def _row(document: Document, line: DocumentLine) -> list[Any]:
    return [
        document.reference,
        document.invoice_reference,
        f"{document.issued_on:%Y-%m-%d}",
        "" if document.due_on is None else f"{document.due_on:%Y-%m-%d}",
        document.billed_by,
        document.billed_to,
        line.number,
        line.project,
        line.quantity,
        line.unit,
        None if line.rate is None else line.rate.to_major(),
        line.amount.to_major(),
        document.total.currency,
    ]
