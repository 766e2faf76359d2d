"""An expert finds an opening, reads why it fits, applies, accepts the offer, starts and stops the timer."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from marketplace.hiring.models import Application
from marketplace.staffing.models import Engagement
from marketplace.timesheets.models import TimeEntry, TimeEvent
from tests.browser import portal_stories
from tests.browser.browsing import Visitor
from tests.browser.world import make_world


def test_an_expert_goes_from_the_search_to_a_running_timer(visit: Callable[..., Visitor]) -> None:
    world = make_world()
    opening = portal_stories.make_opening(world, portal_stories.make_project(world), "Reviewer of news")
    ada = portal_stories.make_findable(world)
    window = visit(ada.user)

    window.open("/")
    assert window.path == "/home/"
    window.page.get_by_role("link", name="Find work").first.click()
    expect(window.page.get_by_role("article", name="Reviewer of news").get_by_text("2 of 3 rules pass")).to_be_visible()
    window.page.get_by_role("link", name="Reviewer of news").first.click()
    expect(window.page.get_by_text("level 4 claimed")).to_be_visible()
    window.page.get_by_label("Note").fill("Ten years of news.")
    window.page.get_by_role("button", name="Apply").click()
    window.page.wait_for_url("**/openings/mine/")
    assert Application.objects.get().note == "Ten years of news."

    portal_stories.offer(world, opening, ada)
    window.open("/home/")
    window.page.get_by_role("button", name="Accept the offer").click()
    window.page.wait_for_url("**/openings/mine/")
    expect(window.page.get_by_text("At work")).to_be_visible()
    assert Engagement.objects.get().expert_id == ada.id
    assert Application.objects.get().state == "HIRED"

    window.open("/home/")
    window.page.get_by_role("button", name="Start the timer").click()
    window.page.get_by_role("timer").wait_for()
    assert TimeEntry.objects.get().state == "RUNNING"
    window.open("/home/")
    expect(window.page.get_by_role("timer")).to_be_visible()
    window.page.get_by_role("button", name="Stop the timer").click()
    window.page.get_by_role("button", name="Start the timer").wait_for()
    assert list(TimeEvent.objects.order_by("sequence").values_list("kind", flat=True)) == ["START", "STOP"]
    assert not TimeEntry.objects.filter(state="RUNNING").exists()
    assert window.faults == []


def test_an_opening_that_does_not_fit_says_which_rule_fails_and_what_mends_it(visit: Callable[..., Visitor]) -> None:
    world = make_world()
    project = portal_stories.make_project(world)
    portal_stories.make_opening(world, project, "Authority in translation", level=5)
    ada = portal_stories.make_findable(world)
    window = visit(ada.user)

    window.open("/openings/")
    offered = window.page.get_by_role("article", name="Authority in translation")

    expect(offered.get_by_text("1 of 3 rules fails")).to_be_visible()
    expect(offered.get_by_text("Reach level 5 in Translation")).to_be_visible()
