"""Names as long as people give them: no page scrolls sideways for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from common import clock
from payouts.earnings.models import Earning
from tests.browser import finance_stories, portal_stories
from tests.browser.browsing import Visitor, check_every_look
from tests.browser.world import World, make_world

TITLE = "Annotator of multidimensional quality, English to German, for museums and libraries, part {}"
DESCRIPTION = "WMT23 English–German: GPT4-5shot_with_ONLINE-W_and_another_word_that_never_ends/25/89"


@pytest.fixture
def world(visit: Callable[..., Visitor]) -> World:
    """Return a world in which Ada works in two openings with long titles."""
    made = make_world()
    project, ada = portal_stories.make_project(made), portal_stories.make_findable(made)
    for part in (1, 2):
        portal_stories.engage(made, portal_stories.make_opening(made, project, TITLE.format(part)), ada)
    return made


@pytest.mark.parametrize("path", ["/home/", "/time/"])
def test_the_choice_of_what_to_track_fits_the_page(world: World, visit: Callable[..., Visitor], path: str) -> None:
    ada = visit(world.people["Ada"])
    ada.open(path)

    assert check_every_look(ada) == []


def test_the_trail_of_an_earning_with_a_long_name_fits_the_page(world: World, visit: Callable[..., Visitor]) -> None:
    finance_stories.earn(world, "Ada", "a:1", clock.now() - timedelta(days=2), description=DESCRIPTION)
    emre = visit(world.people["Emre"])
    emre.open(f"/trace/{Earning.objects.get().id}/")

    assert check_every_look(emre) == []
