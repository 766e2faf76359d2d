"""The copy of mqm_sxs_ende in the repository holds what its README and issue 2 say."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import marketplace.demo
from marketplace.demo.annotations import Dataset, mqm_points, read_dataset, worker_numbers

REAL = Path(marketplace.demo.__file__).parent / "data" / "mqm_sxs_ende"


@pytest.fixture(scope="module")
def real() -> Dataset:
    return read_dataset(REAL)


def test_ten_translators_judged_1040_translations_three_times_each(real: Dataset) -> None:
    assert real.workers == tuple(f"rater{number}" for number in range(1, 11))
    assert len(real.tasks) == 1040
    assert len(real.annotations) == 3120
    assert {len({a.worker for a in task.annotations}) for task in real.tasks} == {3}
    assert len({(a.task_id, a.worker) for a in real.annotations}) == 3120
    assert Counter(task.system for task in real.tasks) == dict.fromkeys({t.system for t in real.tasks}, 104)
    assert len({task.system for task in real.tasks}) == 10


def test_the_marks_are_9977_errors_748_no_errors_and_245_planted(real: Dataset) -> None:
    assert sum(len(a.errors) for a in real.annotations) == 9977
    assert sum(a.major_errors for a in real.annotations) == 2526
    assert sum(a.marked_clean for a in real.annotations) == 748
    assert sum(a.planted_found for a in real.annotations) == 220
    assert sum(a.planted_missed for a in real.annotations) == 25


def test_25_annotations_missed_their_planted_error_and_six_held_two(real: Dataset) -> None:
    assert Counter(a.planted for a in real.annotations) == {None: 2881, "FOUND": 214, "MISSED": 25}
    assert sum(a.planted_found == 2 for a in real.annotations) == 6
    assert max(a.planted_missed for a in real.annotations) == 1


def test_rater4_and_rater9_found_the_smallest_share(real: Dataset) -> None:
    found, planted = Counter[str](), Counter[str]()
    for annotation in real.annotations:
        found[annotation.worker] += annotation.planted_found
        planted[annotation.worker] += annotation.planted_found + annotation.planted_missed

    assert {worker: (found[worker], planted[worker]) for worker in real.workers} == {
        "rater1": (19, 20),
        "rater2": (29, 29),
        "rater3": (30, 31),
        "rater4": (22, 32),
        "rater5": (17, 18),
        "rater6": (27, 27),
        "rater7": (15, 16),
        "rater8": (26, 28),
        "rater9": (12, 19),
        "rater10": (23, 25),
    }


def test_sessions_are_392_and_last_59_33_hours(real: Dataset) -> None:
    assert len(real.sessions) == 392
    assert round(real.worked_hours, 2) == 59.33
    assert {worker_numbers(real.workers)[worker] for worker in real.workers} == set(range(1, 11))


def test_no_two_sessions_of_a_translator_overlap_and_each_mark_lies_in_one(real: Dataset) -> None:
    for before, after in pairwise(real.sessions):
        assert before.worker != after.worker or before.ends_at < after.starts_at

    for annotation in real.annotations:
        inside = [
            s for s in real.sessions if s.worker == annotation.worker and s.starts_at < annotation.last_at <= s.ends_at
        ]
        assert len(inside) == 1


def test_the_times_run_from_13_august_to_14_september_2024(real: Dataset) -> None:
    assert min(a.first_at for a in real.annotations).date() == date(2024, 8, 13)
    assert real.last_at == datetime(2024, 9, 14, 19, 9, 13, 178000, tzinfo=UTC)
    as_of = datetime(2026, 11, 1, tzinfo=UTC)
    shifted = real.shifted_before(as_of)
    assert timedelta(0) < as_of - shifted.last_at <= timedelta(weeks=1)
    assert shifted.last_at.weekday() == real.last_at.weekday()


def test_the_published_weights_give_every_published_score(real: Dataset) -> None:
    assert [a.task_id for a in real.annotations if mqm_points(a.errors) != a.score] == []


def test_without_one_translators_marks_every_figure_follows(real: Dataset, tmp_path: Path) -> None:
    lines = (REAL / "errors.csv").read_text().splitlines(keepends=True)
    (tmp_path / "errors.csv").write_text("".join(line for line in lines if ",rater4," not in line))
    (tmp_path / "segment_scores.csv").write_bytes((REAL / "segment_scores.csv").read_bytes())

    rest = read_dataset(tmp_path)

    assert rest.annotations == tuple(a for a in real.annotations if a.worker != "rater4")
    assert len(rest.annotations) == 2790
    assert len(rest.sessions) == 346
    assert worker_numbers(rest.workers)["rater5"] == 5
