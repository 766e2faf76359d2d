"""Taking an entry of the books back: proposed by one person, approved by another, told to the expert, seen in the trace."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from common import events
from common.errors import FourEyesRequired, NotPermitted
from common.states import IllegalTransition
from common.verification import run_checks
from marketplace.notifications.models import Notice
from payouts.adjustments.commands import approve_adjustment, propose_adjustment
from payouts.cycles.commands import calculate, draft_cycle, lines
from payouts.earnings.errors import EarningInCycle
from payouts.earnings.models import EarningReversal
from payouts.facade import post_earnings
from payouts.ledger.commands import post_entry
from payouts.ledger.errors import EntryAlreadyReversed, UnknownEntry
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import LineSpec, payable, receivable
from payouts.payees.queries import Payability
from payouts.reversals.commands import approve_reversal, propose_reversal, reject_reversal, withdraw_reversal
from payouts.reversals.errors import (
    DebtAlreadyRecovered,
    InvalidReversal,
    NotReversible,
    ReversalAlreadyProposed,
)
from payouts.reversals.models import Reversal
from payouts.traces.queries import trace
from tests.payouts.cycles.test_running import END, POSTED, WEEK
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import euros

API = "/api/v1/finance/reversals/"
WHY = {"reason_code": "DUPLICATE", "reason_text": "The task was counted twice."}


@pytest.fixture
def amina(db: None) -> Any:
    return make_person("Amina", "FINANCE_PREPARER")


@pytest.fixture
def chiara(db: None) -> Any:
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def entry(ada: Any, bola: Any) -> JournalEntry:
    """Ada earned 50 EUR."""
    (view,) = post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    return JournalEntry.objects.get(id=view.entry_id)


def clawed_back(ada: Any, amina: Any, chiara: Any) -> JournalEntry:
    row = propose_adjustment(
        kind="CLAWBACK", worker_id=ada.id, money=euros(20), reason_code="C", reason_text="Why.", by=amina, now=NOW
    )
    approve_adjustment(adjustment_id=row.id, by=chiara, now=NOW)
    return JournalEntry.objects.get(kind="CLAWBACK")


def proposed(entry: JournalEntry, by: Any) -> Reversal:
    return propose_reversal(entry_id=entry.id, **WHY, by=by, now=NOW)


def assert_books_hold() -> None:
    assert [result.findings for result in run_checks() if not result.is_ok] == []


def test_an_approved_reversal_posts_the_opposite_and_tells_the_expert_why(
    entry: JournalEntry, ada: Any, amina: Any, chiara: Any
) -> None:
    row = proposed(entry, amina)
    assert get_balance(payable(ada.id, "EUR")) == euros(50)

    approve_reversal(reversal_id=row.id, by=chiara, now=NOW)

    assert get_balance(payable(ada.id, "EUR")) == euros(0)
    assert EarningReversal.objects.get().reversed_by == chiara
    events.deliver_due(now=NOW)
    notice = Notice.objects.get(user=ada)
    assert (notice.title, notice.body.partition(" It is")[0]) == (
        "€50.00 was taken back: Annotation of 12 segments",
        "The task was counted twice.",
    )
    assert_books_hold()


def test_a_trace_shows_who_proposed_it_and_who_took_it_back(
    entry: JournalEntry, ada: Any, amina: Any, chiara: Any
) -> None:
    reject_reversal(reversal_id=proposed(entry, amina).id, reason_text="It was two tasks.", by=chiara, now=NOW)
    approve_reversal(reversal_id=proposed(entry, amina).id, by=chiara, now=NOW)

    steps = trace(chiara, str(entry.id)).steps
    told = trace(ada, str(entry.id)).steps

    assert [(step.title, step.actor) for step in steps if step.kind.startswith("REVERSAL")] == [
        ("Proposed to take it back: rejected", "Amina"),
        ("Proposed to take it back: approved", "Amina"),
        ("Taken back", "you"),
    ]
    assert [step.actor for step in told if step.kind == "REVERSAL_PROPOSAL"] == ["one person of finance"] * 2


def test_a_clawback_is_forgiven_unless_payments_recovered_part_of_it(
    ada: Any, bola: Any, amina: Any, chiara: Any
) -> None:
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    entry = clawed_back(ada, amina, chiara)
    row = proposed(entry, amina)
    recovery = LineSpec(payable(ada.id, "EUR"), receivable(ada.id, "EUR"), euros(5))
    with transaction.atomic():
        post_entry(
            idempotency_key="r",
            kind="STORY",
            effective_on=NOW.date(),
            lines=[recovery],
            source="story",
            by=None,
            now=NOW,
        )
        with pytest.raises(DebtAlreadyRecovered):
            approve_reversal(reversal_id=row.id, by=chiara, now=NOW)
        transaction.set_rollback(True)

    approve_reversal(reversal_id=row.id, by=chiara, now=NOW)

    assert get_balance(receivable(ada.id, "EUR")) == euros(0)
    kinds = [(step.kind, step.actor) for step in trace(amina, str(entry.id)).steps]
    assert kinds == [("ENTRY", "Chiara"), ("ENTRY", "Chiara"), ("REVERSAL_PROPOSAL", "you")]
    events.deliver_due(now=NOW)
    assert Notice.objects.filter(user=ada, title="You do not owe €20.00 any more").count() == 1
    assert_books_hold()


def test_an_earning_in_a_cycle_is_not_taken_back(
    entry: JournalEntry, amina: Any, chiara: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = lambda worker_ids, currency, now: dict.fromkeys(worker_ids, Payability(True))  # noqa: E731
    monkeypatch.setattr(lines, "payability", ready)
    row = proposed(entry, amina)
    cycle = draft_cycle(starts_at=END - WEEK, ends_at=END, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)

    with pytest.raises(EarningInCycle):
        approve_reversal(reversal_id=row.id, by=chiara, now=NOW)

    row.refresh_from_db()
    assert row.state == "PROPOSED"


def test_nobody_decides_their_own_proposal_or_money(entry: JournalEntry, ada: Any, amina: Any, chiara: Any) -> None:
    row = proposed(entry, amina)
    both = make_person("Dana", "FINANCE_PREPARER", "FINANCE_APPROVER")
    given = {"reversal_id": row.id, "now": NOW}

    for command, by, refusal in (
        (approve_reversal, amina, FourEyesRequired),
        (withdraw_reversal, both, FourEyesRequired),
    ):
        with pytest.raises(refusal):
            command(**given, by=by)
    with pytest.raises(NotPermitted):
        proposed(entry, ada)
    with pytest.raises(IntegrityError, match="reversal_four_eyes"), transaction.atomic():
        Reversal.objects.filter(id=row.id).update(state="APPROVED", decided_by=amina, decided_at=NOW)
    with pytest.raises(IntegrityError, match="what was proposed stands"), transaction.atomic():
        Reversal.objects.filter(id=row.id).update(reason_text="Another.")
    assert get_balance(payable(ada.id, "EUR")) == euros(50)


def test_only_earnings_and_clawbacks_are_taken_back_once_and_with_a_reason(
    entry: JournalEntry, ada: Any, amina: Any, chiara: Any
) -> None:
    with pytest.raises(InvalidReversal):
        propose_reversal(entry_id=entry.id, reason_code="", reason_text=" ", by=amina, now=NOW)
    with pytest.raises(UnknownEntry):
        propose_reversal(entry_id=ada.id, **WHY, by=amina, now=NOW)
    row = proposed(entry, amina)
    with pytest.raises(ReversalAlreadyProposed):
        proposed(entry, amina)
    approve_reversal(reversal_id=row.id, by=chiara, now=NOW)
    with pytest.raises(EntryAlreadyReversed):
        proposed(entry, amina)
    with pytest.raises(NotReversible):
        proposed(JournalEntry.objects.get(kind="EARNING_REVERSED"), amina)
    with pytest.raises(IllegalTransition):
        approve_reversal(reversal_id=row.id, by=chiara, now=NOW)


def test_api_and_pages_let_one_person_propose_and_another_decide(entry: JournalEntry, amina: Any, chiara: Any) -> None:
    maker, checker = Client(), Client()
    maker.force_login(amina)
    checker.force_login(chiara)
    page = f"/finance/journal/{entry.id}/"

    assert "Propose to take it back" in maker.get(page).content.decode()
    assert "Propose to take it back" not in checker.get(page).content.decode()
    assert maker.post(page, WHY | {"reason_text": ""}).status_code == 422
    path = maker.post(page, WHY)["Location"]
    withdrawn = maker.post(f"{path}withdraw/", {"expected_version": 1})
    sent = maker.post(
        API, {"entry": str(entry.id), **WHY}, content_type="application/json", headers={"Idempotency-Key": "one"}
    )
    headers = {"If-Match": '"1"', "Idempotency-Key": "two"}
    verb = f"{API}{sent.json()['id']}/approve/"
    refused = maker.post(verb, {}, content_type="application/json", headers=headers)
    done = checker.post(verb, {}, content_type="application/json", headers=headers)

    assert (withdrawn.status_code, sent.status_code, sent.json()["money"]["amount_minor"]) == (302, 201, 5000)
    assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes")
    assert (done.status_code, done.json()["state"]) == (200, "APPROVED")
    assert "It is decided" in checker.get(f"/finance/reversals/{sent.json()['id']}/").content.decode()
    assert "Withdrawn" in checker.get("/finance/reversals/").content.decode()
    assert "Reversed by" in checker.get(page).content.decode()
