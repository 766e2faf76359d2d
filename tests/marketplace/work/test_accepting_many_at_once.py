"""Accepting many submissions at once: a row each, carried out by workers, each judged and earned exactly once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from common.errors import InvalidInput
from marketplace.experts.models import Expert
from marketplace.identity.commands import end_membership
from marketplace.identity.models import Membership, Organization, User
from marketplace.projects.models import Project
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.work import commands as work
from marketplace.work.models import AcceptanceOrder, Batch, Review, Submission, Task
from payouts import facade
from payouts.earnings.models import Earning
from quality.evidence.models import Judgment
from tests.marketplace import people
from tests.marketplace.people import NOW

LATER = NOW + timedelta(minutes=30)
CONTENT = {"errors": [{"category": "Accuracy/Mistranslation", "severity": "MAJOR"}]}
SCORES = {"completeness": 0.9}


@pytest.fixture
def rita(acme: Organization, olga: User) -> User:
    """Return a reviewer of the organization."""
    return people.add_member(acme, olga, "Rita Reviewer", "REVIEWER")


@pytest.fixture
def handed_in(project: Project, olga: User) -> list[Submission]:
    """Return three submissions of Ada's, paid 2.50 EUR each when accepted."""
    return hand_in_three(project, olga)


def hand_in_three(project: Project, olga: User) -> list[Submission]:
    """Let Ada claim and hand in three tasks."""
    ada = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(project, olga), ada, olga)
    batch = Batch.objects.create(
        project=project, name="first", file_sha256="0" * 64, task_count=3, created_by=olga, created_at=NOW
    )
    tasks = [Task.objects.create(batch=batch, external_id=f"seg-{n}", content={}, created_at=NOW) for n in range(3)]
    return [_hand_in(task, ada) for task in tasks]


def _hand_in(task: Task, ada: Expert) -> Submission:
    claim = work.claim_task(task_id=task.id, by=ada.user, now=NOW)
    return work.submit(claim_id=claim.id, content=CONTENT, by=ada.user, now=NOW)


def order(submissions: list[Submission], by: User) -> int:
    """Order that ``submissions`` be accepted with the same score."""
    return work.order_acceptances(
        submission_ids=[submission.id for submission in submissions], scores=SCORES, by=by, now=LATER
    )


def test_each_ordered_submission_is_judged_and_earned_once(handed_in: list[Submission], rita: User) -> None:
    assert order(handed_in, rita) == 3
    assert not Review.objects.exists()

    assert work.carry_out_waiting(now=LATER) == 3
    assert work.carry_out_waiting(now=LATER) == 0

    assert set(Submission.objects.values_list("state", flat=True)) == {"ACCEPTED"}
    assert Judgment.objects.filter(criterion="completeness").count() == 3
    assert sorted(Earning.objects.values_list("source_key", flat=True)) == sorted(
        f"submission:{submission.id}" for submission in handed_in
    )
    assert set(AcceptanceOrder.objects.values_list("state", flat=True)) == {"DONE"}


def test_what_is_ordered_is_not_ordered_again(handed_in: list[Submission], rita: User, olga: User) -> None:
    order(handed_in[:2], rita)

    assert order(handed_in, olga) == 1
    assert AcceptanceOrder.objects.count() == 3


def test_nothing_is_ordered_when_one_of_them_cannot_be_accepted(
    handed_in: list[Submission], rita: User, project: Project
) -> None:
    work.review_submission(
        submission_id=handed_in[1].id, review=work.ReviewInput(decision="ACCEPT"), by=rita, now=LATER
    )
    ids = [handed_in[0].id, handed_in[1].id, project.id]

    with pytest.raises(InvalidInput) as refused:
        work.order_acceptances(submission_ids=ids, by=rita, now=LATER)

    named = [(problem.pointer, problem.code) for problem in refused.value.problems]
    assert named == [("/submissions/1", "already_decided"), ("/submissions/2", "not_found")]
    assert not AcceptanceOrder.objects.exists()


def test_what_another_person_decided_meanwhile_is_refused_with_the_reason(
    handed_in: list[Submission], rita: User, olga: User
) -> None:
    order(handed_in, rita)
    returned = work.ReviewInput(decision="RETURN", reason_code="INCOMPLETE", reason_text="The last sentence is open.")
    work.review_submission(submission_id=handed_in[0].id, review=returned, by=olga, now=LATER)

    work.carry_out_waiting(now=LATER)

    refused = AcceptanceOrder.objects.get(state="REFUSED")
    assert (refused.submission_id, refused.refusal_code) == (handed_in[0].id, "already_decided")
    assert Earning.objects.count() == 2


