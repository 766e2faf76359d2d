"""A file of labels that is not right is refused in words that name the line, and nothing is written."""

from pathlib import Path

import pytest

from common.errors import InvalidInput
from quality.label_files import memory, reading
from quality.label_files.fitting import fit_file
from quality.label_files.reading import read_gold, read_label_file
from quality.label_files.writing import write_sheet


def refused(path: Path, content: str | bytes, kind: str = "categorical") -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidInput) as caught:
        fit_file(kind, path, tell=lambda words: None)
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("categorical", "", "empty"),
        ("categorical", "task,worker,label\n", "no row under its header"),
        ("categorical", "task,worker\n1,2\n", "lacks the column label"),
        ("categorical", "task;worker;label\n1;2;a\n", "separated by commas"),
        ("categorical", "task,worker,label\n1,2,a\n1,2\n", "line 3: 2 cells, where the header names 3"),
        ("categorical", "task,worker,label\n1,2,a\n\n1,,a\n", "line 4: worker is empty"),
        ("categorical", 'task,worker,label\n1,2,a\n1,"2,a\n', "line 3: unexpected end of data"),
        ("categorical", 'task,worker,label\n"1\n2",2,a\n1,2\n', "line 4: 2 cells"),
        ("categorical", b"task,worker,label\n1,2,\xff\n", "not UTF-8"),
        ("numeric", "task,worker,label\n1,2,3\n1,3,four\n", "line 3: label is 'four', which is no finite number"),
        ("numeric", "task,worker,label\n1,2,nan\n", "line 2: label is 'nan'"),
        ("rubric", "item,worker,criterion,score\n1,2,style,1_000\n", "line 2: score is '1_000'"),
        (
            "pairwise",
            "a,b,worker,winner\n1,2,w,a\n1,2,w,left\n",
            "line 3: winner is 'left', which is none of a, b, tie",
        ),
        ("pairwise", "a,b,worker,winner\n1,2,w,a\n3,3,w,a\n", "against itself"),
        ("ranking", "set,worker,item,rank\ns,w,1,first\n", "line 2: rank is 'first'"),
        ("ranking", "set,worker,item,rank\ns,w,1,1\ns,w,1,2\n", "placed twice"),
        ("ranking", "set,worker,item,rank\ns,w,1,1\n", "at least one ranking of two items"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(tmp_path: Path, kind: str, content: str | bytes, words: str) -> None:
    assert words in refused(tmp_path / "labels.csv", content, kind)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        fit_file("categorical", tmp_path / "none.csv", tell=lambda words: None)


def test_known_answers_are_single_and_among_the_labels(tmp_path: Path) -> None:
    gold, labels = tmp_path / "gold.csv", tmp_path / "labels.csv"
    gold.write_text("task,truth\n1,a\n1,b\n")
    with pytest.raises(InvalidInput, match="line 3: task '1' has another truth before"):
        read_gold(gold)

    labels.write_text("task,worker,label\n1,w,a\n2,w,b\n")
    gold.write_text("task,truth\n1,c\n")
    with pytest.raises(InvalidInput, match="the truth 'c' of task '1' is no label"):
        fit_file("categorical", labels, gold=gold, tell=lambda words: None)
    with pytest.raises(InvalidInput, match="not for numeric"):
        fit_file("numeric", labels, gold=gold, tell=lambda words: None)


def test_a_file_larger_than_the_memory_is_refused_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("task,worker,label\n" + "".join(f"{row},w,a\n" for row in range(50)))
    monkeypatch.setattr(reading, "LOOK_EVERY", 10)
    monkeypatch.setattr(memory, "free_bytes", lambda: 1024**2)
    monkeypatch.setattr(memory, "held_bytes", lambda: 0)

    assert read_label_file(path, names=("task",), bytes_per_row=1024).rows == 50
    with pytest.raises(InvalidInput, match="of which 20 rows are read, would need"):
        read_label_file(path, names=("task",), bytes_per_row=100_000)


def test_a_fit_that_ends_without_memory_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("task,worker,label\n1,w,a\n")

    def no_room(self: object, *columns: object) -> None:
        raise MemoryError

    monkeypatch.setattr("quality.methods.categorical.CategoricalEnsemble.fit", no_room)
    with pytest.raises(InvalidInput, match="does not fit into the memory"):
        fit_file("categorical", path, tell=lambda words: None)


def test_a_sheet_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    labels, out = tmp_path / "labels.csv", tmp_path / "items.csv"
    labels.write_text("task,worker,label\n1,w,a\n1,v,b\n")
    out.write_text("old")
    sheet = fit_file("categorical", labels, tell=lambda words: None).items

    def broken() -> object:
        yield ["1", "a"]
        raise RuntimeError("power cut")

    object.__setattr__(sheet, "rows", broken())
    with pytest.raises(RuntimeError):
        write_sheet(sheet, out)

    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["items.csv", "labels.csv"]
