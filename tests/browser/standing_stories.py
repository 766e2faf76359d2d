"""What is proposed about a person's standing, and what comes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from common import clock, events
from marketplace.standing import commands as standing
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.work import commands as work
from marketplace.work.models import Review, Task
from quality.facade import ScopeCodes, propose, refit
from quality.models import Proposal
from tests.browser import portal_stories, time_stories
from tests.browser.world import World
from tests.factories.quality import give_gold
from tests.factories.standing import pause
from tests.marketplace.people import make_expert

REVIEWING = ScopeCodes("linguistics/translation", "de-DE", "rubric")


def a_proposal(world: World) -> dict[str, Any]:
    """Let Ada miss most planted errors of sixty and return the proposal to pause her."""
    now = clock.now()
    for name, found in (("Ada", 15), ("Dana", 56), ("Bola", 56)):
        give_gold(world.people[name].id, found=found, missed=60 - found, scope=REVIEWING, at=now)
    refit(now=now)
    propose(now=now)
    return {"proposal_id": Proposal.objects.get(worker=world.people["Ada"]).id}


def proposals(world: World) -> dict[str, Any]:
    """Leave a proposal to look at. Returns nothing."""
    a_proposal(world)
    return {}


TRIED = "Feedback on 30 October and on 3 November, each with three examples of missed errors."


def a_case(world: World) -> dict[str, Any]:
    """Let Goran take the proposal up, and Ada be told."""
    given = a_proposal(world)
    case = standing.open_case(**given, tried=TRIED, by=world.people["Goran"], now=clock.now())
    events.deliver_due(now=clock.now())
    return {"case_id": case.id}


def reviewed_case(world: World) -> dict[str, Any]:
    """Let Bola score three pieces of Ada's work, one of them harshly, and Goran report a case about it."""
    portal_stories.busy_ada(world)
    ada, now = world.people["Ada"], clock.now()
    reasons = {"decision": "REJECT", "reason_code": "ACCURACY", "reason_text": time_stories.REASON}
    for task, score in zip(Task.objects.order_by("external_id"), (0.1, 0.9, 1.0), strict=True):
        claim = work.claim_task(task_id=task.id, by=ada, now=now)
        submission = work.submit(claim_id=claim.id, content={"errors": []}, by=ada, now=now)
        given = {"decision": "ACCEPT"} if score > 0.5 else reasons
        review = work.ReviewInput(scores={"completeness": score}, **given)
        work.review_submission(submission_id=submission.id, review=review, by=world.people["Bola"], now=now)
    case = standing.report_case(
        worker_id=ada.id, scope=REVIEWING, kind="PAUSE", report=TRIED, tried=TRIED, by=world.people["Goran"], now=now
    )
    events.deliver_due(now=now)
    return {"case_id": case.id}


def a_harsh_review(world: World) -> dict[str, Any]:
    """Return a case with the unit that cost Ada most."""
    given = reviewed_case(world)
    return {**given, "review_id": Review.objects.get(decision="REJECT").id}


def a_disputed_case(world: World) -> dict[str, Any]:
    """Let Ada dispute one unit and leave her answer as a draft."""
    given = a_harsh_review(world)
    said = {"by": world.people["Ada"], "now": clock.now()}
    standing.dispute_unit(**given, text="Both sentences were marked; see the second row.", **said)
    standing.save_answer_draft(case_id=given["case_id"], text="I have been doing this for", **said)
    return {"case_id": given["case_id"]}


def pauses_by_country(world: World) -> dict[str, Any]:
    """Let nine of twelve people in Peru be paused, and one of twelve in Germany. Returns nothing."""
    now = clock.now()
    sync_catalogue()
    for country, paused in (("PE", 9), ("DE", 1)):
        for place in range(12):
            user = make_expert(f"Worker{place} {country}", residence_country=country).user
            give_gold(user.id, found=1, missed=0, scope=REVIEWING, at=now)
            if place < paused:
                pause(
                    user,
                    world.people["Goran"],
                    world.people["Hana"],
                    opened_at=now,
                    notice_at=now,
                    answer_due_at=now + timedelta(days=7),
                    answered_at=now,
                    answer_text="I did not see the guideline.",
                    decided_at=now,
                )
    return {}
