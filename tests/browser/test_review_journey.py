"""From the queue to the payment: a reviewer returns work with a reason, the expert mends it, the reviewer accepts."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from marketplace.work.models import Draft, Review, Submission
from payouts.earnings.models import Earning
from tests.browser import work_stories
from tests.browser.browsing import Visitor
from tests.browser.world import make_world

REASON = "The comma of the second sentence is not marked."


def test_work_is_returned_mended_and_accepted(visit: Callable[..., Visitor]) -> None:
    world = make_world()
    work_stories.handed_in(world)
    dana, ada = visit(world.people["Dana"]), visit(world.people["Ada"])

    dana.open("/reviews/")
    dana.page.get_by_role("link", name="Open the next review").click()
    dana.page.get_by_label("Return").check()
    dana.page.get_by_label("Reason").select_option("INCOMPLETE")
    dana.page.get_by_label("What the expert reads").fill(REASON)
    dana.page.get_by_role("button", name="Record the decision").click()
    expect(dana.page.get_by_text("The work is returned")).to_be_visible()
    assert not Earning.objects.exists()

    ada.open("/my-work/")
    ada.page.get_by_role("link", name="doc-1-1").click()
    expect(ada.page.get_by_text(REASON)).to_be_visible()
    ada.page.get_by_role("button", name="Add a row").click()
    expect(ada.page.get_by_label("Category")).to_have_count(4)
    ada.page.get_by_label("Category").nth(3).select_option("Fluency/Punctuation")
    ada.page.get_by_label("Severity").nth(3).select_option("MINOR")
    expect(ada.page.locator("#saved")).to_contain_text("Draft saved")
    assert len(Draft.objects.get().content["errors"]) == 2
    ada.page.get_by_role("button", name="Hand in").click()
    expect(ada.page.get_by_text("The work is handed in.")).to_be_visible()

    dana.open("/reviews/")
    dana.page.get_by_role("link", name="doc-1-1").click()
    dana.page.get_by_label("Accept").check()
    dana.page.get_by_label("Completeness, 0 to 100").fill("90")
    dana.page.get_by_role("button", name="Record the decision").click()
    expect(dana.page.get_by_text("The work is accepted.")).to_be_visible()

    assert list(Review.objects.order_by("decided_at").values_list("decision", flat=True)) == ["RETURN", "ACCEPT"]
    assert Submission.objects.get(number=2).content["errors"][1] == {
        "category": "Fluency/Punctuation",
        "severity": "MINOR",
    }
    assert Earning.objects.get().worker_id == world.people["Ada"].id
    assert dana.faults + ada.faults == []
