"""The evidence of a case unit by unit: what each did to the score, who sees which, disputes, drafts and files."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from common import clock
from common.errors import InvalidInput
from marketplace.identity.models import PlatformGrant, User
from marketplace.standing import commands as standing
from marketplace.standing.errors import AnswerTooLate, CaseNotFound, DisputedBefore, UnitNotFound
from marketplace.standing.models import Case, CaseDispute, CaseDraft
from marketplace.standing.queries import list_units
from marketplace.work.models import Review
from quality.facade import get_estimate, withdraw_judgments
from quality.models import Judgment
from tests.browser import standing_stories
from tests.browser.world import World, make_world
from tests.marketplace import people

pytestmark = pytest.mark.django_db

WORDS = "Both sentences were marked; see the second row."


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def case(world: World) -> Case:
    """The case about Ada with three reviewed units, the first of them judged harshly."""
    return Case.objects.get(id=standing_stories.reviewed_case(world)["case_id"])


@pytest.fixture
def harsh(case: Case) -> Review:
    return Review.objects.get(decision="REJECT")


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def api_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_the_unit_that_cost_most_stands_first_and_its_effect_is_what_the_score_lacks_without_it(
    case: Case, harsh: Review, world: World
) -> None:
    ada = world.people["Ada"]
    found = list_units(case, ada)
    first = found.units[0]
    codes = {"domain": case.domain, "locale": case.locale, "task_kind": case.task_kind}
    before = get_estimate(worker_id=ada.id, **codes).mean

    keys = list(
        Judgment.objects.filter(source_key__startswith=f"review:{harsh.id}").values_list("source_key", flat=True)
    )
    withdraw_judgments(source_keys=keys, reason_key="test", actor_id=world.people["Chen"].id, now=clock.now())
    without = get_estimate(worker_id=ada.id, **codes).mean

    assert found.are_counted
    assert (first.review, first.decision, first.scores) == (harsh.id, "Rejected", {"completeness": 0.1})
    assert first.effect is not None
    assert first.effect < 0 < (found.units[-1].effect or 0)
    assert first.effect == pytest.approx(before - without, abs=0.002)
    assert list_units(case, ada).units[-1].effect is None


def test_where_planted_items_decide_reviews_are_shown_and_do_not_count(world: World) -> None:
    case = Case.objects.get(id=standing_stories.a_case(world)["case_id"])

    found = list_units(case, world.people["Ada"])

    assert (found.are_counted, list(found.units)) == (False, [])


def test_a_manager_sees_the_units_of_their_own_organization_alone(case: Case, world: World) -> None:
    rita = people.make_user("Rita Rival")
    people.make_organization(rita, "Rival Words")

    assert len(list_units(case, world.people["Chen"]).units) == 3
    assert len(list_units(case, world.people["Goran"]).units) == 3
    assert list_units(case, rita).units == []


def test_a_unit_is_disputed_once_by_the_worker_while_the_window_is_open(
    case: Case, harsh: Review, world: World
) -> None:
    said = {"case_id": case.id, "review_id": harsh.id, "text": WORDS, "now": clock.now()}
    late = said | {"now": clock.now() + timedelta(days=8)}

    with pytest.raises(CaseNotFound):
        standing.dispute_unit(**said, by=world.people["Bola"])
    with pytest.raises(UnitNotFound):
        standing.dispute_unit(**said | {"review_id": uuid4()}, by=world.people["Ada"])
    with pytest.raises(InvalidInput):
        standing.dispute_unit(**said | {"text": "No."}, by=world.people["Ada"])
    with pytest.raises(AnswerTooLate):
        standing.dispute_unit(**late, by=world.people["Ada"])
    assert not CaseDispute.objects.exists()
    standing.dispute_unit(**said, by=world.people["Ada"])
    with pytest.raises(DisputedBefore):
        standing.dispute_unit(**said, by=world.people["Ada"])

    assert list_units(case, world.people["Goran"]).units[0].dispute == WORDS


def test_the_database_refuses_to_change_a_dispute(case: Case, harsh: Review, world: World) -> None:
    standing.dispute_unit(case_id=case.id, review_id=harsh.id, text=WORDS, by=world.people["Ada"], now=clock.now())

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute("UPDATE marketplace_casedispute SET text = 'x'")


def test_the_pages_show_the_dispute_to_who_decides_and_no_reviewers_name_to_the_worker(
    case: Case, harsh: Review, world: World
) -> None:
    ada, goran = browser_of(world.people["Ada"]), browser_of(world.people["Goran"])
    address = reverse("standing:dispute", args=[case.id, harsh.id])

    offered = ada.get(reverse("standing:case", args=[case.id])).content.decode()
    form = ada.get(address)
    refused = ada.post(address, {"text": "No."})
    done = ada.post(address, {"text": WORDS}, follow=True).content.decode()
    decider = goran.get(reverse("standing:case", args=[case.id])).content.decode()

    assert address in offered
    assert "Bola" not in offered
    assert (form.status_code, refused.status_code) == (200, 422)
    assert "Disputed" in done
    assert WORDS in decider
    assert "Dispute<span" not in decider
    assert goran.get(address).status_code == 403


def test_a_draft_is_kept_as_it_is_typed_for_the_worker_alone_and_goes_with_the_answer(case: Case, world: World) -> None:
    ada, page = browser_of(world.people["Ada"]), reverse("standing:case", args=[case.id])

    typed = ada.post(reverse("standing:case_draft", args=[case.id]), {"text": "I have been doing"})
    saved = ada.post(page, {"do": "draft", "text": "I have been doing this for years."})
    empty = ada.post(page, {"do": "draft", "text": " "})
    shown = ada.get(page).content.decode()
    to_others = browser_of(world.people["Goran"]).get(page).content.decode()
    strange = browser_of(world.people["Goran"]).post(reverse("standing:case_draft", args=[case.id]), {"text": "x"})
    kept = CaseDraft.objects.get().text
    ada.post(page, {"do": "answer", "text": "I have been doing this for years."})

    assert "Draft saved" in typed.content.decode()
    assert (saved.status_code, empty.status_code, strange.status_code) == (302, 422, 403)
    assert kept == "I have been doing this for years."
    assert kept in shown
    assert kept not in to_others
    assert not CaseDraft.objects.exists()
    assert Case.objects.get().answer_text == kept


def test_a_draft_goes_with_the_decision(case: Case, world: World) -> None:
    standing.save_answer_draft(case_id=case.id, text="Wait.", by=world.people["Ada"], now=clock.now())
    ivan = people.make_user("Ivan Operator")
    PlatformGrant.objects.create(user=ivan, role="OPERATOR", granted_by=None, granted_at=people.START)

    standing.decide_case(case_id=case.id, outcome="NO_ACTION", reason=standing_stories.TRIED, by=ivan, now=clock.now())

    assert not CaseDraft.objects.exists()


def test_the_file_of_a_case_has_every_unit_and_the_units_come_as_csv(case: Case, harsh: Review, world: World) -> None:
    ada = world.people["Ada"]
    api_of(ada).post(f"/api/v1/cases/{case.id}/disputes/", {"review": str(harsh.id), "text": WORDS}, format="json")

    file = api_of(ada).get(f"/api/v1/cases/{case.id}/file/").json()
    kept = browser_of(ada).get(f"/api/v1/cases/{case.id}/file/", headers={"accept": "text/html,*/*;q=0.8"})
    rows = list(
        csv.DictReader(
            io.StringIO(browser_of(ada).get(reverse("standing:case_units_csv", args=[case.id])).content.decode())
        )
    )

    assert (file["case"]["id"], len(file["units"]), file["are_units_counted"]) == (str(case.id), 3, True)
    assert [unit["effect"] for unit in kept.json()["units"]] == [unit["effect"] for unit in file["units"]]
    assert (file["units"][0]["dispute"], rows[0]["dispute"]) == (WORDS, WORDS)
    assert float(rows[0]["effect_points"]) == pytest.approx(100 * file["units"][0]["effect"], abs=0.001)
    assert "Bola" not in str(file) + str(rows)


@pytest.mark.parametrize("person", ["Dana", "Emre"])
def test_whoever_has_nothing_to_do_with_a_case_finds_nothing_of_it(case: Case, world: World, person: str) -> None:
    api = api_of(world.people[person])
    address = f"/api/v1/cases/{case.id}"

    answers = [
        api.get(f"{address}/file/").status_code,
        api.get(f"{address}/draft/").status_code,
        api.put(f"{address}/draft/", {"text": "x"}, format="json").status_code,
        api.post(f"{address}/disputes/", {"review": str(uuid4()), "text": WORDS}, format="json").status_code,
    ]

    assert answers == [404, 403, 403, 403]
    assert browser_of(world.people[person]).get(f"/cases/{case.id}/units.csv").status_code == 403


def test_a_draft_is_read_and_written_over_the_api(case: Case, world: World) -> None:
    api, address = api_of(world.people["Ada"]), f"/api/v1/cases/{case.id}/draft/"

    none = api.get(address).json()
    written: dict[str, Any] = api.put(address, {"text": "Wait."}, format="json").json()
    read = api.get(address).json()
    gone = api.put(address, {"text": ""}, format="json").json()

    assert none == gone == {"text": "", "saved_at": None}
    assert written == read
    assert written["text"] == "Wait."
    assert api.put(f"/api/v1/cases/{uuid4()}/draft/", {"text": "x"}, format="json").status_code == 404
