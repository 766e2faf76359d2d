"""Months of the books: opened without gaps, closed in their order by two people, and never opened again."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import FourEyesRequired, NotPermitted, StaleVersion
from common.models import AuditEvent
from common.money import Money
from common.states import IllegalTransition
from payouts.ledger.commands import close_period, keep_open, post_entry, propose_close, seal_entries
from payouts.ledger.errors import InvalidClose, PeriodClosed, PeriodNotReady, UnknownPeriod
from payouts.ledger.models import JournalEntry, Period
from payouts.ledger.queries import find_closed_until
from payouts.ledger.rules import LineSpec, expense, payable
from tests.payouts.people import make_person
from tests.payouts.support.tampering import tamper

OCTOBER, DECEMBER = date(2026, 10, 5), date(2026, 12, 2)
LATER = datetime(2026, 12, 3, 9, tzinfo=UTC)


def owe(worker: Any, day: date, key: str) -> JournalEntry:
    line = LineSpec(expense("work", "EUR"), payable(worker.id, "EUR"), Money(100, "EUR"))
    return post_entry(
        idempotency_key=key, kind="EARNING", effective_on=day, lines=[line], source=key, by=None, now=LATER
    )


@pytest.fixture
def emre(db: None) -> Any:
    """Emre prepares."""
    return make_person("Emre", "FINANCE_PREPARER")


@pytest.fixture
def fatou(db: None) -> Any:
    """Fatou approves."""
    return make_person("Fatou", "FINANCE_APPROVER")


@pytest.fixture
def october(ada: Any) -> Period:
    """October has one entry, which is sealed."""
    owe(ada, OCTOBER, "october")
    seal_entries()
    return Period.objects.get(month="2026-10")


def propose(by: Any, month: str = "2026-10", **changes: Any) -> Period:
    return propose_close(**{"month": month, "reason_text": "All is compared.", "by": by, "now": LATER} | changes)


def close(by: Any, month: str = "2026-10", **changes: Any) -> Period:
    return close_period(**{"month": month, "by": by, "now": LATER} | changes)


def test_months_between_two_entries_are_opened_too(ada: Any) -> None:
    owe(ada, DECEMBER, "late")
    owe(ada, OCTOBER, "early")

    rows = list(Period.objects.order_by("starts_on").values_list("month", "starts_on", "ends_on"))
    assert [month for month, _, _ in rows] == ["2026-10", "2026-11", "2026-12"]
    assert [ends for _, _, ends in rows][:-1] == [starts for _, starts, _ in rows][1:]


def test_a_month_is_proposed_by_one_person_and_closed_by_another(october: Period, emre: Any, fatou: Any) -> None:
    propose(emre)
    closed = close(fatou)

    assert (closed.state, closed.proposed_by, closed.closed_by, closed.closed_at) == ("CLOSED", emre, fatou, LATER)
    assert find_closed_until() == date(2026, 11, 1)
    said = AuditEvent.objects.filter(object_type="payouts.period").order_by("id").values_list("action", "actor_id")
    assert list(said) == [("period.proposed", emre.pk), ("period.closed", fatou.pk)]


def test_a_closed_month_takes_no_entry_and_neither_does_one_before_it(
    october: Period, ada: Any, emre: Any, fatou: Any
) -> None:
    propose(emre)
    owe(ada, OCTOBER, "while proposed")
    seal_entries()
    close(fatou)

    for day in (OCTOBER, date(2026, 9, 30), date(2020, 1, 1)):
        with pytest.raises(PeriodClosed):
            owe(ada, day, f"too late {day}")

    assert JournalEntry.objects.count() == 2
    assert Period.objects.count() == 1
    owe(ada, DECEMBER, "in an open month")


def test_who_proposed_never_closes_whatever_they_hold(october: Period, db: None) -> None:
    amina = make_person("Amina", "FINANCE_PREPARER", "FINANCE_APPROVER", is_superuser=True)
    propose(amina)

    with pytest.raises(FourEyesRequired):
        close(amina)
    with pytest.raises(IntegrityError, match="ledger_period_four_eyes"), transaction.atomic():
        Period.objects.update(state="CLOSED", closed_by=amina, closed_at=LATER)

    october.refresh_from_db()
    assert (october.state, october.closed_by) == ("PROPOSED", None)


def test_rights_versions_and_states_are_asked(october: Period, ada: Any, emre: Any, fatou: Any) -> None:
    with pytest.raises(NotPermitted):
        propose(fatou)
    with pytest.raises(UnknownPeriod):
        close(ada)
    with pytest.raises(UnknownPeriod):
        propose(emre, month="2026-09")
    with pytest.raises(InvalidClose):
        propose(emre, reason_text="  ")
    with pytest.raises(IllegalTransition):
        close(fatou)
    with pytest.raises(StaleVersion):
        propose(emre, expected_version=2)
    propose(emre, expected_version=1)
    with pytest.raises(NotPermitted):
        close(make_person("Goran", "AUDITOR"))
    with pytest.raises(IllegalTransition):
        propose(emre)
    october.refresh_from_db()
    assert (october.state, october.version) == ("PROPOSED", 2)


@pytest.mark.parametrize("role", ["FINANCE_PREPARER", "FINANCE_APPROVER"])
def test_a_proposal_is_taken_back_with_a_reason(october: Period, emre: Any, role: str) -> None:
    hana = make_person("Hana", role)
    propose(emre)
    with pytest.raises(InvalidClose):
        keep_open(month="2026-10", reason_text="", by=hana, now=LATER)

    row = keep_open(month="2026-10", reason_text="A fee is missing.", by=hana, now=LATER)

    assert (row.state, row.proposed_by, row.proposal_text) == ("OPEN", None, "")
    assert AuditEvent.objects.filter(action="period.open").get().reason_text == "A fee is missing."


def obstacles(call: Any) -> dict[str, str]:
    with pytest.raises(PeriodNotReady) as caught:
        call()
    return {problem.code: problem.detail for problem in caught.value.problems}


def test_the_checklist_names_each_reason_at_once(october: Period, ada: Any, emre: Any) -> None:
    owe(ada, DECEMBER, "december")
    tamper("UPDATE payouts_ledgerbalance SET balance_minor = 7")

    found = obstacles(lambda: propose(emre, month="2026-12"))

    assert set(found) == {"balances", "chained", "in_order", "over"}
    assert found["chained"].startswith("Not chained yet: 1 of its entries.")
    assert f"expert:{ada.id}:payable:EUR: the balance says 7, its lines sum to 200" in found["balances"]
    assert not Period.objects.exclude(state="OPEN").exists()


def test_the_checklist_is_asked_again_at_the_close(october: Period, ada: Any, emre: Any, fatou: Any) -> None:
    propose(emre)
    owe(ada, OCTOBER, "after the proposal")

    assert set(obstacles(lambda: close(fatou))) == {"chained"}
    october.refresh_from_db()
    assert october.state == "PROPOSED"


def test_the_database_closes_months_in_their_order_only(ada: Any, emre: Any, fatou: Any) -> None:
    owe(ada, OCTOBER, "october")
    owe(ada, DECEMBER, "december")
    marks = {"proposed_by": emre, "proposed_at": LATER, "proposal_text": "x", "closed_by": fatou, "closed_at": LATER}

    with pytest.raises(IntegrityError, match="closed up to a later month"), transaction.atomic():
        Period.objects.filter(month="2026-11").update(state="CLOSED", **marks)
    Period.objects.filter(month="2026-10").update(state="CLOSED", **marks)
    with pytest.raises(IntegrityError, match="closed up to a later month"), transaction.atomic():
        Period.objects.create(month="2026-09", starts_on=date(2026, 9, 1), ends_on=date(2026, 10, 1))


def test_a_posting_under_way_is_in_the_month_or_the_close_is_refused(fresh_database: str) -> None:
    ada, emre = make_person("Ada"), make_person("Emre", "FINANCE_PREPARER")
    fatou = make_person("Fatou", "FINANCE_APPROVER")
    owe(ada, OCTOBER, "first")
    seal_entries()
    propose(emre)
    posted, outcome = threading.Event(), []

    def post_slowly() -> None:
        with transaction.atomic():
            owe(ada, OCTOBER, "slow")
            posted.set()
            closer.join(timeout=0.5)
            outcome.append("committed" if closer.is_alive() else "the close did not wait")
        connection.close()

    def close_meanwhile() -> None:
        posted.wait(5)
        try:
            close(fatou, now=LATER + timedelta(seconds=1))
            outcome.append("closed")
        except PeriodNotReady:
            outcome.append("not ready")
        connection.close()

    closer = threading.Thread(target=close_meanwhile)
    poster = threading.Thread(target=post_slowly)
    for thread in (closer, poster):
        thread.start()
    for thread in (poster, closer):
        thread.join()

    assert outcome == ["committed", "not ready"]
    assert Period.objects.get(month="2026-10").state == "PROPOSED"
