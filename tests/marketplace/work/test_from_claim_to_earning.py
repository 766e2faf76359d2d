"""Work from claim to earning: the decision, the judgment and the money stand or fall together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from common.errors import NotPermitted
from marketplace.experts.models import Expert
from marketplace.identity.models import Organization, User
from marketplace.projects.models import Project
from marketplace.work import commands as work
from marketplace.work.errors import BudgetExhausted, LeaseEnded, SubmissionAlreadyDecided, TaskNotFound, TaskTaken
from marketplace.work.models import Batch, Claim, Submission, Task
from payouts.earnings.models import Earning
from quality.evidence.models import Judgment, Rating
from tests.marketplace import people
from tests.marketplace.people import NOW

FLAWED = {"errors": [{"category": "Accuracy/Mistranslation", "severity": "MAJOR"}]}
LONG_REASON = (
    "The annotation marks style only; every mistranslation of the second sentence was left unmarked, see guidelines 2."
)


@pytest.fixture
def batch(project: Project, olga: User) -> Batch:
    """Return a batch of two tasks that each want one expert."""
    batch = Batch.objects.create(
        project=project, name="first", file_sha256="0" * 64, task_count=2, created_by=olga, created_at=NOW
    )
    for number in (1, 2):
        Task.objects.create(batch=batch, external_id=f"seg-{number}", content={"segment": number}, created_at=NOW)
    return batch


@pytest.fixture
def ada(project: Project, olga: User) -> Expert:
    """Return an expert who is paid 2.50 EUR an accepted task."""
    expert = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(project, olga), expert, olga)
    return expert


@pytest.fixture
def rita(acme: Organization, olga: User) -> User:
    """Return a reviewer of the organization."""
    return people.add_member(acme, olga, "Rita Reviewer", "REVIEWER")


def hand_in(batch: Batch, expert: Expert, number: int = 1) -> Submission:
    """Return the expert's submission of a task."""
    task = batch.tasks.get(external_id=f"seg-{number}")
    claim = work.claim_task(task_id=task.id, by=expert.user, now=NOW)
    return work.submit(claim_id=claim.id, content=FLAWED, by=expert.user, now=NOW + timedelta(minutes=5))


def decide(submission: Submission, by: User, decision: str = "ACCEPT", **changes: Any) -> Any:
    """Return the review of ``submission``."""
    review = work.ReviewInput(decision=decision, **changes)
    return work.review_submission(submission_id=submission.id, review=review, by=by, now=NOW + timedelta(minutes=9))


def test_accepting_work_posts_its_earning_and_judgments_at_once(batch: Batch, ada: Expert, rita: User) -> None:
    submission = hand_in(batch, ada)

    review = decide(submission, rita, scores={"completeness": 0.8})

    submission.refresh_from_db()
    earning = Earning.objects.get()
    assert submission.state == Submission.State.ACCEPTED
    assert (earning.worker_id, earning.amount_minor, earning.currency) == (ada.user_id, 250, "EUR")
    assert earning.source_key == f"submission:{submission.id}"
    assert Judgment.objects.get().source_key == f"review:{review.id}:completeness"
    assert Rating.objects.get().value == 5.0


