"""Which falls the night keeps, who reads them, and what the database refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from rest_framework.test import APIClient

from common import clock, permissions
from marketplace.models import User
from quality.facade import propose, refit
from quality.models import DriftAlarm
from tests.factories.quality import LAW, NOW, MakeWorker, give_gold

ALARMS = "/api/v1/quality/drift-alarms/"
LATER = NOW + timedelta(days=90)
NIGHT = timedelta(days=1)

type Client = Callable[..., APIClient]


@pytest.fixture
def ada(person: MakeWorker) -> User:
    """Ada found 190 of 200 planted errors in August, and 20 of 32 three months later; the night has found it."""
    for name in ("Ada", "Bola"):
        give_gold(person(name).id, found=190, missed=10)
    refit(now=NOW)
    give_gold(person("Ada").id, found=20, missed=12, at=LATER)
    propose(now=LATER)
    return person("Ada")


@pytest.fixture
def client_of(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Log somebody in with these grants, who sees these workers."""

    def start(user: User, *codes: str, sees: tuple[User, ...] = ()) -> APIClient:
        def answer(asked: Any, code: str, tenant: UUID | None) -> bool:
            return asked.pk == user.pk and code in codes

        monkeypatch.setattr(permissions, "_grant_providers", [answer])
        monkeypatch.setattr(permissions, "_worker_providers", [lambda asked: [worker.pk for worker in sees]])
        client = APIClient()
        client.force_authenticate(user)
        return client

    return start


def test_the_night_raises_one_alarm_for_a_fall(ada: User) -> None:
    row = DriftAlarm.objects.select_related("scope").get()

    assert (row.worker, row.scope.codes, row.raised_at, row.checked_at, row.ended_at) == (ada, LAW, LATER, LATER, None)
    assert row.mean_after < row.mean_before
    assert row.evidence >= 6


def test_the_next_night_renews_the_alarm_and_raises_none(ada: User) -> None:
    before = DriftAlarm.objects.get()
    give_gold(ada.id, found=0, missed=5, at=LATER + NIGHT, tag="more")
    propose(now=LATER + NIGHT)

    after = DriftAlarm.objects.get()
    assert (after.raised_at, after.checked_at) == (LATER, LATER + NIGHT)
    assert after.answers == before.answers + 5
    assert after.evidence > before.evidence


def test_an_alarm_ends_when_the_work_has_risen_and_a_new_fall_is_a_new_one(ada: User) -> None:
    give_gold(ada.id, found=200, missed=0, at=LATER + NIGHT)
    propose(now=LATER + NIGHT)
    ended = DriftAlarm.objects.get()
    give_gold(ada.id, found=0, missed=20, at=LATER + 2 * NIGHT)
    propose(now=LATER + 2 * NIGHT)

    assert ended.ended_at == LATER + NIGHT
    assert list(DriftAlarm.objects.order_by("id").values_list("raised_at", "ended_at")) == [
        (LATER, LATER + NIGHT),
        (LATER + 2 * NIGHT, None),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE quality_driftalarm SET worker_id = gen_random_uuid()",
        "UPDATE quality_driftalarm SET mean_before = 1.2",
        "UPDATE quality_driftalarm SET ended_at = raised_at - interval '1 day'",
        "UPDATE quality_driftalarm SET answers = 0",
        "DELETE FROM quality_driftalarm",
    ],
)
def test_the_database_refuses_an_alarm_that_cannot_be(ada: User, change: str) -> None:
    with pytest.raises(DatabaseError, match=r"drift_alarm|Cannot"), transaction.atomic():
        connection.cursor().execute(change)


def test_the_database_refuses_to_change_an_alarm_that_has_ended_and_a_second_one_at_a_time(ada: User) -> None:
    row = DriftAlarm.objects.get()
    row.pk = UUID(int=1)
    with pytest.raises(IntegrityError, match="drift_alarm_one_at_a_time"), transaction.atomic():
        row.save(force_insert=True)

    DriftAlarm.objects.update(ended_at=LATER)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        DriftAlarm.objects.update(ended_at=None)


def test_a_worker_reads_the_own_alarm_and_a_manager_those_of_the_own_people(
    ada: User, person: MakeWorker, client_of: Client
) -> None:
    own = client_of(ada, "quality.own").get(ALARMS).json()["results"]
    of_others = client_of(person("Bola"), "quality.own").get(ALARMS).json()["results"]
    seen = client_of(person("Dara"), "quality.read", sees=(ada,)).get(ALARMS, {"worker": str(ada.id)}).json()["results"]
    unseen = client_of(person("Emre"), "quality.read").get(ALARMS).json()["results"]

    assert [row["worker_id"] for row in own] == [row["worker_id"] for row in seen] == [str(ada.id)]
    assert of_others == unseen == []
    drift = seen[0]["drift"]
    assert drift["from_interval90"][0] < drift["from_score"] < drift["from_interval90"][1]
    assert drift["to_score"] < drift["from_score"]
    assert "task:" not in str(seen)


def test_a_role_that_never_reads_quality_is_refused(ada: User, person: MakeWorker, client_of: Client) -> None:
    assert client_of(person("Fay"), "finance.read", sees=(ada,)).get(ALARMS).status_code == 403
    assert client_of(person("Dara"), "quality.read").get(ALARMS, {"colour": "red"}).status_code == 400
    assert APIClient().get(ALARMS).status_code == 401


def test_an_estimate_tells_the_fall_as_a_part_of_its_explanation(
    ada: User, person: MakeWorker, client_of: Client
) -> None:
    codes = {"domain": LAW.domain, "locale": LAW.locale, "task_kind": LAW.task_kind}
    with clock.at(LATER):
        fallen = client_of(ada, "quality.own").get(f"/api/v1/quality/workers/{ada.id}/", codes).json()
        bola = person("Bola")
        steady = client_of(bola, "quality.own").get(f"/api/v1/quality/workers/{bola.id}/", codes).json()

    assert set(fallen["drift"]) == {
        "since",
        "from_score",
        "from_interval90",
        "to_score",
        "to_interval90",
        "answers",
        "how_sure",
    }
    assert steady["drift"] is None
