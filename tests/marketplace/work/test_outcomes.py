"""What became of accepted work at the client's: evidence with a reason, told to the expert, and never a matter of pay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from common import clock, events
from common.errors import InvalidInput, NotPermitted
from marketplace.experts.models import Expert
from marketplace.identity.commands import create_api_key
from marketplace.identity.models import Organization, User
from marketplace.models import Notice
from marketplace.projects.models import Project
from marketplace.work import commands as work
from marketplace.work.commands import OutcomeInput
from marketplace.work.models import Batch, Outcome, Submission
from payouts.earnings.models import Earning
from quality.evidence.models import Judgment
from tests.marketplace import people
from tests.marketplace.clients import client_of, key_client
from tests.marketplace.people import NOW

LATER = NOW + timedelta(days=2)
FLAWED = {"errors": [{"category": "Accuracy/Mistranslation", "severity": "MAJOR"}]}
GLOSSARY = "Two terms were not those of our glossary."


@pytest.fixture
def batch(project: Project, olga: User) -> Batch:
    """Return a batch of three tasks."""
    data = b"external_id,source\nseg-1,a\nseg-2,b\nseg-3,c\n"
    found = work.import_batch(project_id=project.id, name="one", file_name="a.csv", data=data, by=olga, now=NOW).batch
    assert found is not None
    return found


@pytest.fixture
def ada(project: Project, olga: User) -> Expert:
    """Return an expert who is paid 2.50 EUR an accepted task."""
    expert = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(project, olga), expert, olga)
    return expert


@pytest.fixture
def accepted(batch: Batch, ada: Expert, olga: User) -> list[Submission]:
    """Return Ada's accepted work on the first two tasks."""
    return [_do(batch, ada, olga, number) for number in (1, 2)]


def _do(batch: Batch, ada: Expert, olga: User, number: int) -> Submission:
    claim = work.claim_task(task_id=batch.tasks.get(external_id=f"seg-{number}").id, by=ada.user, now=NOW)
    submission = work.submit(claim_id=claim.id, content=FLAWED, by=ada.user, now=NOW)
    review = work.ReviewInput(decision="ACCEPT", scores={"completeness": 1.0})
    work.review_submission(submission_id=submission.id, review=review, by=olga, now=NOW)
    return submission


def report(batch: Batch, by: User, *told: OutcomeInput) -> list[Outcome]:
    """Report outcomes two days later."""
    return work.report_outcomes(batch_id=batch.id, outcomes=told, by=by, now=LATER)


def test_an_outcome_is_evidence_and_leaves_the_pay_alone(batch: Batch, accepted: list[Submission], olga: User) -> None:
    paid = list(Earning.objects.order_by("id").values("id", "amount_minor"))

    report(batch, olga, OutcomeInput(accepted[0].id, "KEPT"), OutcomeInput(accepted[1].id, "REWORKED", GLOSSARY))

    values = Judgment.objects.filter(kind="OUTCOME").order_by("id").values_list("value", flat=True)
    assert list(values) == [1.0, 0.5]
    assert list(Earning.objects.order_by("id").values("id", "amount_minor")) == paid


def test_the_expert_is_told_what_was_not_kept_and_why(
    batch: Batch, accepted: list[Submission], ada: Expert, olga: User
) -> None:
    report(batch, olga, OutcomeInput(accepted[0].id, "KEPT"), OutcomeInput(accepted[1].id, "DISCARDED", GLOSSARY))
    events.deliver_due(now=LATER)

    told = Notice.objects.get(user=ada.user, kind="work.outcome")
    page = _browser(ada.user).get(reverse("work:claim", args=[accepted[1].claim_id])).content.decode()
    assert GLOSSARY in told.body
    assert "changes nothing of your pay" in told.body
    assert GLOSSARY in page


def test_a_later_report_replaces_the_earlier_and_the_same_changes_nothing(
    batch: Batch, accepted: list[Submission], olga: User
) -> None:
    first = report(batch, olga, OutcomeInput(accepted[0].id, "DISCARDED", GLOSSARY))
    again = report(batch, olga, OutcomeInput(accepted[0].id, "DISCARDED", GLOSSARY))

    other = report(batch, olga, OutcomeInput(accepted[0].id, "KEPT"))

    assert [row.id for row in again] == [row.id for row in first]
    assert other[0].id != first[0].id
    effective = Judgment.objects.filter(kind="OUTCOME").effective()  # type: ignore[attr-defined]
    assert [(row.source_key, row.value) for row in effective] == [(f"outcome:{other[0].id}", 1.0)]


