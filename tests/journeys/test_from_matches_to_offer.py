"""A manager reads who fits, compares, invites, asks why somebody does not fit, and sends an offer."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import expect

from common.money import Money
from marketplace.staffing.models import Invitation, Offer
from marketplace.timesheets.models import TimeDecision
from payouts.facade import list_earnings
from tests.browser import portal_stories
from tests.browser.browsing import Visitor
from tests.browser.world import make_world


def test_a_manager_compares_invites_and_offers(visit: Callable[..., Visitor]) -> None:
    world = make_world()
    opening = portal_stories.make_opening(world, portal_stories.make_project(world), "Reviewer of news")
    ada, emre = portal_stories.make_findable(world), portal_stories.make_findable(world, "Emre")
    window = visit(world.people["Bola"])

    window.open("/")
    assert window.path == "/board/"
    window.page.get_by_role("link", name="Reviewer of news").click()
    window.page.get_by_label("Choose Ada").check()
    window.page.get_by_label("Choose Emre").check()
    window.page.get_by_role("button", name="Compare up to 4").click()
    window.page.wait_for_url("**/compare/?expert_ids=*")
    expect(window.page.get_by_role("columnheader", name="Ada")).to_be_visible()

    window.open(f"/board/openings/{opening.id}/")
    window.page.get_by_label("Choose Emre").check()
    window.page.get_by_text("Invite the chosen people").first.click()
    window.page.get_by_role("textbox", name="Message").fill("We need you from Monday on.")
    window.page.get_by_role("button", name="Invite the chosen people").click()
    window.page.get_by_text("1 person is invited.").wait_for()
    assert Invitation.objects.get().expert_id == emre.id

    window.page.get_by_role("link", name="Ada").first.click()
    expect(window.page.get_by_role("heading", name="Why this person fits")).to_be_visible()
    window.page.get_by_role("button", name="Send the offer").click()
    window.page.get_by_text("Ada has the offer").wait_for()
    sent = Offer.objects.get()
    assert (sent.expert_id, sent.state, sent.terms["words"]) == (
        ada.id,
        "SENT",
        "€24.00 per hour, at most 20 h a week",
    )
    assert window.faults == []


def test_a_manager_approves_time_and_it_is_earned(visit: Callable[..., Visitor]) -> None:
    world = make_world()
    portal_stories.busy_ada(world)
    before = len(list_earnings(worker_id=world.people["Ada"].id))
    window = visit(world.people["Bola"])

    window.open(reverse("timesheets:approve"))
    window.page.get_by_role("checkbox", name="Approve Ada").check()  # by hand, so it is not chosen beforehand
    window.page.get_by_role("button", name="Approve the chosen").click()
    window.page.get_by_text("1 entry is approved and earned.").wait_for()

    earnings = list_earnings(worker_id=world.people["Ada"].id)
    assert TimeDecision.objects.filter(decision="APPROVE", decided_by=world.people["Bola"]).count() == 2
    assert len(earnings) == before + 1
    assert earnings[0].amount == Money(7200, "EUR")
