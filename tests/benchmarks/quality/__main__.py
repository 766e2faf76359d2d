"""Our quality methods against the plain baseline and the field's libraries, on the same files in the same run.

Run: ``make bench-quality``, or ``.venv/bin/python -m tests.benchmarks.quality [family ...]``. A family is a module of this
folder with a ``main()`` that prints its figures. Data lie in the folder that QUALITY_DATA names, or else in
``shared/data/quality`` beside the repository or above it; without them, and without peers, the bench says "skipped".
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

FAMILIES = ("categorical", "graded", "comparisons", "decisions", "scopes")


def main(wanted: list[str]) -> None:
    """Print every wanted family's figures."""
    for family in wanted or FAMILIES:
        name = f"tests.benchmarks.quality.{family}"
        if find_spec(name) is not None:
            import_module(name).main()


if __name__ == "__main__":
    main(sys.argv[1:])