def test_every_bad_row_is_named_and_nothing_is_written(batch: Batch, accepted: list[Submission], olga: User) -> None:
    waiting = _submit_only(batch, olga, accepted)

    with pytest.raises(InvalidInput) as unclear:
        report(batch, olga, OutcomeInput(accepted[0].id, "LOST"), OutcomeInput(accepted[1].id, "REWORKED", " "))
    with pytest.raises(InvalidInput) as unknown:
        report(
            batch,
            olga,
            OutcomeInput(accepted[0].id, "KEPT"),
            OutcomeInput(accepted[0].id, "KEPT"),
            OutcomeInput(waiting.id, "KEPT"),
        )

    assert [problem.pointer for problem in unclear.value.problems] == ["/outcomes/0/kind", "/outcomes/1/reason_text"]
    pointers = [problem.pointer for problem in unknown.value.problems]
    assert pointers == ["/outcomes/1/submission_id", "/outcomes/2/submission_id"]
    assert not Outcome.objects.exists()


def _submit_only(batch: Batch, olga: User, accepted: list[Submission]) -> Submission:
    user = accepted[0].claim.expert_user
    claim = work.claim_task(task_id=batch.tasks.get(external_id="seg-3").id, by=user, now=NOW)
    return work.submit(claim_id=claim.id, content=FLAWED, by=user, now=NOW)


def test_a_reviewer_and_the_expert_report_no_outcomes(
    batch: Batch, accepted: list[Submission], acme: Organization, olga: User
) -> None:
    rita = people.add_member(acme, olga, "Rita Reviewer", "REVIEWER")

    with pytest.raises(NotPermitted):
        report(batch, rita, OutcomeInput(accepted[0].id, "KEPT"))
    answer = client_of(accepted[0].claim.expert_user).post(
        f"/api/v1/batches/{batch.id}/outcomes/", _body(accepted[0], "KEPT"), format="json"
    )

    assert answer.status_code == 403


def test_the_clients_key_reports_over_the_api_within_its_organization_alone(
    batch: Batch, accepted: list[Submission], acme: Organization, olga: User
) -> None:
    stranger = people.make_user("Sam Stranger")
    other = people.make_organization(stranger, "Other")
    secret, foreign = _key(acme, olga), _key(other, stranger)
    url, body = f"/api/v1/batches/{batch.id}/outcomes/", _body(accepted[0], "REWORKED", GLOSSARY)

    answer = key_client(secret).post(url, body, format="json")
    refused = key_client(foreign).post(url, body, format="json")
    listed = key_client(secret).get(url).json()["results"]

    assert (answer.status_code, refused.status_code) == (200, 404)
    assert [(row["external_id"], row["kind"], row["reason_text"]) for row in listed] == [
        ("seg-1", "REWORKED", GLOSSARY)
    ]


def test_a_manager_reports_on_the_page_and_the_batch_counts_it(
    batch: Batch, accepted: list[Submission], olga: User
) -> None:
    browser, url = _browser(olga), reverse("work:outcome", args=[accepted[0].id])

    refused = browser.post(url, {"kind": "REWORKED"})
    done = browser.post(url, {"kind": "REWORKED", "reason_text": GLOSSARY})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert "Say why" in refused.content.decode()
    assert "What became of it" in browser.get(reverse("work:batch", args=[batch.id])).content.decode()


def test_reports_are_never_changed_and_need_a_reason_in_the_database(
    batch: Batch, accepted: list[Submission], olga: User
) -> None:
    report(batch, olga, OutcomeInput(accepted[0].id, "KEPT"))

    with pytest.raises(DatabaseError), transaction.atomic():
        Outcome.objects.update(kind="DISCARDED")
    with pytest.raises(IntegrityError), transaction.atomic():
        Outcome.objects.create(submission=accepted[1], kind="DISCARDED", reported_by=olga, reported_at=LATER)


def _key(organization: Organization, owner: User) -> str:
    now = clock.now()
    scopes, ends = ["work.read", "work.outcomes"], now + timedelta(days=30)
    return create_api_key(
        organization_id=organization.id, name="robot", scopes=scopes, expires_at=ends, by=owner, now=now
    )[1]


def _body(submission: Submission, kind: str, reason: str = "") -> dict[str, object]:
    return {"outcomes": [{"submission_id": str(submission.id), "kind": kind, "reason_text": reason}]}


def _browser(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser
