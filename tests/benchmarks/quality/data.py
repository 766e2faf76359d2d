"""Where the public sets of judgments lie, and how they are read."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np

Columns = dict[str, np.ndarray]


def find_folder() -> Path | None:
    """The folder of the sets: QUALITY_DATA, or ``shared/data/quality`` in the nearest folder above that has one."""
    if named := os.environ.get("QUALITY_DATA"):
        return Path(named) if Path(named).is_dir() else None
    above = Path(__file__).resolve().parents
    places = (parent / "shared" / "data" / "quality" for parent in above)
    return next((place for place in places if place.is_dir()), None)


def read(path: Path) -> Columns:
    """The columns of a CSV file; whole numbers become integers."""
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    columns = {name: np.array(values) for name, values in zip(header, zip(*rows, strict=True), strict=True)}
    return {name: _numbers(values) for name, values in columns.items()}


def _numbers(values: np.ndarray) -> np.ndarray:
    try:
        return values.astype(np.int64)
    except ValueError:
        return values