def test_a_failed_posting_leaves_the_work_undecided(
    batch: Batch, ada: Expert, rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = hand_in(batch, ada)

    def refuse(**kwargs: object) -> None:
        raise RuntimeError("the books are closed")

    monkeypatch.setattr("payouts.facade.post_earning", refuse)
    with pytest.raises(RuntimeError, match="books are closed"):
        decide(submission, rita, scores={"completeness": 1.0})

    submission.refresh_from_db()
    assert submission.state == Submission.State.SUBMITTED
    assert Claim.objects.get().state == Claim.State.SUBMITTED
    assert not Judgment.objects.exists()
    assert not Rating.objects.exists()


def test_a_return_says_why_and_the_next_version_is_paid_once(batch: Batch, ada: Expert, rita: User) -> None:
    first = hand_in(batch, ada)
    decide(first, rita, "RETURN", reason_code="MISSED_CHECK", reason_text="An attention check was missed.")

    second = work.submit(claim_id=first.claim_id, content=FLAWED, by=ada.user, now=NOW + timedelta(minutes=20))
    decide(second, rita)

    assert second.number == 2
    assert [row.source_key for row in Earning.objects.all()] == [f"submission:{second.id}"]
    assert list(first.claim.submissions.order_by("number").values_list("state", flat=True)) == ["RETURNED", "ACCEPTED"]


def test_a_rejection_needs_a_long_reason_and_frees_the_place(batch: Batch, ada: Expert, rita: User) -> None:
    submission = hand_in(batch, ada)

    with pytest.raises(Exception, match="not valid"):
        decide(submission, rita, "REJECT", reason_code="ACCURACY", reason_text="Bad.")
    assert Claim.objects.get().state == Claim.State.SUBMITTED
    decide(submission, rita, "REJECT", reason_code="ACCURACY", reason_text=LONG_REASON)

    task = batch.tasks.get(external_id="seg-1")
    assert (task.taken, task.accepted) == (0, 0)
    assert not Earning.objects.exists()


def test_an_overturned_rejection_is_paid_even_when_another_took_the_place(
    batch: Batch, ada: Expert, rita: User, project: Project, olga: User
) -> None:
    submission = hand_in(batch, ada)
    review = decide(submission, rita, "REJECT", reason_code="ACCURACY", reason_text=LONG_REASON)
    bola = people.make_expert("Bola Ade")
    people.hire(people.make_opening(project, olga), bola, olga)
    work.claim_task(task_id=submission.claim.task_id, by=bola.user, now=NOW)

    work.overturn_review(review_id=review.id, by=olga, now=NOW + timedelta(days=1))

    task = batch.tasks.get(external_id="seg-1")
    assert (task.wanted, task.taken, task.accepted) == (2, 2, 1)
    assert Earning.objects.get().worker_id == ada.user_id
    with pytest.raises(SubmissionAlreadyDecided):
        work.overturn_review(review_id=review.id, by=olga, now=NOW)


def test_the_last_accepted_task_completes_the_batch(batch: Batch, ada: Expert, rita: User) -> None:
    decide(hand_in(batch, ada, 1), rita)
    batch.refresh_from_db()
    assert batch.state == Batch.State.IN_PROGRESS

    decide(hand_in(batch, ada, 2), rita)

    batch.refresh_from_db()
    assert batch.state == Batch.State.COMPLETED


def test_nobody_claims_a_taken_task_or_one_of_a_project_they_are_not_in(
    batch: Batch, ada: Expert, project: Project, olga: User
) -> None:
    task = batch.tasks.get(external_id="seg-1")
    stranger, bola = people.make_expert("Chen Wei"), people.make_expert("Bola Ade")
    people.hire(people.make_opening(project, olga), bola, olga)
    work.claim_task(task_id=task.id, by=ada.user, now=NOW)

    with pytest.raises(TaskTaken):
        work.claim_task(task_id=task.id, by=bola.user, now=NOW)
    with pytest.raises(TaskNotFound):
        work.claim_task(task_id=task.id, by=stranger.user, now=NOW)

    assert Claim.objects.count() == 1


def test_an_expired_lease_frees_the_place_and_keeps_the_draft(batch: Batch, ada: Expert) -> None:
    task = batch.tasks.get(external_id="seg-1")
    claim = work.claim_task(task_id=task.id, by=ada.user, now=NOW)
    work.save_draft(claim_id=claim.id, content={"errors": []}, by=ada.user, now=NOW)
    later = NOW + timedelta(hours=3)

    assert work.expire_leases(now=later) == 1

    task.refresh_from_db()
    claim.refresh_from_db()
    assert task.taken == 0
    assert claim.draft.content == {"errors": []}
    with pytest.raises(LeaseEnded):
        work.submit(claim_id=claim.id, content=FLAWED, by=ada.user, now=later)


def test_a_claim_beyond_the_budget_is_refused(batch: Batch, ada: Expert, project: Project) -> None:
    Project.objects.filter(id=project.id).update(budget_minor=300)
    work.claim_task(task_id=batch.tasks.get(external_id="seg-1").id, by=ada.user, now=NOW)

    with pytest.raises(BudgetExhausted):
        work.claim_task(task_id=batch.tasks.get(external_id="seg-2").id, by=ada.user, now=NOW)


def test_nobody_reviews_their_own_work(batch: Batch, ada: Expert, acme: Organization, olga: User) -> None:
    from marketplace.identity.commands import grant_membership  # noqa: PLC0415

    grant_membership(organization_id=acme.id, user_id=ada.user_id, role="REVIEWER", by=olga, now=NOW)
    submission = hand_in(batch, ada)

    with pytest.raises(NotPermitted, match="own work"):
        decide(submission, ada.user)

    assert not Earning.objects.exists()
