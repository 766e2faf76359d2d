"""Who sees payouts and who may act on them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

from common import clock
from payouts.transfers import commands
from payouts.transfers.models import Payout
from tests.payouts.people import make_person
from tests.payouts.support.story import Story, euros


def api_of(user: Any) -> APIClient:
    made = APIClient()
    made.force_authenticate(user)
    return made


def test_everyone_sees_their_own_and_finance_sees_all(story: Story, paid_ada: Any, bola: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    path = f"/api/v1/payouts/{payout.id}/"

    mine = api_of(paid_ada).get(path)
    assert mine.status_code == 200
    assert (mine.json()["money"], mine.json()["bank"]) == ({"amount_minor": 6000, "currency": "EUR"}, "•••• 3000")
    assert api_of(bola).get(path).status_code == 404
    assert api_of(bola).get("/api/v1/payouts/").json()["results"] == []
    finance = api_of(make_person("Dele", "FINANCE_PREPARER"))
    assert [row["id"] for row in finance.get("/api/v1/payouts/?state=RESERVED").json()["results"]] == [str(payout.id)]
    assert finance.get("/api/v1/payouts/?amount=1").status_code == 400
    assert APIClient().get(path).status_code == 401


def test_only_an_approver_cancels(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    path, body = f"/api/v1/payouts/{payout.id}/cancel/", {"reason_text": "Wrong month"}
    key = {"Idempotency-Key": "k1"}
    for user in (paid_ada, make_person("Dele", "FINANCE_PREPARER")):
        assert api_of(user).post(path, body, format="json", headers=key).status_code == 403
    approver = api_of(make_person("Efua", "FINANCE_APPROVER"))
    assert approver.post(path, body, format="json").status_code == 400
    assert Payout.objects.get().state == "RESERVED"

    with clock.at(story.now):
        answers = [approver.post(path, body, format="json", headers=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert story.balances(paid_ada) == (10_000, 0, 100_000)
    unknown = f"/api/v1/payouts/{uuid4()}/cancel/"
    assert approver.post(unknown, body, format="json", headers={"Idempotency-Key": "k2"}).status_code == 404


def test_a_sent_payout_is_not_cancelled_or_resumed(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)
    approver = api_of(make_person("Efua", "FINANCE_APPROVER"))

    for action, body in (("cancel", {"reason_text": "Too late"}), ("resume", {})):
        answer = approver.post(
            f"/api/v1/payouts/{payout.id}/{action}/", body, format="json", headers={"Idempotency-Key": action}
        )
        assert answer.status_code == 409

    assert Payout.objects.get().state == "TRANSFERRED"
    assert story.balances(paid_ada) == (4000, 0, 94_000)
