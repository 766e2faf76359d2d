"""Reading a CSV file that somebody uploads: strict, nothing is guessed, and every row keeps its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence

from common.errors import FieldProblem, InvalidInput


def decode_text(data: bytes) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises:
        InvalidInput: another encoding, a spreadsheet or archive, or a NUL character.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise refuse_file("The file is UTF-16; save it as UTF-8.")
    if data[:2] == b"PK":
        raise refuse_file("This is a spreadsheet or an archive; save it as CSV in UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse_file(f"The file is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    if "\x00" in text:
        raise refuse_file("The file has a NUL character.")
    return text


def check_header(header: Sequence[str], *, needed: Collection[str], known: Collection[str] | None = None) -> None:
    """Return only if a header names each column once and all that are ``needed``, and, where given, none but ``known`` ones.

    Raises:
        InvalidInput: what is wrong with it.
    """
    if not header or list(header) == [""]:
        raise refuse_file("The file is empty.")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise refuse_file("The columns must be separated by commas.")
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise refuse_file(f"The header names {', '.join(repeated)} twice.")
    if "" in header:
        raise refuse_file("A column has no name.")
    for words, names in (
        ("lacks the", sorted(set(needed) - set(header))),
        ("has the unknown", sorted(set(header) - set(known)) if known is not None else []),
    ):
        if names:
            raise refuse_file(f"The header {words} column{'s' * (len(names) > 1)} {', '.join(names)[:200]}.")


def read_lines(text: str, *, most_rows: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's cells, the header's too, with the line where it begins; empty lines are left out.

    Raises:
        InvalidInput: it is not CSV (RFC 4180), or has more rows under the header than ``most_rows``.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    began, count = 1, 0
    try:
        for cells in reader:
            line, began = began, reader.line_num + 1
            if not cells:
                continue
            if count > most_rows:
                raise refuse_file(f"The file has more than {most_rows} rows.")
            count += 1
            yield line, cells
    except csv.Error as error:
        raise refuse_file(f"Line {reader.line_num} is not CSV: {error}.") from error


def refuse_file(detail: str) -> InvalidInput:
    """Return the refusal of a file as a whole."""
    return InvalidInput(detail, (FieldProblem("/file", "invalid", detail),))
