"""An expert reads why time was cut, appeals, another person overturns it, and the expert sees it paid."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from common import clock, events
from marketplace.standing.models import Appeal
from marketplace.timesheets.models import TimeEntry
from payouts.facade import list_earnings
from tests.browser import portal_stories
from tests.browser.browsing import Visitor
from tests.browser.world import make_world

WHY = "I answered the client's questions in that hour; the letters are in the project."


def test_a_cut_is_appealed_and_paid_when_another_person_overturns_it(visit: Callable[..., Visitor]) -> None:
    world = make_world()
    portal_stories.busy_ada(world)
    events.deliver_due(now=clock.now())
    ada, bola, chen = (visit(world.people[name]) for name in ("Ada", "Bola", "Chen"))

    ada.open("/notices/")
    ada.page.get_by_role("button", name="Open “60 minutes were cut").click()
    ada.page.wait_for_url("**/appeals/time/**")
    expect(ada.page.get_by_text("No work between ten and eleven.")).to_be_visible()
    expect(ada.page.get_by_text("2 h of 3 h")).to_be_visible()
    ada.page.get_by_label("What was overlooked?").fill(WHY)
    ada.page.get_by_role("button", name="Send the appeal").click()
    ada.page.wait_for_url(lambda url: "/appeals/time/" not in url)
    appeal = Appeal.objects.get()
    assert ada.path == f"/appeals/{appeal.id}/"
    expect(ada.page.get_by_text("You are told here and by mail")).to_be_visible()

    bola.open(ada.path)
    expect(bola.page.get_by_text("You made the decision that is appealed")).to_be_visible()
    expect(bola.page.get_by_role("button", name="Decide the appeal")).to_have_count(0)

    chen.open("/appeals/inbox/")
    chen.page.get_by_role("link", name="Review of translations").click()
    chen.page.get_by_label("Overturn").check()
    chen.page.get_by_label("Answer to the expert").fill("The letters are there; the hour counts.")
    chen.page.get_by_role("button", name="Decide the appeal").click()
    chen.page.get_by_text("The appeal is decided").wait_for()
    assert TimeEntry.objects.get(decisions__appeal=appeal).state == "APPROVED"

    ada.open(f"/appeals/{appeal.id}/")
    expect(ada.page.get_by_text("The letters are there; the hour counts.")).to_be_visible()
    expect(ada.page.get_by_role("heading", name="Paid: €24.00")).to_be_visible()
    expect(ada.page.locator("main")).not_to_contain_text("Chen")
    ada.page.get_by_role("link", name="The trail of this earning").click()
    ada.page.wait_for_url("**/earnings/**")
    expect(ada.page.get_by_text("€24.00").first).to_be_visible()

    earned = list_earnings(worker_id=world.people["Ada"].id)
    assert sorted(row.amount.amount_minor for row in earned) == [2400, 4800, 7200]
    assert [window.faults for window in (ada, bola, chen)] == [[], [], []]
