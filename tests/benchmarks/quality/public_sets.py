"""The public sets that the quality engine is measured on."""

from __future__ import annotations

import csv
import os
from pathlib import Path


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201  # the bench's answer


def data_folder() -> Path | None:
    """Return ``QUALITY_DATA``, or the first ``shared/data/quality`` beside a folder above this file."""
    if named := os.environ.get("QUALITY_DATA"):
        return Path(named)
    beside = (above / "shared" / "data" / "quality" for above in Path(__file__).resolve().parents)
    return next((folder for folder in beside if folder.is_dir()), None)


def read_rows(name: str, file: str) -> list[dict[str, str]] | None:
    """Return a set's rows, None where the set is not here."""
    folder = data_folder()
    if folder is None or not (folder / name / file).is_file():
        return None
    with (folder / name / file).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
