"""An appeal is heard once, by another person, and a won one is paid at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.errors import FourEyesRequired
from marketplace.experts.models import Expert
from marketplace.identity.models import Organization, User
from marketplace.projects.models import Project
from marketplace.standing import commands as standing
from marketplace.standing.errors import AppealedBefore, AppealTooLate, DecisionNotFound, NothingToAppeal
from marketplace.standing.models import Appeal
from marketplace.work import commands as work
from marketplace.work.models import Batch, Review, Submission, Task
from payouts.earnings.models import Earning
from tests.marketplace import people
from tests.marketplace.people import NOW

WHY = "The second sentence is marked; see row 3 of my annotation."
LONG_REASON = (
    "The annotation marks style only; every mistranslation of the second sentence was left unmarked, see guidelines 2."
)


@pytest.fixture
def ada(project: Project) -> Expert:
    """Return an expert."""
    return people.make_expert("Ada Quispe")


@pytest.fixture
def rita(acme: Organization, olga: User) -> User:
    """Return a reviewer of the organization."""
    return people.add_member(acme, olga, "Rita Reviewer", "REVIEWER")


@pytest.fixture
def rejection(project: Project, olga: User, ada: Expert, rita: User) -> Review:
    """Return Rita's rejection of Ada's work."""
    people.hire(people.make_opening(project, olga), ada, olga)
    batch = Batch.objects.create(
        project=project, name="first", file_sha256="0" * 64, task_count=1, created_by=olga, created_at=NOW
    )
    task = Task.objects.create(batch=batch, external_id="seg-1", content={}, created_at=NOW)
    claim = work.claim_task(task_id=task.id, by=ada.user, now=NOW)
    submission = work.submit(claim_id=claim.id, content={"errors": []}, by=ada.user, now=NOW)
    review = work.ReviewInput(decision="REJECT", reason_code="ACCURACY", reason_text=LONG_REASON)
    return work.review_submission(submission_id=submission.id, review=review, by=rita, now=NOW)


def test_another_person_overturns_a_rejection_and_the_work_is_paid_at_once(
    rejection: Review, ada: Expert, olga: User
) -> None:
    appeal = standing.appeal_review(review_id=rejection.id, text=WHY, by=ada.user, now=NOW)

    standing.decide_appeal(appeal_id=appeal.id, outcome="OVERTURNED", answer="Right, it is marked.", by=olga, now=NOW)

    assert Submission.objects.get().state == Submission.State.ACCEPTED
    assert Earning.objects.get().worker_id == ada.user_id


def test_the_first_decider_cannot_decide_the_appeal(rejection: Review, ada: Expert, rita: User) -> None:
    appeal = standing.appeal_review(review_id=rejection.id, text=WHY, by=ada.user, now=NOW)

    with pytest.raises(FourEyesRequired):
        standing.decide_appeal(appeal_id=appeal.id, outcome="UPHELD", answer="I was right.", by=rita, now=NOW)

    assert Appeal.objects.get().state == Appeal.State.OPEN


def test_a_decision_is_appealed_once_in_time_and_only_by_whom_it_concerns(
    rejection: Review, ada: Expert, rita: User
) -> None:
    bola = people.make_expert("Bola Ade")
    with pytest.raises(DecisionNotFound):
        standing.appeal_review(review_id=rejection.id, text=WHY, by=bola.user, now=NOW)
    with pytest.raises(AppealTooLate):
        standing.appeal_review(review_id=rejection.id, text=WHY, by=ada.user, now=NOW + timedelta(days=31))
    standing.appeal_review(review_id=rejection.id, text=WHY, by=ada.user, now=NOW)

    with pytest.raises(AppealedBefore):
        standing.appeal_review(review_id=rejection.id, text=WHY, by=ada.user, now=NOW)

    assert Appeal.objects.count() == 1


def test_an_upheld_appeal_says_why_and_pays_nothing(rejection: Review, ada: Expert, olga: User) -> None:
    appeal = standing.appeal_review(review_id=rejection.id, text=WHY, by=ada.user, now=NOW)

    standing.decide_appeal(appeal_id=appeal.id, outcome="UPHELD", answer="Row 3 marks another one.", by=olga, now=NOW)

    appeal.refresh_from_db()
    assert (appeal.state, appeal.answer) == ("UPHELD", "Row 3 marks another one.")
    assert not Earning.objects.exists()


def test_what_was_accepted_cannot_be_appealed(rejection: Review, ada: Expert, olga: User) -> None:
    appeal = standing.appeal_review(review_id=rejection.id, text=WHY, by=ada.user, now=NOW)
    standing.decide_appeal(appeal_id=appeal.id, outcome="OVERTURNED", answer="Right.", by=olga, now=NOW)
    accepted = Review(
        submission=rejection.submission, reviewer=olga, author=ada.user, decision="ACCEPT", decided_at=NOW
    )
    accepted.save()

    with pytest.raises(NothingToAppeal):
        standing.appeal_review(review_id=accepted.id, text=WHY, by=ada.user, now=NOW)
