"""Writing what was fitted: a file stands whole under its name or not at all."""

from __future__ import annotations

import csv
from pathlib import Path

from common.csv_files import refuse_file
from quality.label_files.fitting import Sheet


def write_sheet(sheet: Sheet, path: Path) -> int:
    """This will write a sheet as CSV (RFC 4180, UTF-8) and return how many rows it has under its header.

    Raises:
        InvalidInput: the folder can't be made or written to.
    """
    draft = path.with_name(f".{path.name}.part")
    rows = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(sheet.header)
            for cells in sheet.rows:
                writer.writerow(cells)
                rows += 1
        draft.replace(path)
    except OSError as error:
        raise refuse_file(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return rows
