"""Cases over HTTP, role by role: who lists, reads, opens, answers, decides, appeals and hears, and who is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from common import clock
from marketplace.experts.models import Expert, Restriction
from marketplace.identity.commands import grant_platform_role
from marketplace.identity.models import Organization, User
from marketplace.projects.models import Project
from marketplace.standing import commands as standing
from marketplace.standing.models import Case
from quality.facade import ScopeCodes
from tests.marketplace import people
from tests.marketplace.clients import client_of, platform_person
from tests.marketplace.people import NOW

SCOPE = ScopeCodes("linguistics/translation", "de-DE", "rubric")
WHY = "Eleven of the last fourteen planted errors were missed, after feedback had been given twice."
TRIED = "Feedback on 30 October and on 3 November, each with three examples of missed errors."
WEEK = timedelta(days=7)

type People = dict[str, User | None]
type Statuses = dict[str, int]


@pytest.fixture
def ada(project: Project, olga: User) -> Expert:
    """Ada works in the project."""
    ada = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(project, olga), ada, olga)
    return ada


@pytest.fixture
def everybody(ada: Expert, acme: Organization, olga: User, paula: User) -> People:
    """One person a role; Olga opens the case, Omar decides it, Nina takes no part."""
    elsewhere = people.make_user("Ed Elsewhere")
    people.make_organization(elsewhere, name="Other")
    return {
        "nobody": None,
        "the worker": ada.user,
        "another expert": people.make_expert("Emil Quispe").user,
        "owner": olga,
        "manager": people.add_member(acme, olga, "Mia Manager", "PROJECT_MANAGER"),
        "reviewer": people.add_member(acme, olga, "Rea Reviewer", "REVIEWER"),
        "owner elsewhere": elsewhere,
        "finance": paula,
        "operator": platform_person("Omar Operator", "OPERATOR"),
        "other operator": platform_person("Nina Next", "OPERATOR"),
        "auditor": platform_person("Aiko Auditor", "AUDITOR"),
    }


@pytest.fixture
def opened(ada: Expert, everybody: People, olga: User) -> Case:
    """Olga's report that asks for a pause; Ada is not told yet."""
    return standing.report_case(
        worker_id=ada.user_id, scope=SCOPE, kind="PAUSE", report=WHY, tried=TRIED, by=olga, now=NOW
    )


@pytest.fixture
def noticed(opened: Case) -> Case:
    standing.give_notice(case_id=opened.id, now=NOW)
    return opened


@pytest.fixture
def paused(noticed: Case, everybody: People) -> Case:
    omar = everybody["operator"]
    assert omar is not None
    return standing.decide_case(case_id=noticed.id, outcome="PAUSED", reason=WHY, by=omar, now=NOW + WEEK)


@pytest.fixture
def appealed(paused: Case, ada: Expert) -> Case:
    text = "Nine of these eleven keys were wrong."
    return standing.appeal_case(case_id=paused.id, text=text, by=ada.user, now=NOW + WEEK)


def ask(everybody: People, path: str, body: dict[str, Any] | None = None, *, now: Any = NOW) -> Statuses:
    """Let everybody ask the same, each as if nobody had before, and return what they were answered."""
    statuses = {}
    for role, user in everybody.items():
        with clock.at(now), transaction.atomic():
            client = client_of(user)
            answer = client.get(f"/api/v1/{path}") if body is None else client.post(f"/api/v1/{path}", body)
            statuses[role] = answer.status_code
            transaction.set_rollback(True)
    return statuses


def every(everybody: People, otherwise: int, **known: int) -> Statuses:
    """Return a line of the table: ``otherwise`` for whoever is not named; nobody is always asked to log in."""
    named = {role.replace("_", " "): status for role, status in known.items()}
    assert set(named) <= set(everybody)
    return dict.fromkeys(everybody, otherwise) | {"nobody": 401} | named


def test_a_list_holds_what_concerns_the_caller(everybody: People, noticed: Case) -> None:
    seen = {}
    for role, user in everybody.items():
        answer = client_of(user).get("/api/v1/cases/")
        seen[role] = len(answer.json()["results"]) if answer.status_code == 200 else answer.status_code

    assert seen == every(everybody, 0, the_worker=1, owner=1, manager=1, operator=1, other_operator=1, auditor=1)


def test_a_case_is_read_by_its_worker_its_organization_operators_and_auditors(everybody: People, noticed: Case) -> None:
    answered = ask(everybody, f"cases/{noticed.id}/")

    assert answered == every(
        everybody, 404, the_worker=200, owner=200, manager=200, operator=200, other_operator=200, auditor=200
    )