def test_who_may_not_review_any_more_accepts_nothing(
    handed_in: list[Submission], rita: User, olga: User, acme: Organization
) -> None:
    order(handed_in, rita)
    membership = Membership.objects.get(user=rita, organization=acme)
    end_membership(organization_id=acme.id, membership_id=membership.id, by=olga, now=LATER)

    work.carry_out_waiting(now=LATER)

    assert set(AcceptanceOrder.objects.values_list("state", flat=True)) == {"REFUSED"}
    assert not Earning.objects.exists()


def test_an_order_that_fails_waits_and_does_not_hold_the_others(
    handed_in: list[Submission], rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(handed_in, rita)

    post, broken = facade.post_earning, f"submission:{handed_in[0].id}"

    def fail_for_one(**earning: object) -> object:
        if earning["source_key"] == broken:
            raise RuntimeError("the books are closed")
        return post(**earning)  # type: ignore[arg-type]

    monkeypatch.setattr(facade, "post_earning", fail_for_one)
    assert work.carry_out_waiting(now=LATER) == 2
    monkeypatch.undo()
    assert work.carry_out_waiting(now=LATER) == 1

    assert Earning.objects.count() == 3


def test_eight_workers_with_the_same_orders_settle_each_once(fresh_database: str) -> None:
    sync_catalogue()
    olga = people.make_user("Olga Owner")
    acme = people.make_organization(olga)
    rita = people.add_member(acme, olga, "Rita Reviewer", "REVIEWER")
    order(hand_in_three(people.make_project(acme, olga), olga), rita)

    def carry_out(_: int) -> int:
        try:
            return work.carry_out_waiting(now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        settled = sum(workers.map(carry_out, range(8)))

    assert settled == 3
    assert (Review.objects.count(), Earning.objects.count()) == (3, 3)


def test_the_api_orders_and_tells_what_came_of_it(handed_in: list[Submission], rita: User) -> None:
    client = APIClient()
    client.force_authenticate(rita)
    body = {"submissions": [str(submission.id) for submission in handed_in], "scores": SCORES}

    answer = client.post("/api/v1/acceptances/", body, format="json")
    waiting = client.get("/api/v1/acceptances/?state=WAITING").json()["results"]
    queue = client.get("/api/v1/review-queue/").json()["results"]
    work.carry_out_waiting(now=LATER)
    done = client.get("/api/v1/acceptances/?state=DONE").json()["results"]

    assert (answer.status_code, answer.json()) == (202, {"ordered": 3})
    assert (len(waiting), queue) == (3, [])
    assert sorted(row["external_id"] for row in done) == ["seg-0", "seg-1", "seg-2"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"submissions": []}, "/submissions"),
        ({"submissions": ["x"]}, "/submissions/0"),
        ({"submissions": ["01a1fce4-ae8a-7197-85a4-30b469ae4a8d"]}, "/submissions/0"),
        ({"submissions": ["01a1fce4-ae8a-7197-85a4-30b469ae4a8d"], "scores": {"c": 2}}, "/scores/c"),
        ({"submissions": ["01a1fce4-ae8a-7197-85a4-30b469ae4a8d"], "note": "x"}, "/note"),
    ],
)
def test_bad_orders_name_the_field(rita: User, body: dict[str, object], pointer: str) -> None:
    client = APIClient()
    client.force_authenticate(rita)

    answer = client.post("/api/v1/acceptances/", body, format="json")

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_another_reviewers_orders_are_not_listed(handed_in: list[Submission], rita: User, olga: User) -> None:
    order(handed_in, rita)
    client = APIClient()
    client.force_authenticate(olga)

    assert client.get("/api/v1/acceptances/").json()["results"] == []


def test_the_queue_accepts_what_is_chosen(
    handed_in: list[Submission], rita: User, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    client = Client()
    client.force_login(rita, backend="django.contrib.auth.backends.ModelBackend")
    chosen = [str(submission.id) for submission in handed_in[:2]]

    answer = client.post("/reviews/accept/", {"submissions": chosen}, follow=True)
    nothing = client.post("/reviews/accept/", {}, follow=True)

    assert "2 submissions are being accepted." in answer.content.decode()
    assert "Name 1 to 1000 submissions." in nothing.content.decode()
    assert list(AcceptanceOrder.objects.values_list("scores", flat=True)) == [{}, {}]
