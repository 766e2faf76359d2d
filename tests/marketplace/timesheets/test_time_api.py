"""Time over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from common import clock
from common.money import Money
from marketplace.experts.models import Expert
from marketplace.identity.models import User
from marketplace.projects.models import Project
from marketplace.staffing.models import Engagement
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.timesheets.models import TimeDecision, TimeEntry
from payouts.earnings.models import Earning
from tests.marketplace import people
from tests.marketplace.people import NOW
from tests.racing import Shot, fire, serve


def client_of(user: User) -> APIClient:
    """Return a client that is logged in as ``user``."""
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def bola(project: Project) -> Expert:
    """Return an expert."""
    return people.make_expert("Bola Ade")


@pytest.fixture
def engagement(project: Project, olga: User, bola: Expert) -> Engagement:
    """Return an engagement paid 30.00 EUR an hour."""
    return people.hire(people.make_opening(project, olga, unit="HOUR", rate=Money(3000, "EUR")), bola, olga)


def entry_body(hired: Engagement, **changes: Any) -> dict[str, Any]:
    """Return an hour entered by hand."""
    body = {
        "engagement": str(hired.id),
        "starts_at": "2026-11-12T08:00:00+00:00",
        "ends_at": "2026-11-12T09:00:00+00:00",
        "reason": "On the train.",
    }
    return body | changes


def test_an_hour_is_entered_approved_and_paid(engagement: Engagement, bola: Expert, olga: User) -> None:
    with clock.at(NOW):
        entered = client_of(bola.user).post("/api/v1/time/entries/", entry_body(engagement), format="json")
        approved = client_of(olga).post(
            "/api/v1/time/entries/approve/", {"entries": [entered.data["id"]]}, format="json"
        )

    assert (entered.status_code, entered.data["state"]) == (201, "SUBMITTED")
    assert approved.data[0]["approved_seconds"] == 3600
    assert Earning.objects.get().amount_minor == 3000


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"starts_at": "2026-11-12T08:00:00"}, "/starts_at"),
        ({"ends_at": "2026-11-12T07:00:00+00:00"}, "/ends_at"),
        ({"ends_at": "2026-11-13T08:00:01+00:00"}, "/ends_at"),
        ({"starts_at": "2026-02-30T08:00:00+00:00"}, "/starts_at"),
        ({"ends_at": "2026-11-12T09:00:00+25:00"}, "/ends_at"),
        ({"starts_at": 5}, "/starts_at"),
        ({"reason": "late \u202e work"}, "/reason"),
        ({"reason": "  "}, "/reason"),
        ({"hours": 3}, "/hours"),
        ({"engagement": "me"}, "/engagement"),
    ],
)
def test_bad_time_names_its_field_and_stores_nothing(
    engagement: Engagement, bola: Expert, changes: dict[str, Any], pointer: str
) -> None:
    with clock.at(NOW):
        answer = client_of(bola.user).post("/api/v1/time/entries/", entry_body(engagement, **changes), format="json")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert pointer in [problem["pointer"] for problem in answer.json()["errors"]]
    assert not TimeEntry.objects.exists()


def test_overlapping_time_is_a_conflict_with_a_reason(engagement: Engagement, bola: Expert) -> None:
    client = client_of(bola.user)
    with clock.at(NOW):
        client.post("/api/v1/time/entries/", entry_body(engagement), format="json")
        again = client.post("/api/v1/time/entries/", entry_body(engagement), format="json")

    assert (again.status_code, again.json()["code"]) == (409, "time_overlaps")
    assert TimeEntry.objects.count() == 1


def test_a_cut_needs_a_code_and_words_and_is_told(engagement: Engagement, bola: Expert, olga: User) -> None:
    with clock.at(NOW):
        entry = client_of(bola.user).post("/api/v1/time/entries/", entry_body(engagement), format="json").data
        path = f"/api/v1/time/entries/{entry['id']}/cut/"
        refused = client_of(olga).post(path, {"approved_seconds": 60}, format="json")
        cut = {"approved_seconds": 60, "reason_code": "NO_OUTPUT", "reason_text": "Nothing was saved."}
        done = client_of(olga).post(path, cut, format="json")

    assert refused.status_code == 400
    assert (done.status_code, done.data["approved_seconds"]) == (200, 60)
    assert TimeDecision.objects.count() == 1


def test_others_find_no_entry_and_experts_approve_nothing(engagement: Engagement, bola: Expert, olga: User) -> None:
    mallory = people.make_user("Mallory Rival")
    people.make_organization(mallory, "Rival")
    with clock.at(NOW):
        entry = client_of(bola.user).post("/api/v1/time/entries/", entry_body(engagement), format="json").data
        body = {"entries": [entry["id"]]}
        answers = [
            client_of(mallory).get(f"/api/v1/time/entries/{entry['id']}/").status_code,
            client_of(mallory).post("/api/v1/time/entries/approve/", body, format="json").status_code,
            client_of(bola.user).post("/api/v1/time/entries/approve/", body, format="json").status_code,
            APIClient().get("/api/v1/time/entries/").status_code,
        ]

    assert answers == [404, 404, 403, 401]
    assert TimeEntry.objects.get().state == TimeEntry.State.SUBMITTED


def test_the_weekly_sheet_states_its_instants(engagement: Engagement, bola: Expert) -> None:
    client = client_of(bola.user)
    with clock.at(NOW):
        client.post("/api/v1/time/entries/", entry_body(engagement), format="json")
        sheet = client.get(f"/api/v1/time/weeks/?engagement={engagement.id}&day=2026-11-12").json()

    assert sheet["starts_at"] == "2026-11-09T04:00:00Z"
    assert sheet["days"] == [{"day": "2026-11-12", "seconds": 3600}]


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30", "today"])
def test_a_week_that_no_calendar_shows_is_refused_by_its_field(engagement: Engagement, bola: Expert, day: str) -> None:
    answer = client_of(bola.user).get(f"/api/v1/time/weeks/?engagement={engagement.id}&day={day}")

    assert answer.status_code == 400
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/day"]


def test_of_50_overlapping_entries_at_once_one_is_stored(fresh_database: str) -> None:
    sync_catalogue()
    olga, bola = people.make_user("Olga Owner"), people.make_expert("Bola Ade")
    project = people.make_project(people.make_organization(olga), olga)
    opening = people.make_opening(project, olga, unit="HOUR", rate=Money(3000, "EUR"))
    engagement = people.hire(opening, bola, olga)
    _, secret = AuthToken.objects.create(user=bola.user)
    now = datetime.now(tz=UTC)
    shots = [
        Shot(
            "/api/v1/time/entries/",
            entry_body(
                engagement,
                starts_at=(now - timedelta(minutes=90 + offset)).isoformat(),
                ends_at=(now - timedelta(minutes=30)).isoformat(),
            ),
            f"Token {secret}",
        )
        for offset in range(50)
    ]

    with serve(fresh_database) as address:
        statuses, answers = fire(address, shots)

    assert statuses == {201: 1, 409: 49}
    assert {answer["code"] for answer in answers if "code" in answer} == {"time_overlaps"}
    assert TimeEntry.objects.count() == 1
