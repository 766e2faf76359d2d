"""Which pieces of work are offered for one more judgment, and to whom."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from marketplace.identity.models import User
from marketplace.projects.models import Project
from marketplace.work.models import Submission
from tests.browser import quality_stories
from tests.browser.world import World, make_world
from tests.marketplace import people

pytestmark = pytest.mark.django_db

ITEMS = "/api/v1/quality/uncertain-items/"


@pytest.fixture
def world() -> World:
    world = make_world()
    quality_stories.doubtful(world)
    return world


def browse(user: User, path: str) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(path)


def ask(user: User | None, **query: object) -> Any:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client.get(ITEMS, query)


def test_one_waiting_piece_an_author_is_offered_the_oldest_first(world: World) -> None:
    (row,) = ask(world.people["Chen"]).json()["results"]

    oldest = Submission.objects.order_by("submitted_at", "id")[0]
    assert (row["kind"], row["submission"], row["waiting"]) == ("REVIEW", str(oldest.id), 2)
    assert row["interval90"][0] < row["score"] < row["interval90"][1]
    assert (row["bar"], row["unit"]) == (0.8, "news-0")
    assert 0 < row["value"] < 0.5
    assert "Ada" not in str(row)


def test_a_project_without_a_bar_goes_by_that_of_its_scope(world: World) -> None:
    Project.objects.update(quality_bar=None)
    quality_stories.some_bars(world)

    (row,) = ask(world.people["Chen"]).json()["results"]

    assert row["bar"] == 0.75


def test_rated_tasks_come_by_what_one_more_rating_would_teach(world: World) -> None:
    rows = ask(world.people["Chen"], kind="RATING").json()["results"]
    first = ask(world.people["Chen"], kind="RATING", limit=1).json()["results"]

    assert [(row["unit"], row["answers"]) for row in rows] == [("news-2", 1), ("news-1", 2), ("news-0", 3)]
    assert first == rows[:1]
    assert rows[0]["value"] > rows[1]["value"] > rows[2]["value"] > 0


def test_labeled_tasks_come_by_how_far_a_label_would_lower_the_doubt(world: World) -> None:
    rows = ask(world.people["Chen"], kind="LABEL").json()["results"]
    file = browse(world.people["Chen"], reverse("portal:uncertain_labeled_csv")).content.decode()

    assert (rows[0]["unit"], rows[0]["answer"], rows[0]["answers"], rows[0]["interval90"]) == (
        "news-2",
        "good",
        3,
        None,
    )
    assert 0.5 < rows[0]["score"] < 1
    assert [row["value"] for row in rows] == sorted((row["value"] for row in rows), reverse=True)
    assert min(row["value"] for row in rows) > 0
    assert [line["unit"] for line in csv.DictReader(io.StringIO(file))] == [row["unit"] for row in rows]


def test_another_organization_is_offered_nothing_and_finds_no_project(world: World) -> None:
    rita = people.make_user("Rita Rival")
    people.make_organization(rita, "Rival Words")
    project = Project.objects.get()

    assert [ask(rita, kind=kind).json()["results"] for kind in ("REVIEW", "RATING", "LABEL")] == [[], [], []]
    assert ask(rita, project=project.id).status_code == 404
    assert browse(rita, reverse("portal:uncertain_items") + f"?project={project.id}").status_code == 404
    assert browse(rita, reverse("portal:uncertain_rated_csv")).content.decode().count("\n") == 1


def test_it_is_for_who_manages_and_not_for_who_is_to_review(world: World) -> None:
    refused = [ask(world.people[name]).status_code for name in ("Ada", "Dana", "Emre", "Hana")]
    map_of_dana = browse(world.people["Dana"], reverse("portal:quality_map")).content.decode()

    assert refused == [403, 403, 403, 403]
    assert reverse("portal:uncertain_items") not in map_of_dana
    assert ask(None).status_code == 401
    assert browse(world.people["Ada"], reverse("portal:uncertain_items")).status_code == 403


@pytest.mark.parametrize("query", [{"kind": "OTHER"}, {"project": "mqm"}, {"colour": "red"}, {"limit": "0"}])
def test_a_filter_that_is_unknown_or_malformed_is_refused(world: World, query: dict[str, str]) -> None:
    assert ask(world.people["Chen"], **query).status_code == 400


def test_work_of_a_project_that_has_ended_is_judged_no_more(world: World) -> None:
    Project.objects.update(state="COMPLETE")

    assert (
        ask(world.people["Chen"]).json()["results"] == ask(world.people["Chen"], kind="RATING").json()["results"] == []
    )


def test_the_page_and_its_files_show_the_same(world: World) -> None:
    chen = world.people["Chen"]
    page = browse(chen, reverse("portal:uncertain_items")).content.decode()
    waiting = list(csv.DictReader(io.StringIO(browse(chen, reverse("portal:uncertain_waiting_csv")).content.decode())))
    rated = list(csv.DictReader(io.StringIO(browse(chen, reverse("portal:uncertain_rated_csv")).content.decode())))

    assert page.index("news-2") < page.index("news-1")
    assert reverse("work:review", args=[waiting[0]["submission"]]) in page
    assert "Ada" not in page
    assert [(row["unit"], row["waiting"]) for row in waiting] == [("news-0", "2")]
    assert [row["unit"] for row in rated] == ["news-2", "news-1", "news-0"]
    strange = browse(chen, reverse("portal:uncertain_items") + f"?project={uuid4()}")
    assert (strange.status_code, browse(chen, reverse("portal:uncertain_items") + "?project=x").status_code) == (
        404,
        404,
    )


def test_more_pieces_ask_the_database_no_oftener(world: World) -> None:
    with CaptureQueriesContext(connection) as few:
        ask(world.people["Chen"])
    Submission.objects.filter(claim__task__external_id="news-0").update(state="ACCEPTED")
    with CaptureQueriesContext(connection) as fewer:
        ask(world.people["Chen"])

    assert len(few) == len(fewer)
    assert len(few) < 20