def test_before_the_notice_the_worker_does_not_find_it(everybody: People, opened: Case) -> None:
    asked = {role: everybody[role] for role in ("the worker", "manager")}

    assert ask(asked, f"cases/{opened.id}/") == {"the worker": 404, "manager": 200}


def test_managers_and_operators_open_about_people_whose_work_they_see(everybody: People, ada: Expert) -> None:
    body = {"worker": str(ada.user_id), "kind": "COACH", "report": WHY, "tried": TRIED, "domain": SCOPE.domain}

    answered = ask(everybody, "cases/", body)

    assert answered == every(
        everybody, 403, owner=201, manager=201, owner_elsewhere=404, operator=201, other_operator=201
    )
    assert not Case.objects.exists()


def test_the_worker_alone_answers_and_takes_more_time(everybody: People, noticed: Case) -> None:
    expected = every(everybody, 403, the_worker=200, another_expert=404)

    assert ask(everybody, f"cases/{noticed.id}/answer/", {"text": "The guidelines changed."}) == expected
    assert ask(everybody, f"cases/{noticed.id}/extension/", {}) == expected


def test_operators_alone_decide_or_pause_urgently(everybody: People, noticed: Case) -> None:
    expected = every(everybody, 403, operator=200, other_operator=200)
    decision = {"outcome": "PAUSED", "reason": WHY}
    urgent = {"code": "FRAUD", "reason": WHY}

    assert ask(everybody, f"cases/{noticed.id}/decision/", decision, now=NOW + WEEK) == expected
    assert ask(everybody, f"cases/{noticed.id}/urgent-pause/", urgent) == expected


def test_an_operator_who_opened_it_does_not_decide(everybody: People, ada: Expert) -> None:
    omar = everybody["operator"]
    assert omar is not None
    case = standing.report_case(
        worker_id=ada.user_id, scope=SCOPE, kind="PAUSE", report=WHY, tried=TRIED, by=omar, now=NOW
    )
    asked = {role: everybody[role] for role in ("operator", "other operator", "manager")}

    answered = ask(asked, f"cases/{case.id}/decision/", {"outcome": "NO_ACTION", "reason": WHY})

    assert answered == {"operator": 403, "other operator": 200, "manager": 403}


def test_the_worker_alone_appeals(everybody: People, paused: Case) -> None:
    body = {"text": "Nine of these eleven keys were wrong."}

    answered = ask(everybody, f"cases/{paused.id}/appeal/", body, now=NOW + WEEK)

    assert answered == every(everybody, 403, the_worker=200, another_expert=404)


def test_only_an_operator_who_took_no_part_hears_the_appeal(everybody: People, appealed: Case) -> None:
    body = {"outcome": "OVERTURNED", "answer": WHY}

    answered = ask(everybody, f"cases/{appealed.id}/appeal/decision/", body, now=NOW + WEEK)

    assert answered == every(everybody, 403, other_operator=200)


def test_everybody_who_is_logged_in_reads_the_numbers(everybody: People, paused: Case) -> None:
    assert ask(everybody, "cases/numbers/", now=NOW + WEEK) == every(everybody, 200)


def test_operators_and_auditors_read_whom_pauses_fall_on(everybody: People, paused: Case) -> None:
    expected = every(everybody, 403, operator=200, other_operator=200, auditor=200)

    assert ask(everybody, "cases/impact/", now=NOW + WEEK) == expected


@pytest.mark.parametrize("model", ["case", "restriction"])
def test_in_the_admin_operators_read_cases_and_restrictions_and_nobody_writes(
    everybody: People, paused: Case, model: str
) -> None:
    olivia = people.make_user("Olivia Operator")
    grant_platform_role(user_id=olivia.id, role="OPERATOR", by=None, now=people.START)
    row = {"case": Case, "restriction": Restriction}[model].objects.get()
    paths = ("", f"{row.pk}/change/", "add/", f"{row.pk}/delete/")

    def browse(user: User | None) -> list[int]:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return [client.get(f"/admin/marketplace/{model}/{path}").status_code for path in paths]

    assert browse(olivia) == [200, 200, 403, 403]
    assert [browse(everybody[role]) for role in ("the worker", "manager", "finance")] == [[302] * 4] * 3


def test_in_the_admin_an_operator_does_not_find_a_case_about_themselves(everybody: People, opened: Case) -> None:
    grant_platform_role(user_id=opened.worker_id, role="OPERATOR", by=None, now=people.START)
    client = Client()
    client.force_login(opened.worker, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get("/admin/marketplace/case/").status_code == 200
    assert client.get(f"/admin/marketplace/case/{opened.pk}/change/").status_code == 302
