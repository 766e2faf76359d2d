"""What pages tell of work that seems to have fallen, and to whom."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from common import clock
from marketplace.projects.models import Project
from marketplace.standing import commands as standing
from quality.models import Proposal
from tests.browser import quality_stories, standing_stories
from tests.browser.world import World, make_world
from tests.marketplace import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = make_world()
    quality_stories.fallen_ada(world)
    return world


def browse(world: World, name: str, path: str) -> str:
    client = Client()
    client.force_login(world.people[name], backend="django.contrib.auth.backends.ModelBackend")
    return client.get(path).content.decode()


def test_the_worker_reads_it_without_a_reviewers_name_and_the_manager_reads_the_same(world: World) -> None:
    own = browse(world, "Ada", reverse("portal:quality"))
    managed = browse(world, "Chen", reverse("portal:worker_quality", args=[world.people["Ada"].id]))

    assert "Seems to have fallen" in own
    assert "Fairly sure" in own or "Very sure" in own
    assert "Dana" not in own
    assert "Seems to have fallen" in managed


def test_the_map_lists_the_alarms_of_the_own_projects_and_the_file_has_them_all(world: World) -> None:
    project = Project.objects.get()
    shown = browse(world, "Chen", reverse("portal:quality_map"))
    file = browse(world, "Chen", reverse("portal:drift_alarms_csv") + f"?project={project.id}")

    assert "Drift alarms, 1" in shown
    (row,) = csv.DictReader(io.StringIO(file))
    assert (row["person"], row["domain"]) == ("Ada", "linguistics/translation")
    assert float(row["low90_before"]) < float(row["before"]) < float(row["high90_before"])
    assert float(row["after"]) < float(row["before"])


def test_an_alarm_says_what_people_have_made_of_it_to_who_may_open_cases(world: World) -> None:
    page = reverse("portal:quality_map")
    proposal = Proposal.objects.get(worker=world.people["Ada"])
    before, to_a_reviewer = browse(world, "Chen", page), browse(world, "Dana", page)
    given = {"proposal_id": proposal.id, "tried": standing_stories.TRIED, "by": world.people["Chen"]}
    case = standing.open_case(**given, now=clock.now())
    after = browse(world, "Chen", page)

    assert "Proposed to look at" in before
    assert reverse("standing:proposal", args=[proposal.id]) in before
    assert "Being watched" in to_a_reviewer
    assert "/cases/" not in to_a_reviewer.partition("Drift alarms")[2].partition("Reviewer severity")[0]
    assert "Case opened" in after
    assert reverse("standing:case", args=[case.id]) in after


def test_another_organization_sees_no_alarm_and_does_not_find_the_project(world: World) -> None:
    rita = people.make_user("Rita Rival")
    people.make_organization(rita, "Rival Words")
    world.people["Rita"] = rita
    client = Client()
    client.force_login(rita, backend="django.contrib.auth.backends.ModelBackend")

    assert "Drift alarms, 0" in browse(world, "Rita", reverse("portal:quality_map"))
    assert browse(world, "Rita", reverse("portal:drift_alarms_csv")).count("\n") == 1
    strange = client.get(reverse("portal:drift_alarms_csv") + f"?project={Project.objects.get().id}")
    assert strange.status_code == 404


def test_an_expert_has_no_file_of_alarms(world: World) -> None:
    client = Client()
    client.force_login(world.people["Ada"], backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(reverse("portal:drift_alarms_csv")).status_code == 403
