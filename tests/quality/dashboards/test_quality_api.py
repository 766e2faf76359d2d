"""Who reads whose quality over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from common import permissions
from common.errors import NotPermitted
from marketplace.models import User
from quality.dashboards.queries import visible_heat_map
from quality.facade import ScopeCodes, refit
from tests.factories.quality import LAW, NOW, MakeWorker, give_gold

WORKERS = "/api/v1/quality/workers"
ESTIMATES = "/api/v1/quality/estimates/"
SCOPE = {"domain": "law/tax", "locale": "es-BO", "task_kind": "rubric"}

type Allow = Callable[..., None]


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> Allow:
    """Say who holds which grant, and whose work they may see."""
    grants: dict[UUID, set[str]] = {}
    workers: dict[UUID, list[UUID]] = {}

    def answer(user: Any, code: str, tenant: UUID | None) -> bool:
        return code in grants.get(user.pk, set())

    monkeypatch.setattr(permissions, "_grant_providers", [answer])
    monkeypatch.setattr(permissions, "_worker_providers", [lambda user: workers.get(user.pk, [])])

    def give(user: User, *codes: str, sees: tuple[User, ...] = ()) -> None:
        grants[user.pk] = set(codes)
        workers[user.pk] = [worker.pk for worker in sees]

    return give


@pytest.fixture
def ada(person: MakeWorker, allow: Allow) -> User:
    ada = person("Ada")
    for name, missed in (("Ada", 4), ("Bola", 1), ("Chen", 2)):
        give_gold(person(name).id, found=12, missed=missed)
    refit(now=NOW)
    allow(ada, "quality.own")
    return ada


def client_of(user: User | None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


def test_a_worker_reads_why_the_own_score_is_what_it_is(ada: User) -> None:
    response = client_of(ada).get(f"{WORKERS}/{ada.id}/", SCOPE)

    body = response.json()
    assert response.status_code == 200
    assert body["scope"] == SCOPE
    assert body["interval90"][0] < body["score"] < body["interval90"][1]
    assert body["prior"] + sum(line["delta"] for line in body["why"]) == pytest.approx(body["score"], abs=1e-9)
    assert [line["words"] for line in body["why"]] == [
        "Found 12 planted errors in this work",
        "Missed 4 planted errors in this work",
    ]
    assert (body["n_eff"], body["is_inherited"]) == (pytest.approx(16), False)


def test_nothing_in_the_answer_names_a_planted_item(ada: User) -> None:
    text = client_of(ada).get(f"{WORKERS}/{ada.id}/", SCOPE).content.decode()

    assert "task:" not in text
    assert "answer:" not in text


def test_another_workers_score_does_not_exist_for_a_worker(ada: User, person: MakeWorker) -> None:
    other = client_of(ada).get(f"{WORKERS}/{person('Bola').id}/", SCOPE)
    nobody = client_of(ada).get(f"{WORKERS}/{uuid4()}/", SCOPE)

    assert (other.status_code, nobody.status_code) == (404, 404)
    assert other.json()["detail"] == nobody.json()["detail"]


def test_a_manager_reads_the_workers_they_may_see_and_no_others(ada: User, person: MakeWorker, allow: Allow) -> None:
    dara = person("Dara")
    allow(dara, "quality.read", sees=(ada,))

    seen = client_of(dara).get(f"{WORKERS}/{ada.id}/", SCOPE)
    unseen = client_of(dara).get(f"{WORKERS}/{person('Bola').id}/history/", SCOPE)

    assert (seen.status_code, unseen.status_code) == (200, 404)


def test_a_role_that_never_reads_quality_is_refused(ada: User, person: MakeWorker, allow: Allow) -> None:
    allow(person("Fay"), "finance.read", sees=(ada,))
    client = client_of(person("Fay"))

    answers = [client.get(f"{WORKERS}/{ada.id}/"), client.get(f"{WORKERS}/{ada.id}/history/"), client.get(ESTIMATES)]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_nobody_reads_without_logging_in(ada: User) -> None:
    answers = [client_of(None).get(url) for url in (f"{WORKERS}/{ada.id}/", f"{WORKERS}/{ada.id}/history/", ESTIMATES)]

    assert [answer.status_code for answer in answers] == [401, 401, 401]


def test_the_list_holds_own_and_visible_estimates_alone(ada: User, person: MakeWorker, allow: Allow) -> None:
    dara = person("Dara")
    allow(dara, "quality.read", sees=(ada, person("Chen")))

    own = client_of(ada).get(ESTIMATES).json()["results"]
    seen = client_of(dara).get(ESTIMATES, {"limit": 200}).json()["results"]
    leaf = client_of(dara).get(ESTIMATES, {"worker": str(ada.id), **SCOPE}).json()["results"]

    assert {row["worker_id"] for row in own} == {str(ada.id)}
    assert {row["worker_id"] for row in seen} == {str(ada.id), str(person("Chen").id)}
    assert len(seen) == 8
    assert [row["scope"] for row in leaf] == [SCOPE]


def test_the_list_comes_in_pages(ada: User) -> None:
    first = client_of(ada).get(ESTIMATES, {"limit": 3}).json()

    second = client_of(ada).get(first["next"]).json()

    assert (len(first["results"]), len(second["results"]), second["next"]) == (3, 1, None)


@pytest.mark.parametrize("query", [{"colour": "red"}, {"domain": "x" * 121}, {"locale": "a\x00"}, {"worker": "me"}])
def test_a_filter_that_is_unknown_or_malformed_is_refused(ada: User, query: dict[str, str]) -> None:
    assert client_of(ada).get(ESTIMATES, query).status_code == 400


def test_history_is_oldest_first(ada: User) -> None:
    points = client_of(ada).get(f"{WORKERS}/{ada.id}/history/", SCOPE).json()

    assert [round(point["n_eff"]) for point in points] == [16, 16]
    assert set(points[0]) == {"as_of", "score", "interval90", "n_eff"}


def test_the_heat_map_leaves_out_whom_the_reader_may_not_see(ada: User, person: MakeWorker, allow: Allow) -> None:
    dara, bola = person("Dara"), person("Bola")
    allow(dara, "quality.read", sees=(ada,))
    scopes = [LAW, ScopeCodes("coding")]

    table = visible_heat_map(dara, [ada.id, bola.id], scopes)

    assert list(table) == [ada.id]
    assert [table[ada.id][scope].is_inherited for scope in scopes] == [False, True]


def test_the_heat_map_is_refused_to_a_role_that_never_reads_quality(
    ada: User, person: MakeWorker, allow: Allow
) -> None:
    allow(person("Fay"), "finance.read", sees=(ada,))

    with pytest.raises(NotPermitted):
        visible_heat_map(person("Fay"), [ada.id], [LAW])
