"""Work that the browser tests show: a project with a batch, in which Ada claims, hands in and is reviewed by Dana."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from common import clock
from marketplace.projects.models import Project
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.work import commands as work
from marketplace.work.models import Batch, Claim, Submission
from tests.browser.world import World
from tests.marketplace import people

FLAWED = {
    "errors": [
        {"category": "Accuracy/Mistranslation", "severity": "MAJOR", "note": "“bank” is the river's, not the money's"}
    ],
    "note": "The second sentence is unclear in the source, too.",
}
REASON = "The comma error in the second sentence is not marked; see the principles."
FILE = (
    "external_id,document,segment,source,target,wanted\n"
    "doc-1-1,doc-1,1,We sat on the bank.,Wir saßen auf der Bank.,1\n"
    "doc-1-2,doc-1,2,The lease ends.,Der Mietvertrag endet.,2\n"
    "doc-1-3,doc-1,3,No answer came.,Es kam keine Antwort.,1\n"
)


def project(world: World) -> Project:
    """Return a project in production in which Ada is engaged."""
    sync_catalogue()
    chen, ada = world.people["Chen"], world.people["Ada"].expert
    ada.bank_country = "DE"
    ada.save(update_fields=["bank_country"])
    row = people.make_project(world.organization, chen)
    people.hire(people.make_opening(row, chen), ada, chen)
    return row


def batch(world: World) -> Batch:
    """Return a batch of three tasks that Bola imported."""
    outcome = work.import_batch(
        project_id=project(world).id,
        name="November, part 1",
        file_name="november.csv",
        data=FILE.encode(),
        by=world.people["Bola"],
        now=clock.now(),
    )
    assert outcome.batch is not None
    return outcome.batch


def claimed(world: World) -> Claim:
    """Return a task that Ada holds, with a draft."""
    ada = world.people["Ada"]
    claim = work.claim_next(project_id=batch(world).project_id, by=ada, now=clock.now())
    work.save_draft(claim_id=claim.id, content=FLAWED, by=ada, now=clock.now())
    return claim


def handed_in(world: World) -> Submission:
    """Return work that Ada handed in."""
    claim = claimed(world)
    return work.submit(claim_id=claim.id, content=FLAWED, by=world.people["Ada"], now=clock.now())


def returned(world: World) -> Submission:
    """Return work that Dana returned to Ada with a reason and a typed error."""
    submission = handed_in(world)
    review = work.ReviewInput(
        decision="RETURN",
        scores={"completeness": 0.4},
        errors=[{"category": "Fluency/Punctuation", "severity": "MINOR", "note": "second sentence"}],
        reason_code="INCOMPLETE",
        reason_text=REASON,
    )
    now = clock.now() + timedelta(seconds=1)
    work.review_submission(submission_id=submission.id, review=review, by=world.people["Dana"], now=now)
    return submission


def returned_task(world: World) -> dict[str, Any]:
    """Return the arguments of the page of returned work."""
    return {"claim_id": returned(world).claim_id}


def second_version(world: World) -> dict[str, Any]:
    """Return the arguments of the review of work that was handed in again."""
    submission = returned(world)
    again = work.submit(
        claim_id=submission.claim_id,
        content=FLAWED,
        by=world.people["Ada"],
        now=clock.now() + timedelta(seconds=2),
    )
    return {"submission_id": again.id}


def reported_work(world: World) -> dict[str, Any]:
    """Return the arguments of the page of accepted work of which the client did not keep all."""
    submission, bola = handed_in(world), world.people["Bola"]
    review = work.ReviewInput(decision="ACCEPT", scores={"completeness": 0.9})
    now = clock.now() + timedelta(seconds=1)
    work.review_submission(submission_id=submission.id, review=review, by=world.people["Dana"], now=now)
    told = work.OutcomeInput(submission.id, "REWORKED", "Two terms were not those of the client’s glossary.")
    work.report_outcomes(batch_id=submission.claim.task.batch_id, outcomes=[told], by=bola, now=now)
    return {"submission_id": submission.id}


def bad_report(world: World) -> dict[str, Any]:
    """Return the arguments of the report on a file with bad rows."""
    outcome = work.import_batch(
        project_id=project(world).id,
        name="bad",
        file_name="bad.csv",
        data=b"external_id,wanted\na,1\na,0\n,1\n",
        by=world.people["Bola"],
        now=clock.now(),
    )
    return {"report_id": outcome.report.id}


def nothing(story: Any) -> Any:
    """Return a story that is told only for what it leaves behind: the page needs no arguments."""

    def tell(world: World) -> dict[str, Any]:
        story(world)
        return {}

    return tell
