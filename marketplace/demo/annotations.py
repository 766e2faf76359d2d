"""The demo's real input: typed errors that translators marked, read into annotations, tasks and work sessions.

Pure: no database, no clock. `read_dataset` refuses a bad row by file and line and then yields nothing at all.

Source: marketplace/demo/data/mqm_sxs_ende/README.md (origin, license and the meaning of each column).
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

from marketplace.demo.errors import BadDemoData
from marketplace.demo.rows import Mark, ScoreRow, read_marks, read_scores

SESSION_GAP = timedelta(minutes=10)
"""Silence longer than this between two marks of one expert ends a session. Source: issue 2, item 10."""

SESSION_LEAD = timedelta(seconds=60)
"""A session starts this long before its first mark: the reading that led to it. Source: issue 2, item 10."""

WEEK = timedelta(weeks=1)

MAJOR_WEIGHT = Decimal(5)
MINOR_WEIGHT = Decimal(1)
MINOR_PUNCTUATION_WEIGHT = Decimal("0.1")
NON_TRANSLATION_WEIGHT = Decimal(25)
"""Weights of the MQM score. Source: Freitag et al. 2021, doi:10.1162/tacl_a_00437, table 4."""

type Planted = Literal["FOUND", "MISSED"]
type AnnotationKey = tuple[str, str, str, str]


class TypedError(NamedTuple):
    """One error as marked: its category ("Accuracy/Mistranslation") and its severity, "Major" or "Minor"."""

    category: str
    severity: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """One worker's judgment of one translation.

    `errors` holds typed errors alone: neither the mark "no error" nor planted errors. `score` is MQM points, 0 is
    perfect. `planted` is None where nothing was planted, MISSED where at least one planted error was missed, else
    FOUND; the two counts say how many (six real annotations hold two). `first_at` and `last_at` are the UTC times
    of its first and last mark.
    """

    system: str
    doc: str
    seg: str
    worker: str
    errors: tuple[TypedError, ...]
    score: Decimal
    first_at: datetime
    last_at: datetime
    planted: Planted | None
    planted_found: int
    planted_missed: int
    marked_clean: bool

    @property
    def task_id(self) -> str:
        """The external id of the task that this annotation answers: "system/doc/seg"."""
        return f"{self.system}/{self.doc}/{self.seg}"

    @property
    def major_errors(self) -> int:
        return sum(error.severity == "Major" for error in self.errors)


@dataclass(frozen=True, slots=True)
class AnnotatedTask:
    """One translation and the annotations made of it, in the order of their last mark."""

    system: str
    doc: str
    seg: str
    annotations: tuple[Annotation, ...]

    @property
    def external_id(self) -> str:
        """Unique in the data set: "system/doc/seg"."""
        return f"{self.system}/{self.doc}/{self.seg}"


@dataclass(frozen=True, slots=True)
class WorkSession:
    """A stretch of one worker's time, half-open: starts_at <= t < ends_at, in UTC.

    Sessions of a worker never overlap.
    """

    worker: str
    starts_at: datetime
    ends_at: datetime

    @property
    def worked(self) -> timedelta:
        return self.ends_at - self.starts_at


@dataclass(frozen=True, slots=True)
class Dataset:
    """All that one directory says.

    `annotations` come in the order of their last mark (then task, then worker), `tasks` by system, document and
    segment, `sessions` by worker and start, `workers` in natural order (rater2 before rater10).
    """

    annotations: tuple[Annotation, ...]
    tasks: tuple[AnnotatedTask, ...]
    sessions: tuple[WorkSession, ...]
    workers: tuple[str, ...]

    @property
    def first_at(self) -> datetime:
        """The time at which the very first session starts."""
        return min(session.starts_at for session in self.sessions)

    @property
    def last_at(self) -> datetime:
        """The time of the very last mark."""
        return self.annotations[-1].last_at

    @property
    def worked_hours(self) -> float:
        return sum((session.worked for session in self.sessions), timedelta()) / timedelta(hours=1)

    def shift_weeks(self, as_of: datetime) -> int:
        """See `shift_weeks`, for this data's last mark."""
        return shift_weeks(self.last_at, as_of)

    def shifted(self, weeks: int) -> "Dataset":
        """This will move every time by whole weeks, so that weekdays and hours (in UTC) stay as they were."""
        by = weeks * WEEK
        annotations = tuple(_moved(annotation, by) for annotation in self.annotations)
        sessions = tuple(replace(s, starts_at=s.starts_at + by, ends_at=s.ends_at + by) for s in self.sessions)
        return Dataset(annotations, group_tasks(annotations), sessions, self.workers)

    def shifted_before(self, as_of: datetime) -> "Dataset":
        """This will move every time by the whole weeks that bring the last mark just before `as_of`."""
        return self.shifted(self.shift_weeks(as_of))


def read_dataset(directory: Path) -> Dataset:
    """This will read `errors.csv` and, where it is there, `segment_scores.csv`, and fold them into a data set.

    `errors.csv` is the truth. A score row gives its annotation's score and must agree with the marks on the numbers
    of errors and of major errors; score rows of annotations without marks are left unread, so that one worker can
    be taken out of `errors.csv` alone. Without a score row the score is summed from the marks.

    Raises: BadDemoData, naming the file and the line of the bad row.
    """
    marks = read_marks(directory / "errors.csv")
    scores = read_scores(directory / "segment_scores.csv")
    annotations = fold_annotations(marks, scores, scores_path=directory / "segment_scores.csv")
    sessions = split_sessions((mark.worker, mark.at) for mark in marks)
    workers = tuple(sorted({mark.worker for mark in marks}, key=natural_key))
    return Dataset(annotations, group_tasks(annotations), sessions, workers)


