"""Who reads and turns down which proposal over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from common import permissions
from marketplace.models import User
from quality.facade import propose, refit
from quality.models import Proposal
from tests.factories.quality import NOW, MakeWorker, give_gold

PROPOSALS = "/api/v1/quality/proposals/"
BARS = "/api/v1/quality/bars/"

type Client = Callable[..., APIClient]


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


@pytest.fixture
def proposal(person: MakeWorker) -> Proposal:
    """The proposal to pause Ada, who found 15 of 60 planted errors."""
    for name, found in (("Ada", 15), ("Bola", 56), ("Chen", 56)):
        give_gold(person(name).id, found=found, missed=60 - found)
    refit(now=NOW)
    propose(now=NOW)
    return Proposal.objects.get()


def test_a_manager_reads_proposals_about_the_own_workers_alone(
    proposal: Proposal, person: MakeWorker, client_of: Client
) -> None:
    own = client_of(person("Dana"), "proposals.decide", sees=(proposal.worker,)).get(PROPOSALS).json()["results"]
    client = client_of(person("Emre"), "proposals.decide")

    assert [row["id"] for row in own] == [str(proposal.id)]
    assert [check["passes"] for check in own[0]["evidence"]["checks"]] == [True, True, True]
    assert client.get(PROPOSALS).json()["results"] == []
    assert client.get(f"{PROPOSALS}{proposal.id}/").status_code == 404


def test_nobody_reads_a_proposal_about_themselves(proposal: Proposal, client_of: Client) -> None:
    client = client_of(proposal.worker, "proposals.decide", "cases.decide", sees=(proposal.worker,))

    assert client.get(PROPOSALS).json()["results"] == []
    assert client.post(f"{PROPOSALS}{proposal.id}/turn-down/", {"reason": "No."}, format="json").status_code == 404


def test_an_expert_has_no_proposals(proposal: Proposal, client_of: Client) -> None:
    assert client_of(proposal.worker, "quality.own").get(PROPOSALS).status_code == 403


def test_a_proposal_is_turned_down_with_a_reason_once(
    proposal: Proposal, person: MakeWorker, client_of: Client
) -> None:
    client = client_of(person("Dana"), "proposals.decide", "cases.decide")
    address = f"{PROPOSALS}{proposal.id}/turn-down/"

    assert client.post(address, {"reason": " "}, format="json").status_code == 400
    first = client.post(address, {"reason": "The key was doubted."}, format="json")
    second = client.post(address, {"reason": "Again."}, format="json")

    assert (first.status_code, first.json()["state"]) == (200, "TURNED_DOWN")
    assert (second.status_code, second.json()["code"]) == (409, "proposal_not_open")


def test_bars_are_set_and_read(person: MakeWorker, client_of: Client) -> None:
    client = client_of(person("Goran"), "bars.set")
    body = {"domain": "law/tax", "bar": 0.7, "promote_bar": 0.9, "reason": "The rubric is new."}

    made = client.post(BARS, body, format="json")
    wrong = client.post(BARS, {**body, "bar": 0.95}, format="json")

    assert made.status_code == 201
    assert wrong.status_code == 400
    assert [(row["scope"]["domain"], row["bar"]) for row in client.get(BARS).json()["results"]] == [("law/tax", 0.7)]
