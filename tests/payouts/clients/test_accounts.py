"""What a client paid in advance: recorded by one person, booked by another, once for each of the bank's references."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import FourEyesRequired, NotPermitted
from common.money import Money
from common.states import IllegalTransition
from common.verification import run_checks
from payouts.clients.commands import (
    approve_proposal,
    propose_terms,
    reject_proposal,
    withdraw_proposal,
)
from payouts.clients.errors import (
    BankReferenceUsed,
    ClientAccountExists,
    ClientFundsMissing,
    InvalidClientAccount,
    InvalidProposal,
    UnknownClientAccount,
)
from payouts.clients.models import ClientAccount, ClientMovement, ClientTerms
from payouts.clients.queries import get_account, get_funds
from payouts.ledger.commands import post_entry
from payouts.ledger.errors import InsufficientBalance
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import LineSpec, bank, client_prepaid, suspense
from tests.marketplace import people
from tests.payouts.clients.stories import agree, as_, euros, open_euros, post, prefund, proposed
from tests.payouts.cycles.test_races import at_once
from tests.payouts.people import NOW, make_person


def findings() -> dict[str, list[str]]:
    return {result.name: [f.subject for f in result.findings] for result in run_checks() if not result.is_ok}


def test_an_approved_deposit_is_the_clients_money_at_the_bank(account: ClientAccount, amina: Any, chiara: Any) -> None:
    row = proposed(account, amina)
    before = get_funds(account).prepaid

    approve_proposal(kind="movement", proposal_id=row.id, by=chiara, now=NOW)

    assert (before, get_funds(account).prepaid, get_funds(account).available) == (euros(0), euros(1000), euros(1000))
    assert get_balance(bank("EUR")) == euros(1000)
    assert JournalEntry.objects.get(source=row.source).created_by_id == chiara.id
    assert findings() == {}


def test_unused_money_goes_back_and_no_cent_more(account: ClientAccount, amina: Any, chiara: Any) -> None:
    prefund(account, amina, chiara, euros(1000))
    agree(account, amina, chiara, euros(500))
    fitting, too_much = (proposed(account, amina, "REFUND", money=euros(amount)) for amount in (600, 401))

    approve_proposal(kind="movement", proposal_id=fitting.id, by=chiara, now=NOW)
    with pytest.raises(ClientFundsMissing):
        approve_proposal(kind="movement", proposal_id=too_much.id, by=chiara, now=NOW)

    assert get_balance(client_prepaid(str(account.client_id), "EUR")) == euros(400)
    too_much.refresh_from_db()
    assert too_much.state == "PROPOSED"
    assert findings() == {}


def test_a_bank_reference_is_booked_once_unless_it_was_refused(account: ClientAccount, amina: Any, chiara: Any) -> None:
    first = proposed(account, amina, bank_reference="NOTPROVIDED 7")
    with pytest.raises(BankReferenceUsed):
        proposed(account, amina, bank_reference=" NOTPROVIDED 7 ", kind="REFUND")
    reject_proposal(kind="movement", proposal_id=first.id, reason_text="Not ours.", by=chiara, now=NOW)

    again = proposed(account, amina, bank_reference="NOTPROVIDED 7")
    withdraw_proposal(kind="movement", proposal_id=again.id, by=amina, now=NOW)

    assert sorted(ClientMovement.objects.values_list("state", flat=True)) == ["REJECTED", "WITHDRAWN"]
    assert not JournalEntry.objects.exists()
    with pytest.raises(IllegalTransition):
        approve_proposal(kind="movement", proposal_id=first.id, by=chiara, now=NOW)


def test_who_proposed_it_does_not_decide_it_whatever_they_hold(account: ClientAccount, amina: Any) -> None:
    row = proposed(account, amina)
    terms = propose_terms(account_id=account.id, credit_limit_minor=1, payment_days=30, by=amina, now=NOW)

    for kind, proposal in (("movement", row), ("terms", terms)):
        with pytest.raises(FourEyesRequired):
            approve_proposal(kind=kind, proposal_id=proposal.id, by=amina, now=NOW)
        with pytest.raises(NotPermitted):
            approve_proposal(
                kind=kind, proposal_id=proposal.id, by=make_person(f"P{kind}", "FINANCE_PREPARER"), now=NOW
            )

    assert not JournalEntry.objects.exists()
    assert get_funds(account).credit_limit == euros(0)


@pytest.mark.parametrize(
    ("table", "change", "constraint"),
    [
        ("clientmovement", "state = 'APPROVED'", "clientmovement_four_eyes"),
        (
            "clientmovement",
            "state = 'APPROVED', decided_by_id = proposed_by_id, decided_at = now()",
            "clientmovement_four_eyes",
        ),
        ("clientmovement", "state = 'BOOKED', decided_by_id = %(other)s, decided_at = now()", "clientmovement_known"),
        ("clientmovement", "amount_minor = 2", "client_proposal_stands"),
        ("clientmovement", "bank_reference = 'x'", "client_proposal_stands"),
        ("clientterms", "state = 'APPROVED'", "clientterms_four_eyes"),
        ("clientterms", "credit_limit_minor = 2", "client_proposal_stands"),
    ],
)
def test_raw_sql_cannot_decide_alone_or_change_a_proposal(
    account: ClientAccount, amina: Any, chiara: Any, table: str, change: str, constraint: str
) -> None:
    proposed(account, amina)
    propose_terms(account_id=account.id, credit_limit_minor=1, payment_days=30, by=amina, now=NOW)

    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE payouts_{table} SET {change}", {"other": chiara.id})

    assert caught.value.__cause__.diag.constraint_name == constraint


def test_what_a_client_paid_in_advance_never_falls_below_zero(account: ClientAccount) -> None:
    line = LineSpec(client_prepaid(str(account.client_id), "EUR"), suspense("EUR"), euros(1))

    with pytest.raises(InsufficientBalance):
        post_entry(
            idempotency_key="x",
            kind="CLIENT_REFUND",
            effective_on=NOW.date(),
            lines=[line],
            source="x:1",
            by=None,
            now=NOW,
        )

    assert not JournalEntry.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "GIFT"}, "/kind"),
        ({"money": Money(0, "EUR")}, "/money"),
        ({"money": Money(100, "USD")}, "/money"),
        ({"bank_reference": " "}, "/bank_reference"),
        ({"bank_reference": "x" * 141}, "/bank_reference"),
        ({"value_date": NOW.date() + timedelta(days=1)}, "/value_date"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused_by_name(
    account: ClientAccount, amina: Any, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidProposal) as caught:
        proposed(account, amina, **changes)

    assert [problem.pointer for problem in caught.value.problems] == [field]
    assert not ClientMovement.objects.exists()


def test_a_client_has_one_account_in_a_currency(account: ClientAccount, acme: Any, amina: Any) -> None:
    with pytest.raises(ClientAccountExists):
        open_euros(acme, amina)
    with pytest.raises(InvalidClientAccount) as caught:
        open_euros(acme, amina, currency="XAU", billing_name=" ", client_id=UUID(int=7))

    open_euros(acme, amina, currency="USD")

    assert [problem.pointer for problem in caught.value.problems] == ["/client_id", "/currency", "/billing_name"]
    assert ClientAccount.objects.count() == 2


def test_the_terms_approved_last_count(account: ClientAccount, amina: Any, chiara: Any) -> None:
    agree(account, amina, chiara, euros(500), days=14)
    propose_terms(account_id=account.id, credit_limit_minor=10**9, payment_days=365, by=amina, now=NOW)

    assert (get_funds(account).available, ClientTerms.objects.filter(state="APPROVED").count()) == (euros(500), 1)


def test_a_client_sees_its_own_accounts_and_no_others(
    account: ClientAccount, amina: Any, chiara: Any, owner: Any, acme: Any
) -> None:
    prefund(account, amina, chiara, euros(10))
    proposed(account, amina)
    other = people.make_user("Kofi Other")
    open_euros(people.make_organization(other, "Other"), amina)
    reviewer = people.add_member(acme, owner, "Rita Reviewer", "REVIEWER")
    path = f"/api/v1/client-accounts/{account.id}/"

    mine = as_(owner).get("/api/v1/client-accounts/").json()["results"]
    moved = as_(owner).get(f"{path}movements/").json()["results"]

    assert [(row["id"], row["prepaid"]["amount_minor"]) for row in mine] == [(str(account.id), 1000)]
    assert [row["state"] for row in moved] == ["APPROVED"]
    assert (as_(other).get(path).status_code, as_(other).get(f"/billing/{account.id}/").status_code) == (404, 404)
    assert [as_(reviewer).get(url).status_code for url in (path, "/billing/")] == [403, 403]
    assert len(as_(amina).get("/api/v1/client-accounts/").json()["results"]) == 2
    with pytest.raises(UnknownClientAccount):
        get_account(other, account.id)


def test_the_pages_propose_and_decide(acme: Any, amina: Any, chiara: Any, owner: Any) -> None:
    fields = {"client": acme.slug, "currency": "EUR", "billing_name": "Acme GmbH", "billing_address": "Berlin"}
    refused = as_(amina).post("/finance/clients/", fields | {"client": "nobody"})
    opened = as_(amina).post("/finance/clients/", fields)
    page = f"/billing/{ClientAccount.objects.get().id}/"
    transfer = {"kind": "DEPOSIT", "money": "12.50", "bank_reference": "R1", "value_date": f"{NOW:%Y-%m-%d}"}

    bad = as_(amina).post(f"{page}movements/", transfer | {"money": "12.501"})
    sent = as_(amina).post(f"{page}movements/", transfer)
    row = ClientMovement.objects.get()
    decision = f"/finance/clients/movement/{row.id}/"
    own = as_(amina).post(f"{decision}approve/", {"expected_version": 1})
    done = as_(chiara).post(f"{decision}approve/", {"expected_version": 1})

    assert (refused.status_code, opened.status_code, bad.status_code, sent.status_code) == (422, 302, 422, 302)
    assert (own.status_code, done.status_code) == (403, 302)
    assert as_(owner).get("/billing/")["Location"] == page
    assert "12.50" in as_(owner).get(page).content.decode()
    assert as_(owner).post(f"{page}movements/", transfer).status_code == 403
    assert [as_(chiara).get(path).status_code for path in ("/finance/clients/", decision, page)] == [200, 200, 200]
    assert as_(chiara).get(f"/finance/clients/gift/{row.id}/").status_code == 404


def test_the_api_opens_proposes_and_decides(acme: Any, amina: Any, chiara: Any) -> None:
    opening = {
        "client": str(acme.id),
        "currency": "EUR",
        "billing_name": "Acme GmbH",
        "billing_address": "Berlin",
    }
    opened = post(amina, "client-accounts/", opening)
    again = post(amina, "client-accounts/", opening)
    account = f"client-accounts/{opened.json()['id']}/"
    transfer = {
        "kind": "DEPOSIT",
        "money": {"amount_minor": 100, "currency": "EUR"},
        "bank_reference": "R1",
        "value_date": f"{NOW:%Y-%m-%d}",
    }
    made = post(amina, f"{account}movements/", transfer)
    twice = post(amina, f"{account}movements/", transfer)
    terms = post(amina, f"{account}terms/", {"credit_limit_minor": 5, "payment_days": 14})

    decision = f"client-movements/{made.json()['id']}/"
    own = post(amina, f"{decision}approve/", {}, 1)
    stale = post(chiara, f"{decision}approve/", {}, 9)
    done = post(chiara, f"{decision}approve/", {}, 1)
    rejected = post(chiara, f"client-terms/{terms.json()['id']}/reject/", {"reason_text": "Not yet."}, 1)

    assert (opened.status_code, again.json()["code"]) == (201, "client_account_exists")
    assert (twice.status_code, twice.json()["code"]) == (409, "bank_reference_used")
    assert (own.status_code, own.json()["code"], stale.status_code) == (403, "four_eyes", 412)
    assert (done.json()["state"], rejected.json()["state"]) == ("APPROVED", "REJECTED")
    assert as_(chiara).get(f"/api/v1/{account}").json()["prepaid"] == {"amount_minor": 100, "currency": "EUR"}
    assert as_(chiara).get(f"/api/v1/client-terms/{made.json()['id']}/").status_code == 404


def test_the_last_money_goes_back_once_when_many_approve_at_once(fresh_database: str) -> None:
    amina = make_person("Amina", "FINANCE_PREPARER")
    approvers = [make_person(name, "FINANCE_APPROVER") for name in ("Chiara", "Dele", "Emeka", "Fatou")]
    account = open_euros(people.make_organization(people.make_user("Olu Owner")), amina)
    prefund(account, amina, approvers[0], euros(100))
    rows = [proposed(account, amina, "REFUND", money=euros(60)) for _ in range(8)]

    outcomes = at_once(
        *(
            lambda row=row, by=approvers[n % 4]: approve_proposal(kind="movement", proposal_id=row.id, by=by, now=NOW)
            for n, row in enumerate(rows)
        )
    )

    assert outcomes == ["client_funds_missing"] * 7 + ["done"]
    assert get_funds(account).prepaid == euros(40)


def test_an_entry_without_a_transfer_is_found(account: ClientAccount) -> None:
    line = LineSpec(bank("EUR"), client_prepaid(str(account.client_id), "EUR"), euros(1))
    entry = post_entry(
        idempotency_key="x",
        kind="CLIENT_DEPOSIT",
        effective_on=NOW.date(),
        lines=[line],
        source="client_movement:none",
        by=None,
        now=NOW,
    )

    assert findings() == {"payouts.clients.booked_as_approved": [f"journal_entry:{entry.id}"]}
