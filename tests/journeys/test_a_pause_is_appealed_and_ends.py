"""A person reads their score, a manager takes up a proposal, an operator pauses, another hears the appeal and ends the pause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

from playwright.sync_api import Page, expect

from common import clock, events
from marketplace.experts.models import Restriction
from marketplace.experts.queries import find_restriction
from marketplace.identity.models import PlatformGrant, User
from marketplace.standing.models import Case
from quality.models import Proposal, ScopePause
from tests.browser import portal_stories, standing_stories
from tests.browser.browsing import Visitor
from tests.browser.standing_stories import REVIEWING
from tests.browser.world import World, make_world

TRIED = "Feedback on 30 October and on 3 November, each with three examples of missed errors."
ANSWER = "Since September the keys call regional words errors; I followed the guidelines."
PAUSED = "Three of four planted errors were missed, and feedback that was given twice changed nothing."
APPEAL = "Nobody looked at the keys that I named in my answer."
WON = "You named keys that contradict the guidelines. They do, so the pause has no ground and ends today."
SCOPE = "Translation · rubric · de-DE"


def test_a_worker_wins_the_appeal_against_a_pause_and_is_restored(visit: Callable[..., Visitor]) -> None:
    world = make_world()
    portal_stories.busy_ada(world)
    standing_stories.a_proposal(world)
    ada, bola, goran = (visit(world.people[name]) for name in ("Ada", "Bola", "Goran"))
    nina = visit(_another_operator(world))

    _reads_why_the_score_is_what_it_is(ada)
    _takes_the_proposal_up(bola)
    _tell()
    case = Case.objects.get()
    _reads_the_case_and_answers(ada, case)
    _decides_for_a_pause(goran, bola, case)
    _tell()
    assert find_restriction(case.worker_id, **asdict(REVIEWING), now=clock.now()) is not None
    _reads_the_decision_and_appeals(ada, case)
    _tell()
    _hears_the_appeal(nina, goran, case)
    _tell()
    _sees_the_end_of_the_pause(ada, case)

    case.refresh_from_db()
    assert (case.opened_by, case.decided_by) == (world.people["Bola"], world.people["Goran"])
    assert (case.state, case.appeal_outcome, case.appeal_by) == ("CLOSED", "OVERTURNED", world.people["Nina"])
    assert find_restriction(case.worker_id, **asdict(REVIEWING), now=clock.now()) is None
    assert (Restriction.objects.get().ended_at, ScopePause.objects.get().ended_at) == (case.appeal_decided_at,) * 2
    assert Proposal.objects.get(worker=world.people["Ada"]).settled_at == case.decided_at
    assert [window.faults for window in (ada, bola, goran, nina)] == [[], [], [], []]


def _another_operator(world: World) -> User:
    nina = User.objects.create_user("nina@example.com", "a long enough password", full_name="Nina Example")
    since = clock.now() - timedelta(days=60)
    PlatformGrant.objects.create(user=nina, role="OPERATOR", granted_by=None, granted_at=since)
    world.people["Nina"] = nina
    return nina


def _tell() -> None:
    events.deliver_due(now=clock.now())


def _reads(page: Page, *texts: str) -> None:
    for text in texts:
        expect(page.locator("main")).to_contain_text(text)


def _reads_why_the_score_is_what_it_is(ada: Visitor) -> None:
    ada.open("/quality/")
    _reads(
        ada.page,
        "Where everybody starts in this work",
        "Found 15 planted errors in this work",
        "Missed 45 planted errors in this work",
        "The parts add up",
        "Below the project’s bar",
        "The next planted error found adds about",
    )


def _takes_the_proposal_up(bola: Visitor) -> None:
    bola.open("/board/quality/")
    bola.page.locator("table.heat").get_by_role("link", name="Ada", exact=True).click()
    expect(bola.page.get_by_role("heading", name="Quality of Ada")).to_be_visible()
    _reads(bola.page, "Missed 45 planted errors in this work", "Below the project’s bar")

    bola.open("/cases/")
    bola.page.get_by_role("link", name="Pause: Ada").click()
    expect(bola.page.get_by_role("heading", name=f"Pause is proposed: {SCOPE}")).to_be_visible()
    _reads(
        bola.page,
        "Probability of being below the bar, at least 95 %:",
        "Planted items and second-level reviews, at least 10:",
        "Meeting them decides nothing.",
        "Missed 45 planted errors in this work",
        "An operator decides, not you.",
    )
    bola.page.get_by_label("What was tried first?").fill(TRIED)
    bola.page.get_by_role("button", name="Open a case").click()
    expect(bola.page.get_by_text("The case is open and the person is told.")).to_be_visible()
    _reads(bola.page, "You opened this case. Somebody else decides it.")


def _reads_the_case_and_answers(ada: Visitor, case: Case) -> None:
    ada.open("/notices/")
    _reads(ada.page, "Nothing is decided. You can read all of its evidence and answer within seven days")
    ada.page.get_by_role("button", name="Open “Pause is looked into").click()
    ada.page.wait_for_url(f"**/cases/{case.id}/")
    _reads(
        ada.page, f"This is about one scope, {SCOPE}.", f"First tried: {TRIED}", "Earned and running pay", "a manager"
    )
    expect(ada.page.locator("main")).not_to_contain_text("Bola")
    ada.page.get_by_label("Your answer").fill(ANSWER)
    ada.page.get_by_role("button", name="Send answer").click()
    expect(ada.page.get_by_text("Your answer is with the case.")).to_be_visible()


def _decides_for_a_pause(goran: Visitor, bola: Visitor, case: Case) -> None:
    bola.open(f"/cases/{case.id}/")
    _reads(bola.page, ANSWER)
    expect(bola.page.get_by_role("button", name="Decide the case")).to_have_count(0)

    goran.open("/cases/")
    goran.page.get_by_role("link", name="Pause: Ada Example").click()
    _reads(goran.page, f"“{ANSWER}”", f"First tried: {TRIED}", "Missed 45 planted errors in this work")
    goran.page.get_by_role("radio", name="Paused in this scope").check()
    goran.page.get_by_label("Reasons", exact=True).fill(PAUSED)
    goran.page.get_by_role("button", name="Decide the case").click()
    expect(goran.page.get_by_text("The case is decided and the person is told.")).to_be_visible()


def _reads_the_decision_and_appeals(ada: Visitor, case: Case) -> None:
    ada.open("/standing/")
    _reads(ada.page, "Paused in a scope", f"“{PAUSED}”", "linguistics/translation · rubric · de-DE")
    ada.open("/notices/")
    _reads(ada.page, f"{PAUSED} You can appeal within 30 days.")
    ada.page.get_by_role("button", name="Open “Decided: paused in this scope").click()
    ada.page.wait_for_url(f"**/cases/{case.id}/")
    _reads(ada.page, f"“{PAUSED}”", "an operator", "Somebody who took no part hears it.")
    expect(ada.page.locator("main")).not_to_contain_text("Goran")
    ada.page.get_by_label("What was overlooked?").fill(APPEAL)
    ada.page.get_by_role("button", name="Send the appeal").click()
    expect(ada.page.get_by_text("Your appeal is open. Somebody uninvolved hears it.")).to_be_visible()


def _hears_the_appeal(nina: Visitor, goran: Visitor, case: Case) -> None:
    goran.open(f"/cases/{case.id}/")
    _reads(goran.page, "You took part in this case. Somebody uninvolved decides the appeal.")
    expect(goran.page.get_by_role("button", name="Decide the appeal")).to_have_count(0)

    nina.open("/notices/")
    nina.page.get_by_role("button", name="Open “An appeal against a case waits").click()
    nina.page.wait_for_url(f"**/cases/{case.id}/")
    _reads(nina.page, f"“{ANSWER}”", f"“{PAUSED}”", f"“{APPEAL}”")
    nina.page.get_by_role("radio", name="Overturn").check()
    nina.page.get_by_label("Answer to the person").fill(WON)
    nina.page.get_by_role("button", name="Decide the appeal").click()
    expect(nina.page.get_by_text("The appeal is decided and the person is told.")).to_be_visible()


def _sees_the_end_of_the_pause(ada: Visitor, case: Case) -> None:
    ada.open("/notices/")
    _reads(ada.page, f"{WON} The scope is open to you again.")
    ada.page.get_by_role("button", name="Open “Your appeal was won").click()
    ada.page.wait_for_url(f"**/cases/{case.id}/")
    _reads(ada.page, "Appeal won: the scope is open", f"“{WON}”", "Overturned")
    expect(ada.page.locator("main")).not_to_contain_text("Nina")
    ada.open("/standing/")
    _reads(ada.page, "Good", "Nothing is closed to you.")
