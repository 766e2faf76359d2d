"""A file of tasks is taken whole or not at all, and every bad row is named."""

from __future__ import annotations

import json

import pytest

from common.errors import InvalidInput
from marketplace.identity.models import User
from marketplace.projects.errors import ProjectNotFound
from marketplace.projects.models import Project
from marketplace.work import commands as work
from marketplace.work.commands import ImportOutcome
from marketplace.work.models import Batch, ImportReport, Task
from quality.evidence.models import GoldItem
from tests.marketplace import people
from tests.marketplace.people import NOW

GOOD = b'external_id,wanted,source,gold\nseg-1,3,Guten Tag,\nseg-2,1,"Zwei, drei","[{""category"": ""Omission""}]"\n'


def load(project: Project, by: User, data: bytes, name: str = "first.csv", *, dry_run: bool = False) -> ImportOutcome:
    """Return the outcome of importing ``data``."""
    return work.import_batch(
        project_id=project.id, name=name, file_name=name, data=data, dry_run=dry_run, by=by, now=NOW
    )


def test_a_file_becomes_tasks_and_planted_errors_stay_with_quality(project: Project, olga: User) -> None:
    outcome = load(project, olga, GOOD)

    tasks = Task.objects.order_by("external_id")
    assert outcome.batch is not None
    assert [(task.external_id, task.wanted, task.content) for task in tasks] == [
        ("seg-1", 3, {"source": "Guten Tag"}),
        ("seg-2", 1, {"source": "Zwei, drei"}),
    ]
    assert GoldItem.objects.get().item_key == f"task:{tasks[1].id}"


def test_the_same_file_is_the_same_batch(project: Project, olga: User) -> None:
    first, again = load(project, olga, GOOD), load(project, olga, GOOD, "other.csv")

    assert (again.batch, again.is_new) == (first.batch, False)
    assert Task.objects.count() == 2


def test_a_dry_run_writes_the_report_alone(project: Project, olga: User) -> None:
    outcome = load(project, olga, GOOD, dry_run=True)

    assert (outcome.batch, outcome.report.row_count, outcome.report.bad_rows) == (None, 2, [])
    assert not Batch.objects.exists()


def test_every_bad_row_is_named_and_none_is_imported(project: Project, olga: User) -> None:
    data = (
        "external_id,wanted,source,gold\n"
        "a,1,x,\n"
        ",1,x,\n"
        "a,0,x,\n"
        "b,1.5,x,\n"
        "c,1,x\n"
        "d,1,\u202ex,\n"
        'e,1,x,"{}"\n'
        'f,1,x,"[{""category"": ""Omission"", ""worker"": ""nobody@example.org""}]"\n'
    ).encode()

    outcome = load(project, olga, data)

    assert [(bad["line"], bad["field"]) for bad in outcome.report.bad_rows] == [
        (3, "external_id"),
        (4, "external_id"),
        (4, "wanted"),
        (5, "wanted"),
        (6, ""),
        (7, "source"),
        (8, "gold"),
        (9, "gold"),
    ]
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.csv", b"", "empty"),
        ("x.csv", b"external_id,source\n", "no rows"),
        ("x.csv", b"external_id;source\na;b\n", "separated by commas"),
        ("x.csv", b"id,source\na,b\n", "lacks the column external_id"),
        ("x.csv", b"external_id,a,a\nx,1,2\n", "twice"),
        ("x.csv", "external_id\na\n".encode("utf-16"), "UTF-16"),
        ("x.csv", "external_id\nä\n".encode("latin-1"), "not UTF-8"),
        ("x.csv", b"external_id\na\x00b\n", "NUL"),
        ("x.csv", b'external_id,b\n"a,b\n', "not CSV"),
        ("x.xlsx", b"PK\x03\x04", "name ends in"),
        ("x.csv", b"PK\x03\x04", "spreadsheet"),
        ("x.json", b"{}", "list of objects"),
        ("x.json", b"[1", "not JSON"),
        ("x.jsonl", b'{"external_id": "a"}\n{', "not JSON"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(project: Project, olga: User, name: str, data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        load(project, olga, data, name)

    assert not ImportReport.objects.exists()


def test_json_and_json_lines_say_the_same(project: Project, olga: User) -> None:
    items = [{"external_id": "a", "wanted": 2, "content": {"source": "x"}}, {"external_id": "b", "source": "y"}]

    load(project, olga, json.dumps(items).encode(), "one.json")
    load(project, olga, "\n".join(map(json.dumps, items)).encode(), "two.jsonl")

    contents = [
        list(batch.tasks.order_by("external_id").values_list("wanted", "content")) for batch in Batch.objects.all()
    ]
    assert contents == [[(2, {"source": "x"}), (1, {"source": "y"})]] * 2


def test_another_organization_imports_nothing_here(project: Project) -> None:
    mallory = people.make_user("Mallory Rival")
    people.make_organization(mallory, "Rival")

    with pytest.raises(ProjectNotFound):
        load(project, mallory, GOOD)

    assert not Batch.objects.exists()
