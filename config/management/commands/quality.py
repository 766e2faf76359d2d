"""``manage.py quality``: the engine on anyone's files, without a database; and the night's proposals, on demand."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from common.errors import DomainError
from quality.label_files.fitting import ALL_KINDS, fit_file
from quality.label_files.memory import held_bytes
from quality.label_files.writing import write_sheet
from quality.policies.commands import propose


class Command(BaseCommand):
    """Fits a CSV file of labels, or proposes what the gates let pass; a refusal exits 1 and says why."""

    help = "Fit a file of labels (no database is needed), or propose what the gates let pass."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        words = "Fit a file of labels: items.csv and workers.csv say what is known of both, and how surely."
        fit = verbs.add_parser("fit", help="fit a file", description=words)
        fit.add_argument("--kind", required=True, choices=ALL_KINDS)
        fit.add_argument(
            "--labels",
            required=True,
            type=Path,
            help="CSV. categorical, ordinal, numeric: task,worker,label; rubric: item,worker,criterion,score; "
            "pairwise: a,b,worker,winner (a, b or tie); ranking: set,worker,item,rank. Other columns are ignored",
        )
        fit.add_argument("--gold", type=Path, help="CSV task,truth: known answers, for categorical and ordinal labels")
        fit.add_argument("--order", default="", help="ordinal classes that are no numbers: lowest,…,highest")
        fit.add_argument("--out", required=True, type=Path, help="folder to write items.csv and workers.csv into")
        fit.add_argument("--json", action="store_true", help="print one JSON object")
        words = "Propose to people what the gates let pass today, as every night; it decides nothing."
        night = verbs.add_parser("propose", help="propose promotions, coaching, pauses and returns", description=words)
        night.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "propose":
            self._propose(as_json=options["json"])
        else:
            self._fit(options)

    def _propose(self, *, as_json: bool) -> None:
        done = propose(now=clock.now())
        words = f"{done.proposed} proposed, {done.lapsed} lapsed, {done.lost_ground} cases lost their ground"
        self.stdout.write(json.dumps(asdict(done)) if as_json else words)

    def _fit(self, options: dict[str, Any]) -> None:
        began = time.perf_counter()
        order = [name.strip() for name in options["order"].split(",") if name.strip()]
        try:
            fitted = fit_file(options["kind"], options["labels"], gold=options["gold"], order=order, tell=self._tell)
            items = write_sheet(fitted.items, options["out"] / "items.csv")
            workers = write_sheet(fitted.workers, options["out"] / "workers.csv")
        except DomainError as error:
            raise CommandError(str(error)) from error
        figures = {
            "kind": options["kind"],
            "items": items,
            "workers": workers,
            **fitted.figures,
            "seconds": round(time.perf_counter() - began, 3),
            "memory_mb": round(held_bytes() / 1024**2),
            "out": str(options["out"]),
        }
        self.stdout.write(json.dumps(figures) if options["json"] else _in_words(figures))

    def _tell(self, words: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(words)


def _in_words(figures: dict[str, Any]) -> str:
    words = (
        f"{figures['items']:,} items and {figures['workers']:,} workers in {figures['seconds']} s, "
        f"{figures['memory_mb']:,} MB: see items.csv and workers.csv in {figures['out']}"
    )
    unlike = figures.get("gold_unlike", [])
    unknown = figures.get("workers_not_identifiable", 0)
    if unlike:
        words += (
            f"\nThe known items are unlike the others ({_unlike_in_words(unlike)}): "
            "what they show of the workers need not hold for the rest."
        )
    elif unknown:
        words += (
            f"\nHow good {unknown:,} of the workers are cannot be told from these labels: give known answers (--gold)."
        )
    return words


def _unlike_in_words(rows: list[dict[str, Any]]) -> str:
    return "; ".join(
        f"{row['of_known']:.1f} labels an item against {row['of_others']:.1f}"
        if row["feature"] == "labels"
        else f"{row['of_known']:.0%} of class {row['feature'].removeprefix('p_')!r} against {row['of_others']:.0%}"
        for row in rows
    )
