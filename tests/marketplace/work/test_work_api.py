"""Work over HTTP."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from common import clock
from marketplace.experts.models import Expert
from marketplace.identity.commands import create_api_key
from marketplace.identity.models import Organization, User
from marketplace.projects.models import Project
from marketplace.staffing.models import Engagement, Offer
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.work import commands as work
from marketplace.work.models import Batch, Claim, Submission
from payouts.earnings.models import Earning
from tests.marketplace import people
from tests.marketplace.people import NOW, START
from tests.racing import Shot, fire, serve

TASKS = [{"external_id": "seg-1", "source": "=Guten Tag"}, {"external_id": "seg-2", "gold": [{"category": "Omission"}]}]
FLAWED = {"content": {"errors": [{"category": "Accuracy/Mistranslation", "severity": "MAJOR"}]}}


def client_of(user: User) -> APIClient:
    """Return a client that is logged in as ``user``."""
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def ada(project: Project, olga: User) -> Expert:
    """Return an engaged expert."""
    expert = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(project, olga), expert, olga)
    return expert


@pytest.fixture
def batch(project: Project, olga: User) -> Batch:
    """Return an imported batch of two tasks."""
    with clock.at(NOW):
        answer = client_of(olga).post(
            f"/api/v1/projects/{project.id}/batches/", {"name": "first", "tasks": TASKS}, format="json"
        )
    assert answer.status_code == 201, answer.json()
    return Batch.objects.get(id=answer.json()["batch"]["id"])


def test_work_goes_from_claim_through_draft_and_review_to_results(batch: Batch, ada: Expert, olga: User) -> None:
    expert, manager = client_of(ada.user), client_of(olga)
    task = batch.tasks.get(external_id="seg-1")
    with clock.at(NOW):
        claim = expert.post(f"/api/v1/tasks/{task.id}/claims/").json()
        draft = expert.put(f"/api/v1/claims/{claim['id']}/draft/", {"content": {"errors": []}}, format="json")
        stale = expert.put(f"/api/v1/claims/{claim['id']}/draft/", FLAWED, format="json", headers={"If-Match": '"7"'})
        submission = expert.post(f"/api/v1/claims/{claim['id']}/submit/", FLAWED, format="json").json()
        queue = manager.get("/api/v1/review-queue/").json()["results"]
        review = manager.post(
            f"/api/v1/submissions/{submission['id']}/reviews/",
            {"decision": "ACCEPT", "scores": {"completeness": 0.9}},
            format="json",
        )
        results = manager.get(f"/api/v1/batches/{batch.id}/results/").json()["results"]
        table, lines = (
            manager.get(f"/api/v1/batches/{batch.id}/results.{kind}").getvalue() for kind in ("csv", "jsonl")
        )

    assert (draft.status_code, draft["ETag"], stale.status_code) == (200, '"1"', 412)
    assert [row["id"] for row in queue] == [submission["id"]]
    assert review.status_code == 201
    assert [row["external_id"] for row in results] == ["seg-1"]
    assert results[0]["worker"].startswith("w_")
    assert b"Ada" not in table
    assert [row["external_id"] for row in csv.DictReader(io.StringIO(table.decode()))] == ["seg-1"]
    assert json.loads(lines)["content"] == FLAWED["content"]
    assert Earning.objects.count() == 1


def test_a_bad_row_is_named_by_line_and_field_and_nothing_is_imported(project: Project, olga: User) -> None:
    tasks = [{"external_id": "a"}, {"external_id": "", "wanted": 1.5}]
    answer = client_of(olga).post(
        f"/api/v1/projects/{project.id}/batches/", {"name": "x", "tasks": tasks}, format="json"
    )

    assert answer.status_code == 400
    assert {problem["pointer"] for problem in answer.json()["errors"]} == {"/rows/2/external_id", "/rows/2/wanted"}
    assert not Batch.objects.exists()


def test_the_same_tasks_again_are_the_same_batch(batch: Batch, project: Project, olga: User) -> None:
    again = client_of(olga).post(
        f"/api/v1/projects/{project.id}/batches/", {"name": "second", "tasks": TASKS}, format="json"
    )

    assert (again.status_code, again.json()["batch"]["id"]) == (200, str(batch.id))


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({"errors": [{"category": "x", "severity": "HUGE"}]}, "/content/errors/0/severity"),
        ({"errors": {}}, "/content/errors"),
        ({"label": "x"}, "/content/errors"),
        ([], "/content"),
    ],
)
def test_malformed_work_is_refused_by_field(batch: Batch, ada: Expert, content: Any, pointer: str) -> None:
    with clock.at(NOW):
        claim = work.claim_task(task_id=batch.tasks.get(external_id="seg-1").id, by=ada.user, now=NOW)
        answer = client_of(ada.user).post(f"/api/v1/claims/{claim.id}/submit/", {"content": content}, format="json")

    assert answer.status_code == 400
    assert pointer in [problem["pointer"] for problem in answer.json()["errors"]]
    assert not Submission.objects.exists()


def test_a_planted_error_is_nowhere_in_what_experts_and_clients_read(batch: Batch, ada: Expert, olga: User) -> None:
    task = batch.tasks.get(external_id="seg-2")

    answers = [
        client_of(user).get(path).getvalue().decode()
        for user in (ada.user, olga)
        for path in (f"/api/v1/tasks/{task.id}/", "/api/v1/claims/", f"/api/v1/batches/{batch.id}/results.csv")
    ]

    assert not any("Omission" in answer or "gold" in answer for answer in answers)


def test_other_people_find_nothing_and_roles_hold(batch: Batch, ada: Expert, acme: Organization, olga: User) -> None:
    mallory = people.make_user("Mallory Rival")
    people.make_organization(mallory, "Rival")
    chen = people.make_expert("Chen Wei")
    task = batch.tasks.get(external_id="seg-1")
    with clock.at(NOW):
        statuses = [
            client_of(mallory).get(f"/api/v1/batches/{batch.id}/").status_code,
            client_of(mallory).get(f"/api/v1/batches/{batch.id}/results.csv").status_code,
            client_of(mallory).get(f"/api/v1/tasks/{task.id}/").status_code,
            client_of(chen.user).post(f"/api/v1/tasks/{task.id}/claims/").status_code,
            client_of(olga).post(f"/api/v1/tasks/{task.id}/claims/").status_code,
            client_of(ada.user).get("/api/v1/review-queue/").status_code,
            APIClient().get("/api/v1/claims/").status_code,
        ]

    assert statuses == [404, 404, 404, 404, 403, 403, 401]


def test_an_api_key_imports_only_with_its_scope(project: Project, acme: Organization, olga: User) -> None:
    expires = clock.now() + timedelta(days=30)
    statuses = []
    for scopes in (["work.read"], ["work.read", "work.import"]):
        _, secret = create_api_key(
            organization_id=acme.id, name="ci", scopes=scopes, expires_at=expires, by=olga, now=clock.now()
        )
        client = APIClient(headers={"Authorization": f"Bearer {secret}"})
        body = {"name": "by key", "tasks": TASKS}
        statuses.append(client.post(f"/api/v1/projects/{project.id}/batches/", body, format="json").status_code)

    assert statuses == [403, 201]


def _engage_many(count: int) -> tuple[Batch, list[str]]:
    """Return a batch of one task for one expert, and the tokens of ``count`` experts who may claim it."""
    sync_catalogue()
    olga = people.make_user("Olga Owner")
    project = people.make_project(people.make_organization(olga), olga)
    opening = people.make_opening(project, olga, seats=count)
    line = people.pay_line_of(opening)
    first = people.make_expert("Expert Zero")
    users = User.objects.bulk_create(User(email=f"e{n}@example.org", full_name=f"E {n}") for n in range(1, count))
    experts = Expert.objects.bulk_create(
        Expert(
            user=user,
            state="ACTIVE",
            legal_name="E",
            preferred_name="E",
            residence_country="DE",
            tax_country="DE",
            bank_country="DE",
            timezone="UTC",
            weekly_capacity_minutes=60,
            created_at=START,
        )
        for user in users
    )
    for expert in [first, *experts]:
        offer = Offer.objects.create(
            opening=opening,
            expert=expert,
            pay_line=line,
            weekly_cap_minutes=60,
            terms={},
            state="ACCEPTED",
            sent_by=olga,
            sent_at=START,
            expires_at=NOW,
        )
        Engagement.objects.create(
            expert=expert,
            opening=opening,
            offer=offer,
            pay_line=line,
            weekly_cap_minutes=60,
            timezone="UTC",
            started_at=START,
        )
    outcome = work.import_batch(
        project_id=project.id, name="one", file_name="x.json", data=b'[{"external_id": "only"}]', by=olga, now=NOW
    )
    assert outcome.batch is not None
    return outcome.batch, [AuthToken.objects.create(user=expert.user)[1] for expert in [first, *experts]]


def test_of_200_claims_of_one_task_at_once_one_wins(fresh_database: str) -> None:
    batch, tokens = _engage_many(200)
    task = batch.tasks.get()
    shots = [Shot(f"/api/v1/tasks/{task.id}/claims/", {}, f"Token {token}") for token in tokens]

    with serve(fresh_database) as address:
        statuses, _ = fire(address, shots)

    assert statuses == {201: 1, 409: 199}
    assert Claim.objects.count() == 1
    task.refresh_from_db()
    assert task.taken == 1


def test_a_key_reads_work_and_the_queue_begins_with_what_waits_longest(
    batch: Batch, ada: Expert, acme: Organization, olga: User
) -> None:
    for minutes, task in enumerate(batch.tasks.order_by("external_id")):
        claim = work.claim_task(task_id=task.id, by=ada.user, now=NOW)
        work.submit(claim_id=claim.id, content={"errors": []}, by=ada.user, now=NOW + timedelta(minutes=minutes))
    expires = clock.now() + timedelta(days=30)
    _, secret = create_api_key(
        organization_id=acme.id, name="ci", scopes=["work.read"], expires_at=expires, by=olga, now=clock.now()
    )
    key = APIClient(headers={"Authorization": f"Bearer {secret}"})

    queue = client_of(olga).get("/api/v1/review-queue/").json()["results"]

    assert [row["external_id"] for row in queue] == ["seg-1", "seg-2"]
    assert len(key.get("/api/v1/submissions/").json()["results"]) == 2
    assert key.get(f"/api/v1/tasks/{batch.tasks.first().id}/").status_code == 200  # type: ignore[union-attr]


def test_a_refused_import_keeps_its_report_of_bad_rows(project: Project, olga: User) -> None:
    body = {"name": "x", "tasks": [{"external_id": "a", "wanted": "many"}]}
    client = client_of(olga)

    refused = client.post(
        f"/api/v1/projects/{project.id}/batches/", body, format="json", headers={"Idempotency-Key": "one"}
    )
    report = refused.json()["detail"].rsplit(" ", 1)[-1].rstrip(".")

    table = client.get(f"/api/v1/import-reports/{report}/errors.csv").content.decode()
    assert table.splitlines()[1].startswith("1,wanted,")


@pytest.mark.parametrize("score", ["0.5", True, 1.5, -0.1, None])
def test_a_score_that_is_no_share_is_refused_and_nothing_is_decided(
    batch: Batch, ada: Expert, olga: User, score: Any
) -> None:
    claim = work.claim_task(task_id=batch.tasks.get(external_id="seg-1").id, by=ada.user, now=NOW)
    submission = work.submit(claim_id=claim.id, content={"errors": []}, by=ada.user, now=NOW)

    answer = client_of(olga).post(
        f"/api/v1/submissions/{submission.id}/reviews/",
        {"decision": "ACCEPT", "scores": {"completeness": score}},
        format="json",
    )

    assert answer.status_code == 400
    submission.refresh_from_db()
    assert submission.state == Submission.State.SUBMITTED
