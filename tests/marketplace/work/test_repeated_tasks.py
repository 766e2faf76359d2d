"""Tasks that are shown again to the same person: unmarked, after a week, to see whether they answer alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from marketplace.experts.models import Expert
from marketplace.identity.models import Organization, User
from marketplace.projects.models import Project
from marketplace.work import commands as work
from marketplace.work.commands import ImportOutcome
from marketplace.work.errors import NoTaskLeft, TaskTaken
from marketplace.work.models import Batch
from marketplace.work.queries import count_claimable
from marketplace.work.rules import REPEAT_AFTER, share_alike
from quality.evidence.models import Judgment
from tests.marketplace import people
from tests.marketplace.clients import client_of
from tests.marketplace.people import NOW

LATER = NOW + REPEAT_AFTER + timedelta(hours=1)


def imported(project: Project, olga: User, text: str, *, name: str) -> ImportOutcome:
    """Import a file of tasks."""
    data = text.encode()
    return work.import_batch(project_id=project.id, name=name, file_name="a.csv", data=data, by=olga, now=NOW)


@pytest.fixture
def photos(acme: Organization, olga: User) -> Project:
    """Return a project of tasks that are labeled, with one batch of one task that two people do."""
    project = people.make_project(acme, olga, "photos", task_kind="categorical")
    imported(project, olga, "external_id,source,wanted\nphoto-1,1.jpg,2\n", name="first")
    return project


@pytest.fixture
def repeats(photos: Project, olga: User) -> Batch:
    """Return a batch whose one task shows the first one again."""
    batch = imported(photos, olga, "external_id,source,repeats,wanted\nphoto-77,1.jpg,photo-1,2\n", name="again").batch
    assert batch is not None
    return batch


@pytest.fixture
def ada(photos: Project, olga: User) -> Expert:
    """Return an engaged expert."""
    expert = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(photos, olga), expert, olga)
    return expert


def do(project: Project, expert: Expert, olga: User, label: str, now: datetime) -> None:
    """Let an expert do the next task and have it accepted."""
    claim = work.claim_next(project_id=project.id, by=expert.user, now=now)
    done = work.submit(claim_id=claim.id, content={"label": label}, by=expert.user, now=now)
    work.review_submission(submission_id=done.id, review=work.ReviewInput(decision="ACCEPT"), by=olga, now=now)


@pytest.mark.parametrize(("again", "value"), [("cat", 1.0), ("dog", 0.0)])
def test_the_same_answer_a_week_later_is_evidence(
    photos: Project, repeats: Batch, ada: Expert, olga: User, again: str, value: float
) -> None:
    do(photos, ada, olga, "cat", NOW)
    do(photos, ada, olga, again, LATER)

    assert [(row.kind, row.value) for row in Judgment.objects.filter(kind="SELF_AGREEMENT")] == [
        ("SELF_AGREEMENT", value)
    ]


def test_it_is_not_offered_before_a_week_nor_to_who_did_not_do_the_first(
    photos: Project, repeats: Batch, ada: Expert, olga: User
) -> None:
    bola = people.make_expert("Bola Ade")
    people.hire(people.make_opening(photos, olga), bola, olga)
    do(photos, ada, olga, "cat", NOW)
    task = repeats.tasks.get()

    with pytest.raises(NoTaskLeft):
        work.claim_next(project_id=photos.id, by=ada.user, now=LATER - timedelta(hours=2))
    with pytest.raises(TaskTaken):
        work.claim_task(task_id=task.id, by=bola.user, now=LATER)
    assert work.claim_task(task_id=task.id, by=ada.user, now=LATER).task_id == task.id


def test_the_expert_cannot_tell_it_and_counts_only_what_is_open_to_them(
    photos: Project, repeats: Batch, ada: Expert, olga: User
) -> None:
    assert count_claimable(ada.user, photos.id) == 1
    do(photos, ada, olga, "cat", NOW)
    claim = work.claim_next(project_id=photos.id, by=ada.user, now=LATER)

    seen = client_of(ada.user).get(f"/api/v1/tasks/{claim.task_id}/").json()

    assert "repeats" not in seen
    assert "photo-1" not in str(seen).replace("photo-77", "")


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("external_id,repeats\nx,nothing\n", "has no task 'nothing'"),
        ("external_id,repeats\nx,photo-77\n", "has no task 'photo-77'"),
        ("external_id,repeats\nx,x\n", "has no task 'x'"),
    ],
)
def test_a_row_that_repeats_what_is_no_first_task_is_refused(
    photos: Project, repeats: Batch, olga: User, text: str, detail: str
) -> None:
    outcome = imported(photos, olga, text, name="bad")

    (bad,) = outcome.report.bad_rows
    assert outcome.batch is None
    assert (bad["line"], bad["field"]) == (2, "repeats")
    assert detail in bad["detail"]


def mark(category: str, severity: str = "MINOR") -> dict[str, str]:
    """One mark of an error."""
    return {"category": category, "severity": severity}


@pytest.mark.parametrize(
    ("first", "again", "share"),
    [
        ({"errors": []}, {"errors": []}, 1.0),
        ({"errors": [mark("a"), mark("b")]}, {"errors": [mark("b")]}, 2 / 3),
        ({"errors": [mark("a")]}, {"errors": [mark("a", "MAJOR")]}, 0.0),
        ({"winner": "a"}, {"winner": "a", "note": "sure"}, 1.0),
    ],
)
def test_how_alike_two_answers_are(first: dict[str, Any], again: dict[str, Any], share: float) -> None:
    assert share_alike(first, again) == pytest.approx(share)
