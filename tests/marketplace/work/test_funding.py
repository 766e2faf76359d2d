"""A batch goes out once its client's money is reserved for it, and rests when that money is not there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from common.money import Money
from marketplace.identity.models import Organization, PlatformGrant, User
from marketplace.projects import commands as projects
from marketplace.projects.models import Opening, Project
from marketplace.work import commands as work
from marketplace.work.models import Batch, Claim
from payouts.clients.commands import approve_proposal, open_account, propose_movement
from payouts.clients.models import ClientReservation
from payouts.facade import ClientFundsMissing
from tests.marketplace import people
from tests.marketplace.people import NOW, START

TWENTY = "external_id,wanted,source\n" + "".join(f"seg-{n},2,Guten Tag\n" for n in range(10))
FOUR_EUROS = Money(400, "EUR")


@pytest.fixture
def opening(project: Project, olga: User, paula: User) -> Opening:
    """An accepted task is billed at 4.00 EUR."""
    row = people.make_opening(project, olga)
    projects.add_rate_line(
        opening_id=row.id,
        side="BILL",
        unit="ACCEPTED_TASK",
        money=FOUR_EUROS,
        effective_from=START,
        by=paula,
        now=START,
    )
    return row


def prefund(acme: Organization, amount_minor: int) -> None:
    """Let the client have paid so much in advance."""
    maker, checker = people.make_user("Mara Maker"), people.make_user("Chiara Checker")
    for user, role in ((maker, "FINANCE_PREPARER"), (checker, "FINANCE_APPROVER")):
        PlatformGrant.objects.create(user=user, role=role, granted_at=START - timedelta(days=9))
    account = open_account(
        client_id=acme.id, currency="EUR", billing_name="Acme", billing_address="Berlin", by=maker, now=START
    )
    paid = propose_movement(
        account_id=account.id,
        kind="DEPOSIT",
        money=Money(amount_minor, "EUR"),
        bank_reference="R1",
        value_date=START.date(),
        by=maker,
        now=START,
    )
    approve_proposal(kind="movement", proposal_id=paid.id, by=checker, now=START)


def load(project: Project, by: User, name: str = "first") -> Any:
    data = TWENTY.replace("seg-", f"{name}-").encode()
    return work.import_batch(project_id=project.id, name=name, file_name="a.csv", data=data, by=by, now=NOW).batch


def reserved() -> list[int]:
    return list(ClientReservation.objects.filter(released_at__isnull=True).values_list("amount_minor", flat=True))


@pytest.mark.usefixtures("opening")
def test_a_batch_reserves_the_bill_of_every_place_and_the_next_is_refused(
    project: Project, acme: Organization, olga: User
) -> None:
    prefund(acme, 10_000)

    load(project, olga)
    with pytest.raises(ClientFundsMissing):
        load(project, olga, "second")

    assert reserved() == [8_000]
    assert list(Batch.objects.values_list("name", flat=True)) == ["first"]


@pytest.mark.usefixtures("opening")
def test_without_an_account_nothing_is_asked(project: Project, olga: User) -> None:
    load(project, olga)

    assert (reserved(), work.renew_funding(now=NOW)) == ([], [])


@pytest.mark.usefixtures("opening")
def test_a_pause_gives_the_money_back_and_resuming_asks_for_it_again(
    project: Project, acme: Organization, olga: User
) -> None:
    prefund(acme, 10_000)
    first = load(project, olga)
    work.move_batch(batch_id=first.id, to="PAUSED", by=olga, now=NOW)
    load(project, olga, "second")

    with pytest.raises(ClientFundsMissing):
        work.move_batch(batch_id=first.id, to="IN_PROGRESS", by=olga, now=NOW)

    first.refresh_from_db()
    assert (first.state, reserved()) == ("PAUSED", [8_000])


def test_accepted_work_is_reserved_no_more_and_its_batch_ends_with_nothing_reserved(
    opening: Opening, project: Project, acme: Organization, olga: User
) -> None:
    prefund(acme, 10_000)
    one = work.import_batch(
        project_id=project.id, name="one", file_name="a.csv", data=b"external_id,source\na,x\n", by=olga, now=NOW
    ).batch
    expert = people.make_expert("Ada Obi")
    people.hire(opening, expert, olga)
    before = reserved()

    claim = work.claim_next(project_id=project.id, by=expert.user, now=NOW)
    submission = work.submit(claim_id=claim.id, content={"errors": []}, by=expert.user, now=NOW)
    work.review_submission(submission_id=submission.id, review=work.ReviewInput(decision="ACCEPT"), by=olga, now=NOW)

    assert one is not None
    one.refresh_from_db()
    assert (before, one.state, reserved()) == ([400], "COMPLETED", [])


def test_a_batch_that_the_clients_money_covers_no_more_is_paused_and_claimed_work_can_be_finished(
    opening: Opening, project: Project, acme: Organization, olga: User, paula: User
) -> None:
    prefund(acme, 10_000)
    first = load(project, olga)
    expert = people.make_expert("Ada Obi")
    people.hire(opening, expert, olga)
    claim = work.claim_next(project_id=project.id, by=expert.user, now=NOW)
    kept = work.renew_funding(now=NOW)
    dearer = people.make_opening(project, olga)
    projects.add_rate_line(
        opening_id=dearer.id,
        side="BILL",
        unit="ACCEPTED_TASK",
        money=Money(600, "EUR"),
        effective_from=START,
        by=paula,
        now=START,
    )

    paused = work.renew_funding(now=NOW)
    work.submit(claim_id=claim.id, content={"errors": []}, by=expert.user, now=NOW)

    first.refresh_from_db()
    assert (kept, [batch.id for batch in paused], first.state, reserved()) == ([], [first.id], "PAUSED", [])
    assert Claim.objects.get(id=claim.id).state == "SUBMITTED"


@pytest.mark.usefixtures("opening")
def test_the_api_says_that_the_money_is_missing(project: Project, acme: Organization, olga: User) -> None:
    prefund(acme, 100)
    client = Client()
    client.force_login(olga)
    body = {"name": "part 1", "tasks": [{"external_id": "a", "source": "x"}]}

    answer = client.post(f"/api/v1/projects/{project.id}/batches/", body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (409, "client_funds_missing")
    assert not Batch.objects.exists()
