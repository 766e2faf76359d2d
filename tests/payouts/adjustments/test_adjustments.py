"""Adjustments: two people for each, booked once as approved, paid or recovered by later cycles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from common.errors import FourEyesRequired, NotPermitted, StaleVersion
from common.money import Money
from common.states import IllegalTransition
from common.verification import run_checks
from payouts.adjustments.commands import (
    approve_adjustment,
    propose_adjustment,
    reject_adjustment,
    withdraw_adjustment,
)
from payouts.adjustments.errors import InvalidAdjustment, UnknownAdjustment
from payouts.adjustments.models import Adjustment
from payouts.cycles.commands import calculate, draft_cycle, lines
from payouts.earnings.models import Earning
from payouts.facade import post_earnings
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import payable, receivable
from payouts.payees.queries import Payability
from tests.payouts.cycles.test_races import at_once
from tests.payouts.people import NOW, make_earning, make_person

TEN = Money(1000, "EUR")


@pytest.fixture
def amina(db: None) -> Any:
    """Amina prepares, and approves what others prepared."""
    return make_person("Amina", "FINANCE_PREPARER", "FINANCE_APPROVER")


@pytest.fixture
def chiara(db: None) -> Any:
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def worked(ada: Any, bola: Any) -> Any:
    """Ada has earned 50 EUR."""
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=NOW - timedelta(days=5))
    return ada


def proposed(by: Any, worker: Any, kind: str = "BONUS", **changes: Any) -> Adjustment:
    facts = {"money": TEN, "reason_code": "REFERRAL", "reason_text": "Brought Chen.", "worker_id": worker.id}
    return propose_adjustment(kind=kind, by=by, now=NOW, **(facts | changes))


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize(("kind", "unit"), [("BONUS", "BONUS"), ("CORRECTION", "ADJUSTMENT")])
def test_an_approved_bonus_is_an_earning_of_its_own_and_the_next_cycle_pays_it(
    amina: Any, chiara: Any, worked: Any, kind: str, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "payability", lambda ids, currency, now: dict.fromkeys(ids, Payability(True)))
    row = proposed(amina, worked, kind)
    before = get_balance(payable(worked.id, "EUR")).amount_minor

    approve_adjustment(adjustment_id=row.id, by=chiara, now=NOW)

    earning = Earning.objects.get(source_key=f"adjustment:{row.id}")
    assert (earning.unit, earning.amount, earning.approved_by_id) == (unit, TEN, chiara.id)
    assert (before, get_balance(payable(worked.id, "EUR")).amount_minor) == (5000, 6000)
    end = NOW.replace(hour=0, minute=0) + timedelta(days=1)
    cycle = draft_cycle(starts_at=end - timedelta(days=7), ends_at=end, currency="EUR", by=amina, now=end)
    line = calculate(cycle_id=cycle.id, by=amina, now=end).lines.get()
    assert (line.earned_minor, line.bonus_minor, line.amount_minor) == (5000, 1000, 6000)
    assert [result.name for result in run_checks() if not result.is_ok] == []


def test_an_approved_clawback_is_owed_by_the_expert(amina: Any, chiara: Any, worked: Any) -> None:
    row = proposed(amina, worked, "CLAWBACK")

    approve_adjustment(adjustment_id=row.id, by=chiara, now=NOW)

    assert get_balance(receivable(worked.id, "EUR")) == TEN
    assert get_balance(payable(worked.id, "EUR")).amount_minor == 5000
    assert [result.name for result in run_checks() if not result.is_ok] == []


def test_nothing_is_booked_before_the_decision_or_by_a_refusal(amina: Any, chiara: Any, worked: Any) -> None:
    row, other = proposed(amina, worked), proposed(amina, worked, "CLAWBACK")
    entries = JournalEntry.objects.count()

    with pytest.raises(InvalidAdjustment):
        reject_adjustment(adjustment_id=row.id, reason_text=" ", by=chiara, now=NOW)
    reject_adjustment(adjustment_id=row.id, reason_text="Chen came alone.", by=chiara, now=NOW)
    withdraw_adjustment(adjustment_id=other.id, by=amina, now=NOW)

    assert JournalEntry.objects.count() == entries
    assert sorted(Adjustment.objects.values_list("state", flat=True)) == ["REJECTED", "WITHDRAWN"]
    with pytest.raises(IllegalTransition):
        approve_adjustment(adjustment_id=row.id, by=chiara, now=NOW)


def test_who_proposed_it_does_not_decide_it_whatever_they_hold(amina: Any, worked: Any) -> None:
    row = proposed(amina, worked)

    for decide in (approve_adjustment, lambda **a: reject_adjustment(reason_text="No.", **a)):
        with pytest.raises(FourEyesRequired):
            decide(adjustment_id=row.id, by=amina, now=NOW)

    assert Adjustment.objects.get().state == "PROPOSED"


def test_nobody_proposes_or_decides_over_their_own_money(amina: Any, chiara: Any, bola: Any) -> None:
    post_earnings([make_earning(p.id, bola.id, f"t:{p.id}") for p in (amina, chiara)], now=NOW)

    with pytest.raises(FourEyesRequired):
        proposed(amina, amina)
    row = proposed(amina, chiara)
    with pytest.raises(FourEyesRequired):
        approve_adjustment(adjustment_id=row.id, by=chiara, now=NOW)

    assert Adjustment.objects.get().state == "PROPOSED"


@pytest.mark.parametrize("roles", [[], ["FINANCE_APPROVER"], ["AUDITOR"], ["OPERATOR"]])
def test_only_a_preparer_proposes(worked: Any, roles: list[str]) -> None:
    with pytest.raises(NotPermitted):
        proposed(make_person("Hana", *roles, is_superuser=True), worked)

    assert not Adjustment.objects.exists()


def test_only_an_approver_decides(amina: Any, worked: Any) -> None:
    row = proposed(amina, worked)

    with pytest.raises(NotPermitted):
        approve_adjustment(adjustment_id=row.id, by=make_person("Paul", "FINANCE_PREPARER"), now=NOW)
    with pytest.raises(UnknownAdjustment):
        approve_adjustment(adjustment_id=row.id, by=make_person("Root", is_superuser=True), now=NOW)
    with pytest.raises(FourEyesRequired):
        withdraw_adjustment(adjustment_id=row.id, by=make_person("Quinn", "FINANCE_PREPARER"), now=NOW)
    with pytest.raises(StaleVersion):
        withdraw_adjustment(adjustment_id=row.id, by=amina, now=NOW, expected_version=7)

    assert Adjustment.objects.get().state == "PROPOSED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "GIFT"}, "/kind"),
        ({"money": Money(0, "EUR")}, "/money"),
        ({"money": Money(-1, "EUR")}, "/money"),
        ({"reason_code": " "}, "/reason_code"),
        ({"reason_text": ""}, "/reason_text"),
        ({"reason_text": "x" * 301}, "/reason_text"),
        ({"worker_id": UUID(int=1)}, "/worker"),
    ],
)
def test_what_cannot_be_is_refused_by_name(amina: Any, worked: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidAdjustment) as caught:
        proposed(amina, worked, **changes)

    assert [problem.pointer for problem in caught.value.problems] == [field]
    assert not Adjustment.objects.exists()


def test_somebody_who_never_worked_gets_no_bonus(amina: Any) -> None:
    with pytest.raises(InvalidAdjustment):
        proposed(amina, make_person("Ghost"))


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'APPROVED'", "adjustment_four_eyes"),
        ("state = 'APPROVED', decided_by_id = proposed_by_id, decided_at = now()", "adjustment_four_eyes"),
        ("state = 'REJECTED', decided_by_id = proposed_by_id, decided_at = now()", "adjustment_four_eyes"),
        ("state = 'APPROVED', decided_by_id = worker_id, decided_at = now()", "adjustment_not_to_oneself"),
        ("state = 'BOOKED', decided_by_id = %(chiara)s, decided_at = now()", "adjustment_known"),
        ("amount_minor = 2", "adjustment_stands"),
        ("worker_id = %(chiara)s", "adjustment_stands"),
    ],
)
def test_raw_sql_cannot_decide_alone_or_change_a_proposal(
    amina: Any, chiara: Any, worked: Any, change: str, constraint: str
) -> None:
    proposed(amina, worked)

    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE payouts_adjustment SET {change}", {"chiara": chiara.id})

    assert caught.value.__cause__.diag.constraint_name == constraint
    assert Adjustment.objects.get().state == "PROPOSED"


def test_a_decision_stands(amina: Any, chiara: Any, worked: Any) -> None:
    approve_adjustment(adjustment_id=proposed(amina, worked).id, by=chiara, now=NOW)

    for statement in (
        "UPDATE payouts_adjustment SET state = 'PROPOSED', decided_by_id = NULL, decided_at = NULL",
        "DELETE FROM payouts_adjustment",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    assert Adjustment.objects.get().state == "APPROVED"


def test_a_booking_that_nobody_approved_is_found(amina: Any, bola: Any, worked: Any) -> None:
    stray = f"adjustment:{uuid4()}"
    post_earnings([make_earning(worked.id, bola.id, stray, unit="BONUS")], now=NOW)

    found = {result.name: [f.subject for f in result.findings] for result in run_checks() if not result.is_ok}

    assert found == {"payouts.adjustments.booked_as_approved": [f"earning:{stray}"]}


def test_a_proposal_decided_by_many_at_once_is_booked_once(fresh_database: str) -> None:
    amina = make_person("Amina", "FINANCE_PREPARER")
    approvers = [make_person(name, "FINANCE_APPROVER") for name in ("Chiara", "Dele", "Emeka", "Fatou")]
    ada, bola = make_person("Ada"), make_person("Bola")
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=datetime(2026, 11, 8, tzinfo=UTC))
    row = proposed(amina, ada, "CLAWBACK")

    outcomes = at_once(
        *(lambda by=by: approve_adjustment(adjustment_id=row.id, by=by, now=NOW) for by in approvers),
        lambda: withdraw_adjustment(adjustment_id=row.id, by=amina, now=NOW),
    )

    assert outcomes == ["done", *["illegal_transition"] * 4]
    booked = JournalEntry.objects.filter(kind="CLAWBACK").count()
    assert booked == (1 if Adjustment.objects.get().state == "APPROVED" else 0)
    connection.close()


def test_the_page_proposes_and_another_person_approves(amina: Any, chiara: Any, worked: Any) -> None:
    fields = {
        "kind": "BONUS",
        "worker": "ADA@example.org",
        "currency": "EUR",
        "amount": "10.00",
        "reason_code": "REFERRAL",
        "reason_text": "Brought Chen.",
    }
    refused = as_(amina).post("/finance/adjustments/", fields | {"amount": "10.001", "worker": "x@example.org"})
    sent = as_(amina).post("/finance/adjustments/", fields)
    row = Adjustment.objects.get()
    page = f"/finance/adjustments/{row.id}/"

    own = as_(amina).post(f"{page}approve/", {"expected_version": row.version}).status_code
    shown = as_(chiara).get(page).content.decode()
    done = as_(chiara).post(f"{page}approve/", {"expected_version": row.version})

    assert (refused.status_code, sent.status_code, own, done.status_code) == (422, 302, 403, 302)
    assert "Nobody has this address." in refused.content.decode()
    assert ("Approve" in shown, "Brought Chen." in shown) == (True, True)
    row.refresh_from_db()
    assert row.state == "APPROVED"
    assert as_(worked).get(page).status_code == 403


def test_the_api_proposes_lists_and_decides(amina: Any, chiara: Any, worked: Any) -> None:
    body = {
        "kind": "CLAWBACK",
        "worker": str(worked.id),
        "money": {"amount_minor": 1000, "currency": "EUR"},
        "reason_code": "OVERPAID",
        "reason_text": "Counted twice.",
    }

    def post(person: Any, path: str, body: dict[str, Any], version: int | None = None) -> Any:
        headers = {"Idempotency-Key": str(uuid4())} | ({"If-Match": f'"{version}"'} if version else {})
        return as_(person).post(
            f"/api/v1/finance/adjustments/{path}", body, content_type="application/json", headers=headers
        )

    bad = post(amina, "", body | {"money": {"amount_minor": 0, "currency": "EUR"}})
    made = post(amina, "", body)
    own = post(amina, f"{made.json()['id']}/approve/", {}, made.json()["version"])
    done = post(chiara, f"{made.json()['id']}/approve/", {}, made.json()["version"])
    listed = as_(chiara).get(f"/api/v1/finance/adjustments/?kind=CLAWBACK&worker={worked.id}").json()["results"]

    assert (bad.status_code, made.status_code) == (400, 201)
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")
    assert (done.status_code, done.json()["state"]) == (200, "APPROVED")
    assert [(row["state"], row["worker_name"]) for row in listed] == [("APPROVED", "Ada")]
    assert as_(worked).get("/api/v1/finance/adjustments/").status_code == 403
