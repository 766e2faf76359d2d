"""Holds on payees: a changed account or log-in stops pay for 72 hours unless two people lift it; pay and change in both orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from common.errors import Conflict, DomainError, FourEyesRequired, NotPermitted, StaleVersion
from common.models import OutboxEvent
from common.verification import run_checks
from marketplace.experts.models import Expert
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, submit
from payouts.cycles.models import CycleLine, LineDestination
from payouts.facade import post_earnings
from payouts.payees import commands
from payouts.payees.errors import InvalidRelease, UnknownPayeeHold
from payouts.payees.models import Payee, PayeeHold
from payouts.payees.queries import payability
from payouts.rails import registry
from payouts.transfers.commands import resume_payout, submit_payout
from payouts.transfers.models import Payout
from tests.payouts.cycles.test_races import at_once
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story, euros

END = datetime(2026, 11, 9, tzinfo=UTC)
OTHER_BANK = "DE02120300000000202051"


@pytest.fixture
def amina(db: None) -> Any:
    return make_person("Amina", "FINANCE_PREPARER", "FINANCE_APPROVER")


@pytest.fixture
def chiara(db: None) -> Any:
    return make_person("Chiara", "FINANCE_APPROVER")


def approved_cycle(story: Story, ada: Any, amina: Any, chiara: Any, bola: Any) -> Any:
    """Return an approved cycle that pays Ada 50 EUR."""
    story.onboard(ada)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=END - timedelta(days=1))
    cycle = draft_cycle(starts_at=END - timedelta(days=7), ends_at=END, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    return approve(cycle_id=cycle.id, by=chiara, now=NOW)


def change_bank(story: Story, ada: Any) -> None:
    story.fill_in_form(ada, number=OTHER_BANK)
    commands.refresh_payee(payee_id=Payee.objects.get(worker=ada).id, now=story.now)


def lifted(story: Story, amina: Any, chiara: Any) -> PayeeHold:
    row = PayeeHold.objects.get()
    commands.propose_lift(hold_id=row.id, reason_text="Ada called from her known number.", by=amina, now=story.now)
    return commands.lift(hold_id=row.id, reason_text="Checked the call.", by=chiara, now=story.now)


def reason(story: Story, user: Any) -> str:
    return payability([user.id], "EUR", now=story.now)[user.id].reason_code


# What an approval signs off


def test_an_approval_keeps_where_the_money_was_to_go_for_good(
    story: Story, ada: Any, amina: Any, chiara: Any, bola: Any
) -> None:
    approved_cycle(story, ada, amina, chiara, bola)
    kept, payee = LineDestination.objects.get(), Payee.objects.get()

    facts = (kept.bank_last4, kept.bank_name, kept.country, kept.currency, kept.taken_at)
    assert facts == ("3000", "STRIPE TEST BANK", "DE", "EUR", NOW)
    assert (kept.account_id, kept.bank_fingerprint) == (payee.account_id, payee.bank_fingerprint)
    for sql in ("UPDATE payouts_linedestination SET bank_fingerprint = 'x'", "DELETE FROM payouts_linedestination"):
        with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
            connection.cursor().execute(sql)


def test_a_bank_changed_after_the_approval_is_paid_to_neither_account(
    story: Story, ada: Any, amina: Any, chiara: Any, bola: Any
) -> None:
    cycle = approved_cycle(story, ada, amina, chiara, bola)
    change_bank(story, ada)
    lifted(story, amina, chiara)
    assert reason(story, ada) == ""

    execute(cycle_id=cycle.id, by=amina, now=story.now)

    line = CycleLine.objects.get()
    assert (line.state, line.reason_code, line.payout_id) == ("HELD", "DESTINATION_CHANGED", None)
    assert (Payout.objects.count(), story.transfers(), story.balances(ada)[0]) == (0, [], 5000)
    assert OutboxEvent.objects.filter(name="payouts.payment.held").count() == 1
    assert [r.name for r in run_checks() if not r.is_ok] == []


def test_a_bank_changed_after_the_reservation_is_paid_to_neither_until_somebody_else_looked(
    story: Story, ada: Any, amina: Any, chiara: Any, bola: Any
) -> None:
    cycle = approved_cycle(story, ada, amina, chiara, bola)
    execute(cycle_id=cycle.id, by=amina, now=story.now)
    change_bank(story, ada)
    payout = submit_payout(payout_id=Payout.objects.get().id, now=story.now)
    assert (payout.state, payout.failure_code, story.transfers()) == ("HELD", "DESTINATION_CHANGED", [])
    with pytest.raises(DomainError):
        resume_payout(payout_id=payout.id, by=chiara, now=story.now)

    lifted(story, amina, chiara)
    resume_payout(payout_id=payout.id, by=chiara, now=story.now)
    submit_payout(payout_id=payout.id, now=story.now)

    payout.refresh_from_db()
    assert (payout.bank_last4, len(story.transfers())) == ("2051", 1)


def test_a_bank_changed_after_the_submission_holds_only_what_comes_next(
    story: Story, ada: Any, amina: Any, chiara: Any, bola: Any
) -> None:
    cycle = approved_cycle(story, ada, amina, chiara, bola)
    execute(cycle_id=cycle.id, by=amina, now=story.now)
    submit_payout(payout_id=Payout.objects.get().id, now=story.now)

    change_bank(story, ada)

    assert (Payout.objects.get().state, len(story.transfers())) == ("TRANSFERRED", 1)
    assert reason(story, ada) == "DESTINATION_CHANGED"


def test_nobody_resumes_their_own_payout(story: Story, amina: Any) -> None:
    story.onboard(amina)
    story.earn(amina, euros(10))
    payout = story.reserve(amina, euros(10))

    with pytest.raises(FourEyesRequired):
        resume_payout(payout_id=payout.id, by=amina, now=story.now)


@pytest.mark.parametrize("round_number", range(3))
def test_bank_change_and_pay_at_once_end_in_paid_as_approved_or_held(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch, round_number: int
) -> None:
    story = Story()
    monkeypatch.setitem(registry._rails, "connect", story.rail)
    amina, chiara = make_person("Amina", "FINANCE_PREPARER"), make_person("Chiara", "FINANCE_APPROVER")
    ada, bola = make_person("Ada"), make_person("Bola")
    cycle = approved_cycle(story, ada, amina, chiara, bola)
    signed = LineDestination.objects.get().bank_fingerprint
    story.fill_in_form(ada, number=OTHER_BANK)

    outcomes = at_once(
        lambda: execute(cycle_id=cycle.id, by=amina, now=NOW),
        lambda: commands.refresh_payee(payee_id=Payee.objects.get(worker=ada).id, now=NOW),
    )

    line, payout = CycleLine.objects.get(), Payout.objects.first()
    if payout is not None:
        submit_payout(payout_id=payout.id, now=NOW)
        payout.refresh_from_db()
    assert outcomes == ["done", "done"]
    if line.state == "HELD":
        assert payout is None
    else:
        assert payout is not None
        assert (payout.destination_fingerprint, payout.state) == (signed, "HELD")
    assert story.transfers() == []
    connection.close()


# What starts a hold


@pytest.mark.parametrize("what", ["password", "e-mail address", "second factor"])
def test_another_way_to_log_in_holds_pay_for_72_hours(story: Story, ada: Any, what: str) -> None:
    story.onboard(ada)
    commands.hold_after_security_change(worker_id=ada.id, what=what, now=story.now)

    told = payability([ada.id], "EUR", now=story.now)[ada.id]
    assert told.words == f"Your {what} was changed. You can be paid from 2026-11-15 09:30 UTC."
    story.pass_time(hours=71.9)
    assert reason(story, ada) == "SECURITY_CHANGED"
    story.pass_time(hours=0.2)
    assert reason(story, ada) == ""


def test_who_has_no_account_to_be_paid_to_is_not_held(story: Story, ada: Any) -> None:
    commands.hold_after_security_change(worker_id=ada.id, what="password", now=story.now)

    assert not PayeeHold.objects.exists()


def test_a_change_whose_webhook_was_lost_is_found_at_night(story: Story, ada: Any, bola: Any) -> None:
    story.onboard(ada)
    story.onboard(bola, number="DE62370400440532013001")
    story.fill_in_form(ada, number=OTHER_BANK)
    assert reason(story, ada) == ""

    call_command("payees", "compare")

    assert (reason(story, ada), reason(story, bola)) == ("DESTINATION_CHANGED", "")
    assert PayeeHold.objects.get().worker == ada


# How it ends


def test_two_people_lift_a_hold_early_and_neither_is_the_payee(story: Story, ada: Any, amina: Any, chiara: Any) -> None:
    story.onboard(ada)
    change_bank(story, ada)
    row = PayeeHold.objects.get()
    with pytest.raises(InvalidRelease, match="Nobody has proposed"):
        commands.lift(hold_id=row.id, reason_text="x", by=chiara, now=story.now)
    with pytest.raises(UnknownPayeeHold):
        commands.appeal(hold_id=row.id, appeal_text="x", by=chiara, now=story.now)
    commands.propose_lift(hold_id=row.id, reason_text="She called.", by=amina, now=story.now)
    with pytest.raises(FourEyesRequired):
        commands.lift(hold_id=row.id, reason_text="x", by=amina, now=story.now)
    with pytest.raises(StaleVersion):
        commands.lift(hold_id=row.id, reason_text="x", by=chiara, now=story.now, expected_version=1)
    assert reason(story, ada) == "DESTINATION_CHANGED"

    commands.lift(hold_id=row.id, reason_text="Checked.", by=chiara, now=story.now)

    assert reason(story, ada) == ""
    with pytest.raises(Conflict):
        commands.lift(hold_id=row.id, reason_text="Again.", by=chiara, now=story.now)


def test_a_payee_in_finance_neither_proposes_nor_lifts_for_themselves(story: Story, amina: Any, chiara: Any) -> None:
    story.onboard(amina)
    change_bank(story, amina)
    row = PayeeHold.objects.get()
    with pytest.raises(FourEyesRequired):
        commands.propose_lift(hold_id=row.id, reason_text="It is me.", by=amina, now=story.now)
    commands.propose_lift(hold_id=row.id, reason_text="She called.", by=chiara, now=story.now)
    with pytest.raises(FourEyesRequired):
        commands.lift(hold_id=row.id, reason_text="It is me.", by=amina, now=story.now)


def test_who_only_prepares_lifts_nothing(story: Story, ada: Any, amina: Any) -> None:
    story.onboard(ada)
    change_bank(story, ada)
    row = PayeeHold.objects.get()
    commands.propose_lift(hold_id=row.id, reason_text="She called.", by=amina, now=story.now)

    with pytest.raises(NotPermitted):
        commands.lift(hold_id=row.id, reason_text="x", by=make_person("Dele", "FINANCE_PREPARER"), now=story.now)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("lifted_by_id = proposed_by_id, lifted_at = now(), lift_text = 'x'", "payee_hold_lifted_by_another"),
        ("lifted_by_id = worker_id, lifted_at = now(), lift_text = 'x'", "payee_hold_not_over_oneself"),
        ("lifted_at = now()", "payee_hold_lifted_by_another"),
        ("proposed_by_id = worker_id", "payee_hold_not_over_oneself"),
        ("ends_at = now()", "stands"),
        ("reason_text = 'Nothing happened.'", "stands"),
    ],
)
def test_raw_sql_cannot_end_a_hold_without_two_people(
    story: Story, ada: Any, amina: Any, change: str, constraint: str
) -> None:
    story.onboard(ada)
    change_bank(story, ada)
    commands.propose_lift(hold_id=PayeeHold.objects.get().id, reason_text="x", by=amina, now=story.now)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        connection.cursor().execute(f"UPDATE payouts_payeehold SET {change}")


# Faces


def test_the_api_proposes_lifts_and_takes_an_appeal(story: Story, ada: Any, amina: Any, chiara: Any, bola: Any) -> None:
    story.onboard(ada)
    change_bank(story, ada)
    row = PayeeHold.objects.get()

    def post(person: Any, verb: str, key: str, version: int, **body: str) -> Any:
        headers = {"Idempotency-Key": key, "If-Match": f'"{version}"'}
        path = f"/api/v1/payee-holds/{row.id}/{verb}/"
        return as_(person).post(path, body, content_type="application/json", headers=headers)

    listed = as_(amina).get("/api/v1/payee-holds/?stops=true").json()["results"]
    assert [(item["id"], item["kind"]) for item in listed] == [(str(row.id), "DESTINATION_CHANGED")]
    assert as_(bola).get(f"/api/v1/payee-holds/{row.id}/").status_code in (403, 404)
    make_expert(ada)
    assert post(ada, "appeal", "a", 1, appeal_text="It was me.").json()["appeal_text"] == "It was me."
    assert post(amina, "proposal", "b", 2, reason_text="She called.").status_code == 200
    own = post(amina, "lifting", "c", 3, reason_text="x")
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")
    done = post(chiara, "lifting", "d", 3, reason_text="Checked.")
    assert (done.status_code, done.json()["stops"]) == (200, False)


def test_the_pages_propose_lift_and_take_an_appeal(story: Story, ada: Any, amina: Any, chiara: Any) -> None:
    story.onboard(ada)
    change_bank(story, ada)
    make_expert(ada)
    row = PayeeHold.objects.get()
    page = f"/finance/payee-holds/{row.id}/"

    assert "Bank account changed" in as_(ada).get("/payout-method/").content.decode()
    assert as_(ada).post(f"/payout-method/holds/{row.id}/", {"appeal_text": "It was me."}).status_code == 302
    assert as_(amina).post(page, {"reason_text": "She called.", "expected_version": 2}).status_code == 302
    assert as_(amina).post(page, {"reason_text": "Again.", "expected_version": 3}).status_code == 302
    row.refresh_from_db()
    assert row.lifted_at is None
    shown = as_(chiara).get(page).content.decode()
    assert as_(chiara).post(page, {"reason_text": "Checked.", "expected_version": row.version}).status_code == 302
    assert "It was me." in shown
    assert "Lift the hold" in shown
    assert reason(story, ada) == ""


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def make_expert(person: Any) -> None:
    Expert.objects.create(
        user=person,
        legal_name=person.full_name,
        preferred_name=person.full_name,
        residence_country="DE",
        tax_country="DE",
        bank_country="DE",
        timezone="Europe/Berlin",
        weekly_capacity_minutes=600,
        created_at=NOW,
    )