def fold_annotations(
    marks: Iterable[Mark], scores: dict[AnnotationKey, ScoreRow], *, scores_path: Path
) -> tuple[Annotation, ...]:
    """This will make one annotation of all marks with the same system, document, segment and worker.

    Raises: BadDemoData, where a score row contradicts the marks.
    """
    by_key: defaultdict[AnnotationKey, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_key[mark.key].append(mark)
    annotations = [_fold(key, group, scores.get(key), scores_path) for key, group in by_key.items()]
    return tuple(sorted(annotations, key=lambda a: (a.last_at, a.system, a.doc, a.seg, a.worker)))


def group_tasks(annotations: Iterable[Annotation]) -> tuple[AnnotatedTask, ...]:
    """This will gather annotations by the translation they judge, in natural order of system, document, segment."""
    by_task: defaultdict[tuple[str, str, str], list[Annotation]] = defaultdict(list)
    for annotation in annotations:
        by_task[annotation.system, annotation.doc, annotation.seg].append(annotation)
    ordered = sorted(by_task.items(), key=lambda item: tuple(natural_key(part) for part in item[0]))
    return tuple(AnnotatedTask(*task, annotations=tuple(group)) for task, group in ordered)


def split_sessions(marks: Iterable[tuple[str, datetime]]) -> tuple[WorkSession, ...]:
    """This will split each worker's marks into sessions, by worker and start.

    A gap longer than SESSION_GAP ends a session at the mark before it; the next starts SESSION_LEAD before its
    first mark. As the lead is shorter than the gap, sessions of one worker cannot overlap.
    """
    times: defaultdict[str, list[datetime]] = defaultdict(list)
    for worker, at in marks:
        times[worker].append(at)
    return tuple(
        session for worker in sorted(times, key=natural_key) for session in _sessions_of(worker, sorted(times[worker]))
    )


def shift_weeks(last_at: datetime, as_of: datetime) -> int:
    """This will count the whole weeks by which `last_at` must move to be the latest time strictly before `as_of`.

    Negative where `as_of` lies more than a week earlier. Both times must be aware.
    """
    return -((last_at - as_of) // WEEK) - 1


def worker_numbers(workers: Iterable[str]) -> dict[str, int]:
    """This will number the workers: by the digits that end the name (rater7 is 7), else by their place from 1.

    The name's own digits win, so that taking one worker out of the data leaves every other's number as it was.
    Where two workers would share a number, or any name has none, all are numbered by place.
    """
    ordered = sorted(workers, key=natural_key)
    endings = [re.search(r"\d+$", worker, re.ASCII) for worker in ordered]
    named = [int(ending.group()) for ending in endings if ending]
    if len(set(named)) == len(ordered):
        return dict(zip(ordered, named, strict=True))
    return {worker: place for place, worker in enumerate(ordered, start=1)}


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """This will give a sort key that puts rater2 before rater10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return tuple((0, int(part), part) if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts)


def mqm_points(errors: Iterable[TypedError]) -> Decimal:
    """This will sum the MQM points of typed errors; 0 is perfect."""
    return sum((_points(error) for error in errors), Decimal(0))


def _points(error: TypedError) -> Decimal:
    if error.category == "Non-translation!":
        return NON_TRANSLATION_WEIGHT
    if error.severity == "Major":
        return MAJOR_WEIGHT
    return MINOR_PUNCTUATION_WEIGHT if error.category == "Fluency/Punctuation" else MINOR_WEIGHT


def _fold(key: AnnotationKey, marks: list[Mark], score: ScoreRow | None, scores_path: Path) -> Annotation:
    errors = tuple(TypedError(mark.category, mark.severity) for mark in marks if mark.is_error)
    found = sum(mark.category == "Found" for mark in marks)
    missed = sum(mark.category == "Missed" for mark in marks)
    annotation = Annotation(
        *key,
        errors=errors,
        score=mqm_points(errors) if score is None else score.mqm,
        first_at=min(mark.at for mark in marks),
        last_at=max(mark.at for mark in marks),
        planted="MISSED" if missed else "FOUND" if found else None,
        planted_found=found,
        planted_missed=missed,
        marked_clean=any(mark.category == "No-error" for mark in marks),
    )
    if score is not None and (score.errors, score.major) != (len(errors), annotation.major_errors):
        raise BadDemoData(
            scores_path,
            score.line,
            f"says {score.errors} errors, {score.major} of them major; errors.csv has {len(errors)}, "
            f"{annotation.major_errors} of them major",
        )
    return annotation


def _sessions_of(worker: str, times: list[datetime]) -> list[WorkSession]:
    starts = [times[0]]
    ends = []
    for before, after in pairwise(times):
        if after - before > SESSION_GAP:
            ends.append(before)
            starts.append(after)
    ends.append(times[-1])
    return [WorkSession(worker, start - SESSION_LEAD, end) for start, end in zip(starts, ends, strict=True)]


def _moved(annotation: Annotation, by: timedelta) -> Annotation:
    return replace(annotation, first_at=annotation.first_at + by, last_at=annotation.last_at + by)
