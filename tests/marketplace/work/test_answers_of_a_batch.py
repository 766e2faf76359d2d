"""Several people's labels of a task become one answer that the client takes away."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.identity.models import Organization, User
from marketplace.projects.models import Project
from marketplace.work import commands as work
from marketplace.work.models import Batch
from quality.facade import refit
from quality.models import Label
from tests.marketplace import people
from tests.marketplace.clients import client_of
from tests.marketplace.people import NOW

TASKS = 8


@pytest.fixture
def photos(acme: Organization, olga: User) -> Project:
    """Return a project of tasks that are labeled."""
    return people.make_project(acme, olga, "photos", task_kind="categorical")


@pytest.fixture
def labeled(photos: Project, acme: Organization, olga: User) -> Batch:
    """Return a batch that three people labeled: two the same, the third otherwise on the first task; one was rejected there."""
    rows = "".join(f"photo-{number},3,{number}.jpg\n" for number in range(TASKS))
    data = f"external_id,wanted,source\n{rows}".encode()
    batch = work.import_batch(project_id=photos.id, name="first", file_name="a.csv", data=data, by=olga, now=NOW).batch
    assert batch is not None
    rita = people.add_member(acme, olga, "Rita Reviewer", "REVIEWER")
    opening = people.make_opening(photos, olga)
    for place, name in enumerate(("Ada Quispe", "Bola Ade", "Chen Wei")):
        expert = people.make_expert(name)
        people.hire(opening, expert, olga)
        for number in range(TASKS):
            task = batch.tasks.get(external_id=f"photo-{number}")
            claim = work.claim_task(task_id=task.id, by=expert.user, now=NOW)
            label = "fox" if (place, number) == (2, 0) else ("cat", "dog")[number % 2]
            submission = work.submit(claim_id=claim.id, content={"label": label}, by=expert.user, now=NOW)
            work.review_submission(
                submission_id=submission.id, review=work.ReviewInput(decision="ACCEPT"), by=rita, now=NOW
            )
    return batch


def test_the_client_takes_one_answer_a_task_with_its_probability(labeled: Batch, olga: User) -> None:
    refit(now=NOW + timedelta(hours=1))

    rows = client_of(olga).get(f"/api/v1/batches/{labeled.id}/answers/").json()["results"]
    table = client_of(olga).get(f"/api/v1/batches/{labeled.id}/answers.csv").getvalue().decode()

    first = next(row for row in rows if row["external_id"] == "photo-0")
    assert (first["answer"], first["labels"]) == ("cat", 3)
    assert 0.5 < first["share"] < min(row["share"] for row in rows if row["external_id"] != "photo-0")
    assert set(first["shares"]) == {"cat", "dog", "fox"}
    lines = list(csv.DictReader(io.StringIO(table)))
    assert [line["external_id"] for line in lines] == [f"photo-{number}" for number in range(TASKS)]
    assert [line["answer"] for line in lines] == ["cat", "dog"] * (TASKS // 2)


def test_before_the_night_a_task_has_no_answer(labeled: Batch, olga: User) -> None:
    row = client_of(olga).get(f"/api/v1/batches/{labeled.id}/answers/").json()["results"][0]

    assert (row["answer"], row["share"], row["shares"], row["labels"]) == (None, None, {}, 0)


def test_another_organization_finds_no_answers(labeled: Batch) -> None:
    stranger = people.make_user("Sam Stranger")
    people.make_organization(stranger, "Other")

    for name in ("answers/", "answers.csv"):
        assert client_of(stranger).get(f"/api/v1/batches/{labeled.id}/{name}").status_code == 404


def test_the_batch_shows_each_answer_and_how_sure_it_is(labeled: Batch, olga: User) -> None:
    refit(now=NOW + timedelta(hours=1))
    browser = Client()
    browser.force_login(olga, backend="django.contrib.auth.backends.ModelBackend")

    page = browser.get(reverse("work:batch", args=[labeled.id])).content.decode()

    assert "Likeliest answer" in page
    assert "All answers as CSV" in page
    assert page.count(">cat<") == TASKS // 2


def test_only_the_first_version_is_an_answer_of_ones_own(photos: Project, acme: Organization, olga: User) -> None:
    data = b"external_id,source\nphoto-0,0.jpg\n"
    batch = work.import_batch(project_id=photos.id, name="one", file_name="a.csv", data=data, by=olga, now=NOW).batch
    assert batch is not None
    rita = people.add_member(acme, olga, "Rita Reviewer", "REVIEWER")
    ada = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(photos, olga), ada, olga)
    claim = work.claim_task(task_id=batch.tasks.get().id, by=ada.user, now=NOW)
    first = work.submit(claim_id=claim.id, content={"label": "cat"}, by=ada.user, now=NOW)
    back = work.ReviewInput(decision="RETURN", reason_code="ACCURACY", reason_text="It is a dog.")
    work.review_submission(submission_id=first.id, review=back, by=rita, now=NOW)
    second = work.submit(claim_id=claim.id, content={"label": "dog"}, by=ada.user, now=NOW + timedelta(minutes=1))

    work.review_submission(submission_id=second.id, review=work.ReviewInput(decision="ACCEPT"), by=rita, now=NOW)

    assert list(Label.objects.values_list("label", flat=True)) == ["cat"]


def test_what_pairwise_tasks_compare_is_ranked_and_hidden_from_the_expert(acme: Organization, olga: User) -> None:
    duels = people.make_project(acme, olga, "duels", task_kind="pairwise")
    rows = "".join(f"duel-{number},{number},new,old\n" for number in range(6))
    data = f"external_id,source,item_a,item_b\n{rows}".encode()
    batch = work.import_batch(project_id=duels.id, name="one", file_name="a.csv", data=data, by=olga, now=NOW).batch
    assert batch is not None
    rita = people.add_member(acme, olga, "Rita Reviewer", "REVIEWER")
    ada = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(duels, olga), ada, olga)
    for task in batch.tasks.all():
        claim = work.claim_task(task_id=task.id, by=ada.user, now=NOW)
        seen = client_of(ada.user).get(f"/api/v1/tasks/{task.id}/").json()
        submission = work.submit(claim_id=claim.id, content={"winner": "a"}, by=ada.user, now=NOW)
        accept = work.ReviewInput(decision="ACCEPT")
        work.review_submission(submission_id=submission.id, review=accept, by=rita, now=NOW)
        assert "item_a" not in str(seen)
    refit(now=NOW)

    ranked = client_of(olga).get(f"/api/v1/projects/{duels.id}/ranking/").json()
    table = client_of(olga).get(f"/api/v1/projects/{duels.id}/ranking.csv").content.decode()

    assert [row["item"] for row in ranked] == ["new", "old"]
    assert ranked[0]["score"] > 0 > ranked[1]["score"]
    assert table.splitlines()[1].startswith("new,")
    assert client_of(ada.user).get(f"/api/v1/projects/{duels.id}/ranking/").status_code in (403, 404)


def test_a_file_that_names_one_of_two_items_is_refused_by_its_row(photos: Project, olga: User) -> None:
    data = b"external_id,item_a,item_b\nx,new,\ny,new,new\n"

    outcome = work.import_batch(project_id=photos.id, name="one", file_name="a.csv", data=data, by=olga, now=NOW)

    bad = [(row["line"], row["field"]) for row in outcome.report.bad_rows]
    assert (outcome.batch, bad) == (None, [(2, "item_b"), (3, "item_b")])
