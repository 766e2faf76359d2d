"""Which method fits which kind of file, and what of it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from common.csv_files import refuse_file
from common.errors import InvalidInput
from quality.label_files.reading import Codes, LabelFile, read_gold, read_label_file
from quality.methods.categorical import CategoricalEnsemble, OrdinalEnsemble
from quality.methods.pairwise import OUTCOMES, PairwiseModel
from quality.methods.rankings import RankingModel
from quality.methods.severity import SeverityModel

Tell = Callable[[str], None]
#: 90 % of a normal distribution lies within so many standard errors.
Z90: Final = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to write: its header and its rows, made one by one."""

    header: Sequence[str]
    rows: Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What came of a file: two sheets and the figures about the fit."""

    items: Sheet
    workers: Sheet
    figures: dict[str, Any]


def fit_file(kind: str, labels: Path, *, gold: Path | None = None, order: Sequence[str] = (), tell: Tell) -> Fitted:
    """This will read a file of labels of a kind in ``KINDS`` and fit it.

    ``gold`` holds known answers and ``order`` the classes from the lowest to the highest, for kinds that know them.

    Raises:
        InvalidInput: an option that the kind doesn't have, or a file that is refused; its line is named.
    """
    if gold is not None and kind not in ("categorical", "ordinal"):
        raise InvalidInput(f"Known answers (--gold) are for categorical and ordinal labels, not for {kind} ones.")
    if order and kind != "ordinal":
        raise InvalidInput(f"An order of classes (--order) is for ordinal labels, not for {kind} ones.")
    try:
        if kind == "ordinal":
            return _fit_ordinal(labels, gold, order, tell)
        return _fit_categorical(labels, gold, tell) if kind == "categorical" else KINDS[kind](labels, tell)
    except MemoryError as error:
        raise refuse_file(f"{labels.name} does not fit into the memory that is free; fit a part of it.") from error


def _fit_categorical(path: Path, gold: Path | None, tell: Tell) -> Fitted:
    file = read_label_file(path, names=("task", "worker", "label"), bytes_per_row=64, tell=tell)
    known, ignored = _known_answers(file, gold)
    tell(f"fitting five models to {file.rows:,} labels")
    label = file.names["label"]
    model = CategoricalEnsemble().fit(file.names["task"].codes, file.names["worker"].codes, label.codes, known)
    return _classes_fitted(file, model, label.names, known, ignored)


def _fit_ordinal(path: Path, gold: Path | None, order: Sequence[str], tell: Tell) -> Fitted:
    file = read_label_file(path, names=("task", "worker", "label"), bytes_per_row=64, tell=tell)
    label = file.names["label"]
    ranked = list(order) or label.names
    missing = sorted(set(label.names) - set(ranked))
    if missing:
        raise refuse_file(f"--order lacks the class {missing[0][:40]!r}, which {path.name} has.")
    if not order and not all(_is_number(name) for name in ranked):
        raise refuse_file(f"The classes of {path.name} are no numbers: say their order, --order lowest,…,highest.")
    known, ignored = _known_answers(file, gold)
    tell(f"fitting five models to {file.rows:,} labels")
    place = {name: position for position, name in enumerate(label.names)}
    codes = [place[name] for name in ranked if name in place]
    model = OrdinalEnsemble(order=codes).fit(file.names["task"].codes, file.names["worker"].codes, label.codes, known)
    return _classes_fitted(file, model, label.names, known, ignored)


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _known_answers(file: LabelFile, gold: Path | None) -> tuple[dict[int, int], int]:
    """Return the known answers by the codes of the file, and how many are of tasks that it does not have.

    Raises:
        InvalidInput: a truth that no label is.
    """
    if gold is None:
        return {}, 0
    tasks = {name: code for code, name in enumerate(file.names["task"].names)}
    classes = {name: code for code, name in enumerate(file.names["label"].names)}
    known, ignored = {}, 0
    for task, truth in read_gold(gold).items():
        if task not in tasks:
            ignored += 1
        elif truth not in classes:
            raise refuse_file(f"{gold.name}: the truth {truth[:40]!r} of task {task[:40]!r} is no label of the file.")
        else:
            known[tasks[task]] = classes[truth]
    return known, ignored


def _classes_fitted(
    file: LabelFile, model: CategoricalEnsemble, names: list[str], known: dict[int, int], ignored: int
) -> Fitted:
    tasks, classes = file.names["task"].names, [names[code] for code in model.classes_]
    answers = [names[code] for code in model.answers_]

    def items() -> Iterator[list[Any]]:
        for code, answer, shares in zip(model.tasks_, answers, model.posterior_, strict=True):
            yield [tasks[code], answer, *(f"{share:.6f}" for share in shares)]

    workers = _worker_sheet(
        file.names["worker"],
        model.workers_,
        model.worker_labels_,
        (model.worker_mean_, model.worker_low90_, model.worker_high90_, model.worker_n_eff_),
    )
    figures = {
        "classes": classes,
        "gold": len(known),
        "gold_of_other_tasks": ignored,
        "workers_not_identifiable": int(np.sum(~model.is_identifiable_ | bool(model.known_unlike_))),
        "gold_unlike": [
            {
                "feature": "labels" if row.position is None else f"p_{classes[row.position]}",
                "of_known": row.of_known,
                "of_others": row.of_others,
                "standardized": row.standardized,
            }
            for row in model.known_unlike_
        ],
        "iterations": model.iterations_,
    }
    return Fitted(Sheet(["item", "label", *(f"p_{name}" for name in classes)], items()), workers, figures)


def _fit_numeric(path: Path, tell: Tell) -> Fitted:
    """Workers by the severity model; items by their plain mean, which came nearest the truth where that is known."""
    file = read_label_file(path, names=("task", "worker"), numbers=("label",), bytes_per_row=400, tell=tell)
    fitted = _fit_severity(file, "task", None, "label", tell)
    task, score = file.names["task"], file.numbers["label"]
    counts = np.bincount(task.codes)
    means = np.bincount(task.codes, score) / counts
    variances = fitted.figures["variances"]
    reach = Z90 * np.sqrt((variances["rater"] + variances["residual"]) / counts)
    rows = (
        [name, "", *_decimals(mean, mean - by, mean + by)]
        for name, mean, by in zip(task.names, means, reach, strict=True)
    )
    return replace(fitted, items=Sheet(fitted.items.header, rows))


def _fit_rubric(path: Path, tell: Tell) -> Fitted:
    names = ("item", "worker", "criterion")
    file = read_label_file(path, names=names, numbers=("score",), bytes_per_row=400, tell=tell)
    return _fit_severity(file, "item", "criterion", "score", tell)


def _fit_severity(file: LabelFile, item: str, criterion: str | None, score: str, tell: Tell) -> Fitted:
    tell(f"fitting {file.rows:,} ratings")
    of_criterion = file.names[criterion].codes if criterion else None
    worker = file.names["worker"]
    model = SeverityModel().fit(file.names[item].codes, worker.codes, file.numbers[score], of_criterion)
    names, criteria = file.names[item].names, file.names[criterion].names if criterion else [""]

    def items() -> Iterator[list[Any]]:
        cells = zip(
            model.cell_items_,
            model.cell_criteria_,
            model.cell_means_,
            model.cell_low90_,
            model.cell_high90_,
            strict=True,
        )
        for at, of, mean, low, high in cells:
            yield [names[at], criteria[of], *_decimals(mean, low, high)]

    workers = _worker_sheet(
        worker,
        model.raters_,
        model.rating_counts_,
        (model.reliability_, model.reliability_low90_, model.reliability_high90_, model.n_eff_),
        {"severity": model.severity_, "severity_se": model.severity_se_},
    )
    figures = {"sweeps": model.sweeps_, "variances": {name: float(value) for name, value in model.variances_.items()}}
    return Fitted(Sheet(["item", "criterion", "mean", "low90", "high90"], items()), workers, figures)


def _fit_pairwise(path: Path, tell: Tell) -> Fitted:
    choices = {"winner": OUTCOMES}
    file = read_label_file(path, names=("a", "b", "worker"), choices=choices, bytes_per_row=400, tell=tell)
    tell(f"fitting {file.rows:,} comparisons")
    firsts, seconds, winner = file.names["a"], file.names["b"], file.names["winner"]
    items = sorted({*firsts.names, *seconds.names})
    place = {name: position for position, name in enumerate(items)}
    a, b = (np.array([place[name] for name in column.names])[column.codes] for column in (firsts, seconds))
    if (a == b).any():
        row = int(np.argmax(a == b)) + 1
        raise refuse_file(f"{path.name}, row {row} under the header: {items[a[row - 1]][:40]!r} against itself.")
    model = PairwiseModel().fit(a, b, file.names["worker"].codes, np.array(winner.names)[winner.codes])
    return _scores_fitted(items, file.names["worker"], model)


def _fit_ranking(path: Path, tell: Tell) -> Fitted:
    file = read_label_file(path, names=("set", "worker", "item"), numbers=("rank",), bytes_per_row=800, tell=tell)
    tell(f"fitting {file.rows:,} places")
    item, worker = file.names["item"], file.names["worker"]
    try:
        model = RankingModel().fit(file.names["set"].codes, worker.codes, item.codes, file.numbers["rank"])
    except ValueError as error:
        raise refuse_file(f"{path.name}: {error}.") from error
    return _scores_fitted(item.names, worker, model)


def _scores_fitted(items: list[str], worker: Codes, model: PairwiseModel | RankingModel) -> Fitted:
    rows = (
        [items[at], *_decimals(score, error)]
        for at, score, error in zip(model.items_, model.score_, model.score_se_, strict=True)
    )
    workers = _worker_sheet(
        worker,
        model.workers_,
        model.counts_,
        (model.worker_mean_, model.low90_, model.high90_, model.n_eff_),
        {"reliability": model.reliability_},
    )
    return Fitted(Sheet(["item", "score", "se"], rows), workers, {"tie_odds": float(model.tie_)})


def _worker_sheet(
    worker: Codes, at: Any, counts: Any, estimates: Sequence[Any], more: dict[str, Any] | None = None
) -> Sheet:
    extra = more or {}
    columns = zip(*estimates, *extra.values(), strict=True)
    rows = (
        [worker.names[code], int(count), *_decimals(*values)]
        for code, count, values in zip(at, counts, columns, strict=True)
    )
    return Sheet(["worker", "n", "mean", "low90", "high90", "n_eff", *extra], rows)


def _decimals(*values: float) -> list[str]:
    return [f"{value:.6f}" for value in values]


#: Kinds of files that take neither known answers nor an order, besides ``categorical`` and ``ordinal``.
KINDS: Final[dict[str, Callable[[Path, Tell], Fitted]]] = {
    "numeric": _fit_numeric,
    "rubric": _fit_rubric,
    "pairwise": _fit_pairwise,
    "ranking": _fit_ranking,
}
ALL_KINDS: Final = ("categorical", "ordinal", *KINDS)
