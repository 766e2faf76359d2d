"""Evidence that was wrong is taken back: scores are worked out anew, what changed is listed, people are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

from common.errors import FourEyesRequired, InvalidInput, NotPermitted
from common.events import deliver_due
from marketplace.models import Membership, Notice, Organization, User
from quality.errors import GoldAlreadyRetired, GoldNotFound, NothingToWithdraw
from quality.facade import (
    GoldKind,
    JudgmentKind,
    NewGold,
    NewGoldResult,
    NewJudgment,
    get_estimate,
    plant_gold,
    record_gold_results,
    record_judgments,
    refit,
    withdraw_gold,
    withdraw_reviewer,
)
from quality.models import GoldItem, Judgment, Withdrawal, WithdrawalEffect
from tests.factories.quality import LAW, NOW, MakeWorker

SCOPE = {"domain": LAW.domain, "locale": LAW.locale, "task_kind": LAW.task_kind}
WHY = "The key names an error that the text does not have."


@pytest.fixture
def chen(person: MakeWorker) -> User:
    """A project manager of Acme, where people met planted items and were reviewed by harsh Hedda and fair Finn."""
    chen = person("Chen")
    acme = Organization.objects.create(name="Acme", slug="acme", country="DE", created_at=NOW)
    Membership.objects.create(organization=acme, user=chen, role="PROJECT_MANAGER", granted_at=NOW)
    for place in range(12):
        plant(acme.id, f"item:{place}")
        meet(f"item:{place}", person, {"Ada": place != 0, "Bola": place % 3 != 0, "Dara": place % 4 != 0})
    review(acme.id, person("Ada"), person("Hedda"), [0.1] * 25)
    refit(now=NOW)
    return chen


def plant(tenant: UUID, key: str) -> None:
    plant_gold(item=NewGold(item_key=key, kind=GoldKind.HONEYPOT, planted_at=NOW, tenant=str(tenant)))


def meet(key: str, person: MakeWorker, found: dict[str, bool]) -> None:
    results = [
        NewGoldResult(gold_key=key, worker_id=person(name).id, scope=LAW, found=hit, source_key=f"{key}:{name}", at=NOW)
        for name, hit in found.items()
    ]
    record_gold_results(results=results, now=NOW)


def review(tenant: UUID, worker: User, reviewer: User, values: list[float]) -> None:
    judgments = [
        NewJudgment(
            worker_id=worker.id,
            actor_id=reviewer.id,
            scope=LAW,
            kind=JudgmentKind.REVIEW,
            value=value,
            source_key=f"review:{worker.id}:{reviewer.id}:{place}",
            at=NOW,
            tenant=str(tenant),
        )
        for place, value in enumerate(values)
    ]
    record_judgments(judgments=judgments, now=NOW)


def acme() -> Organization:
    return Organization.objects.get(slug="acme")


def gold(key: str) -> GoldItem:
    return GoldItem.objects.get(source_key=key)


def test_a_wrong_key_is_retired_and_everybody_who_missed_it_scores_higher(person: MakeWorker, chen: User) -> None:
    ada = person("Ada").id
    before = get_estimate(worker_id=ada, **SCOPE).mean

    row = withdraw_gold(gold_id=gold("item:0").id, words=WHY, by=chen, now=NOW + timedelta(hours=1))

    after = get_estimate(worker_id=ada, **SCOPE).mean
    effect = row.effects.get(worker_id=ada, scope__locale=LAW.locale)
    assert gold("item:0").retired_reason == "WRONG_KEY"
    assert row.judgments == 3
    assert after > before
    assert (effect.mean_before, effect.mean_after, effect.judgments) == (pytest.approx(before), after, 1)


def test_what_is_listed_is_every_score_that_moved_and_no_other(person: MakeWorker, chen: User) -> None:
    plant(acme().id, "item:apart")
    meet("item:apart", person, {"Emil": True})

    row = withdraw_gold(gold_id=gold("item:3").id, words=WHY, by=chen, now=NOW)

    moved = {effect.worker.full_name for effect in row.effects.select_related("worker")}
    assert moved == {"Ada", "Bola", "Dara"}
    wider = row.effects.filter(scope__locale="", worker=person("Bola"))
    assert wider.exists()
    assert not wider.exclude(judgments=0).exists()


def test_a_reviewer_is_taken_back_in_one_organization_alone(person: MakeWorker, chen: User) -> None:
    other = Organization.objects.create(name="Other", slug="other", country="DE", created_at=NOW)
    review(other.id, person("Bola"), person("Hedda"), [0.2, 0.3])

    row = withdraw_reviewer(
        reviewer_id=person("Hedda").id, tenant=acme().id, words="Judged another guideline.", by=chen, now=NOW
    )

    left = Judgment.objects.effective().filter(actor=person("Hedda"))
    assert row.judgments == 25
    assert {judgment.tenant for judgment in left} == {str(other.id)}
    again = {"reviewer_id": person("Hedda").id, "tenant": acme().id, "words": WHY, "by": chen, "now": NOW}
    with pytest.raises(NothingToWithdraw):
        withdraw_reviewer(**again)


def test_everybody_whose_score_moved_is_told_once_by_how_much(person: MakeWorker, chen: User) -> None:
    withdraw_gold(gold_id=gold("item:0").id, words=WHY, by=chen, now=NOW)
    deliver_due(now=NOW)
    deliver_due(now=NOW)

    notices = Notice.objects.filter(kind="quality.corrected")
    assert {notice.user.full_name for notice in notices} == {"Ada", "Bola", "Dara"}
    assert notices.count() == 3
    told = notices.get(user=person("Ada"))
    assert "your score was" in told.body
    assert "item:0" not in told.body + told.title
    assert "Chen" not in told.body


def test_only_those_who_correct_quality_there_take_anything_back(person: MakeWorker, chen: User) -> None:
    stranger = person("Goran")
    with pytest.raises(GoldNotFound):
        withdraw_gold(gold_id=gold("item:0").id, words=WHY, by=stranger, now=NOW)
    with pytest.raises(NotPermitted):
        withdraw_reviewer(reviewer_id=person("Hedda").id, tenant=acme().id, words=WHY, by=stranger, now=NOW)
    with pytest.raises(FourEyesRequired):
        withdraw_reviewer(reviewer_id=chen.id, tenant=acme().id, words=WHY, by=chen, now=NOW)
    with pytest.raises(InvalidInput):
        withdraw_gold(gold_id=gold("item:0").id, words="wrong", by=chen, now=NOW)
    withdraw_gold(gold_id=gold("item:0").id, words=WHY, by=chen, now=NOW)
    with pytest.raises(GoldAlreadyRetired):
        withdraw_gold(gold_id=gold("item:0").id, words=WHY, by=chen, now=NOW)
    assert Withdrawal.objects.count() == 1


def test_nobody_takes_back_what_their_own_score_stands_on(person: MakeWorker, chen: User) -> None:
    meet("item:0", person, {"Chen": False})
    review(acme().id, chen, person("Hedda"), [0.1])

    with pytest.raises(FourEyesRequired):
        withdraw_gold(gold_id=gold("item:0").id, words=WHY, by=chen, now=NOW)
    with pytest.raises(FourEyesRequired):
        withdraw_reviewer(reviewer_id=person("Hedda").id, tenant=acme().id, words=WHY, by=chen, now=NOW)
    assert gold("item:0").retired_at is None
    assert not Withdrawal.objects.exists()


def test_a_withdrawal_stands_as_it_was_written(chen: User) -> None:
    row = withdraw_gold(gold_id=gold("item:0").id, words=WHY, by=chen, now=NOW)

    for statement in (
        "UPDATE quality_withdrawal SET words = 'other'",
        "DELETE FROM quality_withdrawaleffect",
        "TRUNCATE quality_withdrawal CASCADE",
    ):
        with (
            pytest.raises(Exception, match=r"append|TRUNCATE"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    with pytest.raises(IntegrityError, match="withdrawal_of_one_thing"), transaction.atomic():
        Withdrawal.objects.create(tenant="x", words="y", judgments=0, by=chen, at=NOW)
    assert WithdrawalEffect.objects.filter(withdrawal=row).exists()


def call(user: User, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    client = APIClient()
    client.force_authenticate(user)
    return (
        getattr(client, method)(f"/api/v1/quality/{path}", body, format="json")
        if body
        else client.get(f"/api/v1/quality/{path}")
    )


def test_over_http_items_come_without_their_answers_and_a_withdrawal_with_what_it_changed(
    person: MakeWorker, chen: User
) -> None:
    listed = call(chen, "get", "planted-items/?in_use=true").json()["results"]
    item = next(row for row in listed if row["item_key"] == "item:0")
    assert (item["met"], item["found"]) == (3, 0)
    assert "answer" not in item

    made = call(chen, "post", "withdrawals/", {"planted_item": item["id"], "words": WHY})
    assert made.status_code == 201, made.json()
    assert {row["judgments"] for row in made.json()["effects"]} == {0, 1}
    assert call(chen, "get", f"withdrawals/{made.json()['id']}/").json()["people"] == 3
    assert len(call(chen, "get", "planted-items/?in_use=true").json()["results"]) == len(listed) - 1
    assert call(chen, "post", "withdrawals/", {"planted_item": item["id"], "words": WHY}).status_code == 409

    for body in ({"words": WHY}, {"reviewer": str(person("Hedda").id), "words": WHY}):
        assert call(chen, "post", "withdrawals/", body).status_code == 400


def test_over_http_another_organizations_items_do_not_exist(person: MakeWorker, chen: User) -> None:
    stranger, item = person("Goran"), gold("item:0")
    other = Organization.objects.create(name="Other", slug="other", country="DE", created_at=NOW)
    Membership.objects.create(organization=other, user=stranger, role="PROJECT_MANAGER", granted_at=NOW)
    row = withdraw_gold(gold_id=item.id, words=WHY, by=chen, now=NOW)

    assert call(stranger, "get", "planted-items/").json()["results"] == []
    assert call(stranger, "get", "withdrawals/").json()["results"] == []
    assert call(stranger, "get", f"withdrawals/{row.id}/").status_code == 404
    body = {"planted_item": str(gold("item:1").id), "words": WHY}
    assert call(stranger, "post", "withdrawals/", body).status_code == 404
    assert call(person("Ada"), "get", "withdrawals/").status_code == 403
