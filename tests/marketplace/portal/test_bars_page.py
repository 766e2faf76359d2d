"""Who reads the bars on the page, and who sets them."""

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.taxonomy.commands import sync_catalogue
from quality.models import ScopeBar
from tests.browser import quality_stories
from tests.browser.world import World, make_world

pytestmark = pytest.mark.django_db

SENT = {
    "domain": "linguistics/translation",
    "task_kind": "rubric",
    "locale": "de-DE",
    "bar": "72.5",
    "promote_bar": "96",
    "reason": "Feedback was given to everybody.",
}


@pytest.fixture
def world() -> World:
    sync_catalogue()
    return make_world()


def browser_of(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.people[name], backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_bar_stays_with_its_time_and_the_newest_is_in_force(world: World) -> None:
    quality_stories.some_bars(world)

    shown = browser_of(world, "Chen").get(reverse("portal:bars")).content.decode()

    assert shown.index("75\N{NO-BREAK SPACE}%") < shown.index("70\N{NO-BREAK SPACE}%")
    assert (shown.count("In force"), shown.count("Replaced")) == (1, 1)
    assert "Goran Example" in shown
    assert "Set them" not in shown


def test_an_operator_sets_bars_in_points_with_a_reason(world: World) -> None:
    goran = browser_of(world, "Goran")

    done = goran.post(reverse("portal:bars"), SENT)

    row = ScopeBar.objects.select_related("scope").get()
    assert done.status_code == 302
    assert (row.scope.codes, row.bar, row.promote_bar) == (quality_stories.SCOPE, 0.725, 0.96)
    assert row.reason_text == SENT["reason"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"bar": "97"}, "the higher one"),
        ({"bar": "nan"}, "Enter a number"),
        ({"reason": " "}, "This field is required"),
        ({"domain": ""}, "a kind of task needs a domain"),
        ({"domain": "cooking"}, "Select a valid choice"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bars_that_cannot_be_are_refused_at_the_form(world: World, wrong: dict[str, str], words: str) -> None:
    answer = browser_of(world, "Goran").post(reverse("portal:bars"), SENT | wrong)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ScopeBar.objects.exists()


def test_a_manager_sets_none_and_an_expert_reads_none(world: World) -> None:
    assert browser_of(world, "Chen").post(reverse("portal:bars"), SENT).status_code == 403
    assert browser_of(world, "Ada").get(reverse("portal:bars")).status_code == 403
    assert not ScopeBar.objects.exists()
