"""Reads workbooks by the standard library alone, as somebody who did not write them would."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

_MAIN = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - the date system has no zone


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: ``rows`` with its header; ``formats`` how each number is shown; ``formulas`` and ``links`` must be none."""

    name: str
    rows: list[list[Any]]
    formats: list[list[str]]
    formulas: int
    links: int


def read_workbook(content: bytes) -> list[Sheet]:
    """Return every sheet; text, Decimals, days and instants as such, empty cells None."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        formats = list(_cell_formats(_tree(package, "xl/styles.xml")))
        names = [
            sheet.get("name", "") for sheet in _tree(package, "xl/workbook.xml").findall("x:sheets/x:sheet", _MAIN)
        ]
        return [
            _sheet(name, _tree(package, f"xl/worksheets/sheet{number}.xml"), formats)
            for number, name in enumerate(names, start=1)
        ]


def _tree(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(package.read(name))


def _cell_formats(styles: ElementTree.Element) -> Iterator[str]:
    own = {row.get("numFmtId"): row.get("formatCode", "") for row in styles.findall("x:numFmts/x:numFmt", _MAIN)}
    for row in styles.findall("x:cellXfs/x:xf", _MAIN):
        yield own.get(row.get("numFmtId"), "")


def _sheet(name: str, tree: ElementTree.Element, formats: list[str]) -> Sheet:
    rows, shown = [], []
    for row in tree.findall("x:sheetData/x:row", _MAIN):
        cells = {_column(cell.get("r", "")): _cell(cell, formats) for cell in row.findall("x:c", _MAIN)}
        width = max(cells, default=-1) + 1
        rows.append([cells.get(column, (None, ""))[0] for column in range(width)])
        shown.append([cells.get(column, (None, ""))[1] for column in range(width)])
    return Sheet(name, rows, shown, len(tree.findall(".//x:f", _MAIN)), len(tree.findall(".//x:hyperlink", _MAIN)))


def _column(reference: str) -> int:
    number = 0
    for letter in re.sub(r"\d", "", reference):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _cell(cell: ElementTree.Element, formats: list[str]) -> tuple[Any, str]:
    shown = formats[int(cell.get("s", "0"))]
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.findall(".//x:t", _MAIN)), shown
    assert cell.get("t") is None
    written = Decimal(cell.findtext("x:v", "", _MAIN))
    return _read(written, shown), shown


def _read(written: Decimal, shown: str) -> Decimal | date | datetime:
    if "yyyy" not in shown:
        return written
    instant = _DAY_ZERO + timedelta(seconds=round(written * 86_400))
    return instant if "hh" in shown else instant.date()
