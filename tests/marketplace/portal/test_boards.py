"""Who may open which board, and what its figures say."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client

from common import clock
from marketplace.identity.models import Organization, User
from marketplace.portal.rules import chance_above, last_of_each_week, sum_by_chart_state
from marketplace.projects.models import Project
from marketplace.staffing.models import Invitation, Offer
from tests.marketplace import people

pytestmark = pytest.mark.django_db


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_strangers_project_opening_and_people_are_not_there(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga)
    rita = people.make_user("Rita Rival")
    people.make_organization(rita, "Rival Words")
    client = browser_of(rita)

    with clock.at(people.NOW):
        answers = [
            client.get(path).status_code
            for path in (
                f"/board/projects/{project.id}/",
                f"/board/projects/{project.id}/edit/",
                f"/board/openings/{opening.id}/",
                f"/board/openings/{opening.id}/rules/",
                f"/board/openings/{opening.id}/people/",
            )
        ]

    assert answers == [404] * 5


def test_a_reviewer_sees_the_board_and_may_neither_staff_nor_edit(
    project: Project, acme: Organization, olga: User
) -> None:
    opening = people.make_opening(project, olga)
    rui = people.add_member(acme, olga, "Rui Reviewer", "REVIEWER")
    client = browser_of(rui)

    with clock.at(people.NOW):
        board = client.get("/board/")
        staffing = client.get(f"/board/openings/{opening.id}/")
        editing = client.post(f"/board/projects/{project.id}/state/", {"to": "PAUSED"})

    assert (board.status_code, staffing.status_code, editing.status_code) == (200, 403, 403)
    assert Project.objects.get().state == "PRODUCTION"


def test_an_expert_has_no_board_and_a_manager_no_home(project: Project, olga: User) -> None:
    ada = people.make_expert("Ada Quispe")

    with clock.at(people.NOW):
        assert browser_of(ada.user).get("/board/").status_code == 403
        assert browser_of(olga).get("/home/").status_code == 403
        assert browser_of(ada.user).get("/").headers["Location"] == "/home/"
        assert browser_of(olga).get("/").headers["Location"] == "/board/"


def test_an_invitation_of_nobody_is_refused_and_sends_nothing(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga)

    with clock.at(people.NOW):
        answer = browser_of(olga).post(f"/board/openings/{opening.id}/invite/", {"message": "Come"})

    assert answer.status_code == 400
    assert "Choose at least one person" in answer.content.decode()
    assert Invitation.objects.count() == 0


def test_an_offer_above_the_openings_hours_is_refused_at_the_form(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga)
    ada = people.make_expert("Ada Quispe")
    sent = {
        "pay_line_id": str(people.pay_line_of(opening).id),
        "weekly_hours": "41",
        "expires_at": (people.NOW + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M"),
    }

    with clock.at(people.NOW):
        answer = browser_of(olga).post(f"/board/openings/{opening.id}/people/{ada.id}/", sent)

    assert answer.status_code == 422
    assert "2400 minutes" in answer.content.decode()
    assert Offer.objects.count() == 0


def test_the_map_as_csv_names_each_person_and_scope_and_runs_no_formula(project: Project, olga: User) -> None:
    ada = people.make_expert("Ada Quispe")
    type(ada).objects.filter(id=ada.id).update(preferred_name="=HYPERLINK(1)")
    people.hire(people.make_opening(project, olga), ada, olga)

    with clock.at(people.NOW):
        answer = browser_of(olga).get("/board/quality/map.csv")

    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert row["person"] == "'=HYPERLINK(1)"
    assert (row["domain"], row["locale"], row["task_kind"]) == ("linguistics/translation", "de-DE", "rubric")
    assert row["inherited"] == "yes"
    assert float(row["low90"]) < float(row["mean"]) < float(row["high90"])


def test_the_chance_above_the_bar_is_half_at_the_bar_and_grows_with_the_distance() -> None:
    assert chance_above(0.8, 0.7, 0.9, 0.8) == pytest.approx(0.5)
    assert chance_above(0.9, 0.8, 1.0, 0.8) == pytest.approx(0.95, abs=0.001)
    assert chance_above(0.7, 0.6, 0.8, 0.8) == pytest.approx(0.05, abs=0.001)
    assert chance_above(0.9, 0.9, 0.9, 0.8) == 1


def test_held_money_counts_as_approved_and_reversed_money_not_at_all() -> None:
    sums = sum_by_chart_state({"APPROVED": 100, "HELD": 20, "PAID": 7, "REVERSED": 900, "IN_CYCLE": 3})

    assert sums == {"approved": 120, "paid": 7, "in_cycle": 3}


def test_the_last_point_of_each_week_is_kept_and_only_the_newest_weeks() -> None:
    points = [(date(2026, 11, day), day) for day in (2, 4, 9, 15, 16)]

    assert last_of_each_week(points, 2) == [(date(2026, 11, 9), 15), (date(2026, 11, 16), 16)]
