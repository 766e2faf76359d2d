from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from marketplace.demo.annotations import (
    Annotation,
    Dataset,
    TypedError,
    mqm_points,
    read_dataset,
    shift_weeks,
    split_sessions,
    worker_numbers,
)
from marketplace.demo.errors import BadDemoData

MARKS_HEADER = "system,doc,seg,worker,category,severity,ts"
SCORES_HEADER = "system,doc,seg,worker,mqm,errors,major,last_ts"
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def ts(minutes: float = 0) -> int:
    return int((NINE + timedelta(minutes=minutes)).timestamp() * 1000)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Two translations, each judged by Ada and by Bola, in seven marks."""
    (tmp_path / "errors.csv").write_text(
        "\n".join(
            [
                MARKS_HEADER,
                f"Lynx,0,1,ada,Accuracy/Mistranslation,Major,{ts()}",
                f"Lynx,0,1,ada,Fluency/Punctuation,Minor,{ts(0.5)}",
                f"Lynx,0,1,ada,Found,HOTW-test,{ts(0.25)}",
                f"Lynx,0,2,ada,No-error,No-error,{ts(10.5)}",
                f"Lynx,0,1,bola,Missed,HOTW-test,{ts(3)}",
                f"Lynx,0,1,bola,Style/Archaic,Minor,{ts(2)}",
                f"Lynx,0,2,bola,Fluency/Grammar,Minor,{ts(14)}",
                "",
            ]
        ),
        encoding="utf-8",
    )
    return tmp_path


def append(directory: Path, *rows: str) -> None:
    with (directory / "errors.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in rows)


def find(dataset: Dataset, seg: str, worker: str) -> Annotation:
    [annotation] = [a for a in dataset.annotations if (a.seg, a.worker) == (seg, worker)]
    return annotation


def test_marks_of_one_worker_on_one_translation_are_one_annotation(directory: Path) -> None:
    by_ada = find(read_dataset(directory), "1", "ada")

    assert by_ada.errors == (
        TypedError("Accuracy/Mistranslation", "Major"),
        TypedError("Fluency/Punctuation", "Minor"),
    )
    assert by_ada.major_errors == 1
    assert by_ada.score == Decimal("5.1")
    assert (by_ada.first_at, by_ada.last_at) == (NINE, NINE + timedelta(seconds=30))
    assert (by_ada.planted, by_ada.planted_found, by_ada.planted_missed) == ("FOUND", 1, 0)
    assert not by_ada.marked_clean
    assert by_ada.task_id == "Lynx/0/1"


def test_one_missed_planted_error_outweighs_a_found_one(directory: Path) -> None:
    append(directory, f"Lynx,0,1,bola,Found,HOTW-test,{ts(4)}")

    by_bola = find(read_dataset(directory), "1", "bola")

    assert (by_bola.planted, by_bola.planted_found, by_bola.planted_missed) == ("MISSED", 1, 1)
    assert by_bola.errors == (TypedError("Style/Archaic", "Minor"),)
    assert by_bola.last_at == NINE + timedelta(minutes=4)


def test_the_mark_no_error_is_no_typed_error(directory: Path) -> None:
    clean = find(read_dataset(directory), "2", "ada")

    assert clean.marked_clean
    assert clean.errors == ()
    assert clean.score == 0
    assert clean.planted is None


def test_annotations_come_by_their_last_mark_and_tasks_in_natural_order(directory: Path) -> None:
    append(directory, f"Lynx,0,10,ada,No-error,No-error,{ts(1)}")

    dataset = read_dataset(directory)

    assert [(a.seg, a.worker) for a in dataset.annotations] == [
        ("1", "ada"),
        ("10", "ada"),
        ("1", "bola"),
        ("2", "ada"),
        ("2", "bola"),
    ]
    assert [(task.external_id, len(task.annotations)) for task in dataset.tasks] == [
        ("Lynx/0/1", 2),
        ("Lynx/0/2", 2),
        ("Lynx/0/10", 1),
    ]


def test_a_gap_of_ten_minutes_joins_and_a_longer_one_splits() -> None:
    joined = split_sessions([("ada", NINE), ("ada", NINE + timedelta(minutes=10))])
    split = split_sessions([("ada", NINE + timedelta(minutes=10, milliseconds=1)), ("ada", NINE)])

    assert [(s.starts_at, s.worked) for s in joined] == [(NINE - timedelta(seconds=60), timedelta(minutes=11))]
    assert [s.worked for s in split] == [timedelta(seconds=60), timedelta(seconds=60)]
    assert split[0].ends_at == NINE


def test_sessions_run_over_all_marks_of_a_worker_and_not_over_others(directory: Path) -> None:
    sessions = read_dataset(directory).sessions

    assert [(s.worker, s.worked) for s in sessions] == [
        ("ada", timedelta(minutes=11.5)),
        ("bola", timedelta(minutes=1 + 1)),
        ("bola", timedelta(minutes=1)),
    ]


@pytest.mark.parametrize(
    ("as_of", "weeks"),
    [
        (NINE + timedelta(microseconds=1), 0),
        (NINE, -1),
        (NINE + timedelta(weeks=1), 0),
        (NINE + timedelta(weeks=1, microseconds=1), 1),
        (NINE - timedelta(days=1), -1),
        (NINE - timedelta(days=8), -2),
    ],
)
def test_the_shift_is_the_last_whole_week_before_the_date(as_of: datetime, weeks: int) -> None:
    assert shift_weeks(NINE, as_of) == weeks


def test_shifting_moves_every_time_alike_and_nothing_else(directory: Path) -> None:
    dataset = read_dataset(directory)

    shifted = dataset.shifted_before(NINE + timedelta(weeks=30))

    assert dataset.last_at == NINE + timedelta(minutes=14)
    assert shifted.last_at == dataset.last_at + timedelta(weeks=29)
    assert shifted.shifted(-29) == dataset
    assert [s.worked for s in shifted.sessions] == [s.worked for s in dataset.sessions]
    assert shifted.tasks[0].annotations[0].last_at == dataset.tasks[0].annotations[0].last_at + timedelta(weeks=29)


def test_a_worker_keeps_the_number_in_the_name_when_another_is_gone() -> None:
    assert worker_numbers(["rater10", "rater2", "rater7"]) == {"rater2": 2, "rater7": 7, "rater10": 10}
    assert worker_numbers(["chen", "ada", "bola"]) == {"ada": 1, "bola": 2, "chen": 3}
    assert worker_numbers(["a1", "b1"]) == {"a1": 1, "b1": 2}


def test_a_score_row_gives_the_score_of_its_annotation(directory: Path) -> None:
    (directory / "segment_scores.csv").write_text(
        f"{SCORES_HEADER}\nLynx,0,1,ada,7.30000000000000004,2,1,{ts()}\nLynx,9,9,chen,1,1,0,{ts()}\n", encoding="utf-8"
    )

    dataset = read_dataset(directory)

    assert find(dataset, "1", "ada").score == Decimal("7.3")
    assert find(dataset, "1", "bola").score == 1
    assert dataset.workers == ("ada", "bola")


def test_a_score_row_that_contradicts_the_marks_is_refused(directory: Path) -> None:
    (directory / "segment_scores.csv").write_text(
        f"{SCORES_HEADER}\nLynx,0,2,ada,0,0,0,{ts()}\nLynx,0,1,ada,6,2,2,{ts()}\n", encoding="utf-8"
    )

    with pytest.raises(BadDemoData, match=r"segment_scores\.csv, line 3: says 2 errors, 2 of them major; .* has 2, 1"):
        read_dataset(directory)


@pytest.mark.parametrize(
    ("row", "fact"),
    [
        (f"Lynx,0,1,ada,Found,HOTW-test,{ts()},x", "has 8 cells, not 7"),
        ("Lynx,0,1,ada,Found", "has 5 cells, not 7"),
        (f",0,1,ada,Found,HOTW-test,{ts()}", "system is empty"),
        (f"Lynx,0,1, ada,Found,HOTW-test,{ts()}", "worker is empty or has space around it"),
        (f"Lynx,0,1,a\u202eda,Found,HOTW-test,{ts()}", "worker holds a control or formatting character"),
        (f"Lynx,0,1,a\0da,Found,HOTW-test,{ts()}", "worker holds a control or formatting character"),
        (f"Lynx,{'d' * 201},1,ada,Found,HOTW-test,{ts()}", "doc is longer than 200"),
        (f"Lynx,0,1,ada,Style,Severe,{ts()}", "severity 'Severe' is none of Major, Minor, No-error, HOTW-test"),
        (f"Lynx,0,1,ada,Style,HOTW-test,{ts()}", "must be Found or Missed, not 'Style'"),
        (f"Lynx,0,1,ada,Found,Major,{ts()}", "'Found' does not go with severity 'Major'"),
        (f"Lynx,0,1,ada,Style,No-error,{ts()}", "'Style' does not go with severity 'No-error'"),
        ("Lynx,0,1,ada,Style,Major,2024-08-13", "ts must be a whole number from 0, not '2024-08-13'"),
        ("Lynx,0,1,ada,Style,Major,-5", "ts must be a whole number from 0, not '-5'"),
        ("Lynx,0,1,ada,Style,Major,1724488810779.5", "ts must be a whole number"),
        ("Lynx,0,1,ada,Style,Major,999999999999999", "ts is no Unix time in milliseconds before 2200"),
        ("Lynx,0,1,ada,Style,Major,1724488810779000", "ts must be a whole number"),
        ('Lynx,0,1,ada,"Style,Major,1', "is not CSV"),
    ],
)
def test_a_bad_mark_is_named_by_file_and_line(directory: Path, row: str, fact: str) -> None:
    append(directory, row)

    with pytest.raises(BadDemoData) as refusal:
        read_dataset(directory)

    assert str(refusal.value).startswith("errors.csv, line 9: ")
    assert fact in refusal.value.fact


@pytest.mark.parametrize(
    ("row", "fact"),
    [
        (f"Lynx,0,1,ada,nan,2,1,{ts()}", "mqm must be a number from 0"),
        (f"Lynx,0,1,ada,-1,2,1,{ts()}", "mqm must be a number from 0"),
        (f"Lynx,0,1,ada,five,2,1,{ts()}", "mqm must be a number, not 'five'"),
        (f"Lynx,0,1,ada,5.1,two,1,{ts()}", "errors must be a whole number"),
        ("Lynx,0,1,ada,5.1,2,1,soon", "last_ts must be a whole number"),
        (f"Lynx,0,2,ada,0,0,0,{ts()}", "scores the same annotation as line 2"),
    ],
)
def test_a_bad_score_is_named_by_file_and_line(directory: Path, row: str, fact: str) -> None:
    (directory / "segment_scores.csv").write_text(
        f"{SCORES_HEADER}\nLynx,0,2,ada,0,0,0,{ts()}\n{row}\n", encoding="utf-8"
    )

    with pytest.raises(BadDemoData) as refusal:
        read_dataset(directory)

    assert str(refusal.value).startswith("segment_scores.csv, line 3: ")
    assert fact in refusal.value.fact


def test_a_missing_an_empty_and_an_undecodable_file_are_refused(tmp_path: Path) -> None:
    marks = tmp_path / "errors.csv"
    with pytest.raises(BadDemoData, match=r"errors\.csv: not found"):
        read_dataset(tmp_path)

    marks.write_text("")
    with pytest.raises(BadDemoData, match="line 1: the columns must be system,doc,seg,worker"):
        read_dataset(tmp_path)

    marks.write_text(f"{MARKS_HEADER}\n")
    with pytest.raises(BadDemoData, match="holds no row"):
        read_dataset(tmp_path)

    marks.write_bytes(f"{MARKS_HEADER}\n".encode() + b"\xff\xfe,0,1,ada,Style,Major,1\n")
    with pytest.raises(BadDemoData, match="is not UTF-8"):
        read_dataset(tmp_path)


def test_points_follow_the_published_weights() -> None:
    punctuation = TypedError("Fluency/Punctuation", "Minor")

    assert mqm_points([punctuation, TypedError("Fluency/Grammar", "Minor")]) == Decimal("1.1")
    assert mqm_points([TypedError("Fluency/Punctuation", "Major")]) == 5
    assert mqm_points([TypedError("Non-translation!", "Major")]) == 25
    assert mqm_points([]) == 0
