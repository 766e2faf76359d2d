"""Above a limit two people approve the same lines: refused to one person twice, to the maker, to payees, and to raw SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from common.errors import FourEyesRequired
from common.models import AuditEvent
from payouts.cycles.commands import approve, calculate, send_back, submit
from payouts.cycles.errors import CycleChanged
from payouts.cycles.models import CycleLineEarning, PayCycle
from payouts.cycles.queries import approvals_missing
from tests.payouts.cycles.test_four_eyes import as_application, submitted
from tests.payouts.people import NOW, make_person

pytestmark = pytest.mark.usefixtures("waiting")


@pytest.fixture(autouse=True)
def limit(settings: Any) -> None:
    """Cycles of these tests pay 50.00 EUR; above 49 EUR two people approve."""
    settings.PAYOUT_SECOND_APPROVAL_OVER = {"*": 0, "EUR": 49}


@pytest.fixture
def priya(db: None) -> Any:
    """Priya approves too."""
    return make_person("Priya", "FINANCE_APPROVER")


@pytest.fixture
def once_approved(amina: Any, chiara: Any, ada: Any, bola: Any) -> PayCycle:
    """A cycle that Chiara has approved, and nobody else yet."""
    return approve(cycle_id=submitted(amina, ada, bola).id, by=chiara, now=NOW)


def facts(cycle: PayCycle) -> tuple[Any, ...]:
    cycle.refresh_from_db()
    return cycle.state, cycle.first_checker_id, cycle.checker_id, cycle.approved_hash


def test_two_people_approve_the_same_lines(once_approved: PayCycle, chiara: Any, priya: Any) -> None:
    cycle, first_hash = once_approved, once_approved.first_hash
    assert facts(cycle) == ("SUBMITTED", chiara.id, None, "")
    assert approvals_missing(cycle) == 1

    approve(cycle_id=cycle.id, by=priya, now=NOW + timedelta(minutes=9), expected_version=cycle.version)

    assert facts(cycle) == ("APPROVED", chiara.id, priya.id, cycle.lines_hash)
    assert (first_hash, approvals_missing(cycle)) == (cycle.lines_hash, 0)
    assert cycle.approved_at - cycle.first_approved_at == timedelta(minutes=9)
    acts = AuditEvent.objects.filter(object_id=str(cycle.id)).order_by("id").values_list("action", "actor_id")
    assert list(acts)[-2:] == [("paycycle.first_approval", chiara.id), ("paycycle.approved", priya.id)]


@pytest.mark.parametrize("limit_major", [50, 51])
def test_up_to_the_limit_one_approval_is_enough(
    amina: Any, chiara: Any, ada: Any, bola: Any, settings: Any, limit_major: int
) -> None:
    settings.PAYOUT_SECOND_APPROVAL_OVER = {"*": 0, "EUR": limit_major}
    cycle = submitted(amina, ada, bola)
    assert approvals_missing(cycle) == 1

    approve(cycle_id=cycle.id, by=chiara, now=NOW)

    assert facts(cycle) == ("APPROVED", None, chiara.id, cycle.lines_hash)


def test_a_currency_without_a_limit_of_its_own_has_that_of_all_others(
    amina: Any, ada: Any, bola: Any, settings: Any
) -> None:
    settings.PAYOUT_SECOND_APPROVAL_OVER = {"*": 49}

    assert approvals_missing(submitted(amina, ada, bola)) == 2


def test_the_first_approver_cannot_give_the_second(once_approved: PayCycle, chiara: Any) -> None:
    with pytest.raises(FourEyesRequired, match="somebody else gives the second"):
        approve(cycle_id=once_approved.id, by=chiara, now=NOW)

    assert facts(once_approved) == ("SUBMITTED", chiara.id, None, "")


def test_neither_approval_is_the_makers_or_a_payees(amina: Any, chiara: Any, priya: Any, bola: Any) -> None:
    cycle = submitted(amina, priya, bola)
    for person in (amina, priya):
        with pytest.raises(FourEyesRequired):
            approve(cycle_id=cycle.id, by=person, now=NOW)
    approve(cycle_id=cycle.id, by=chiara, now=NOW)

    for person in (amina, priya):
        with pytest.raises(FourEyesRequired):
            approve(cycle_id=cycle.id, by=person, now=NOW)

    assert facts(cycle) == ("SUBMITTED", chiara.id, None, "")


def test_lines_that_changed_after_the_first_approval_are_not_approved(
    once_approved: PayCycle, chiara: Any, priya: Any
) -> None:
    CycleLineEarning.objects.filter(line__cycle=once_approved).delete()

    with pytest.raises(CycleChanged):
        approve(cycle_id=once_approved.id, by=priya, now=NOW)

    assert facts(once_approved) == ("SUBMITTED", chiara.id, None, "")


def test_sending_back_takes_the_first_approval_away(once_approved: PayCycle, amina: Any, priya: Any) -> None:
    cycle = once_approved
    send_back(cycle_id=cycle.id, reason_text="Look at the bonuses.", by=priya, now=NOW)
    assert facts(cycle) == ("CALCULATED", None, None, "")
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)

    approve(cycle_id=cycle.id, by=priya, now=NOW)

    assert facts(cycle) == ("SUBMITTED", priya.id, None, "")


def test_a_limit_that_is_raised_later_changes_nothing_for_what_was_submitted(
    amina: Any, chiara: Any, ada: Any, bola: Any, settings: Any
) -> None:
    cycle = submitted(amina, ada, bola)
    settings.PAYOUT_SECOND_APPROVAL_OVER = {"*": 1_000_000}

    approve(cycle_id=cycle.id, by=chiara, now=NOW)

    assert facts(cycle)[0] == "SUBMITTED"


_APPROVED = "checker_id = %(priya)s, approved_at = now(), approved_hash = lines_hash"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        (f"state = 'APPROVED', {_APPROVED}, first_checker_id = NULL, first_approved_at = NULL, first_hash = ''", 0),
        (f"state = 'EXECUTING', {_APPROVED}, first_checker_id = NULL, first_approved_at = NULL, first_hash = ''", 0),
        ("state = 'APPROVED', checker_id = first_checker_id, approved_at = now(), approved_hash = lines_hash", 1),
        ("first_checker_id = maker_id", 1),
        ("first_hash = repeat('0', 64)", 1),
        ("lines_hash = repeat('0', 64)", 1),
        (f"state = 'APPROVED', {_APPROVED}, second_approval_over_minor = 5000", 2),
        ("second_approval_over_minor = 5000", 2),
        ("first_checker_id = %(ada)s", 3),
    ],
)
def test_raw_sql_cannot_do_with_one_approval(
    once_approved: PayCycle, chiara: Any, priya: Any, ada: Any, change: str, constraint: int
) -> None:
    names = ("pay_cycle_second_approval", "pay_cycle_six_eyes", "pay_cycle_limit_stands", "pay_cycle_not_to_oneself")

    with pytest.raises(IntegrityError) as caught:
        as_application(f"UPDATE payouts_paycycle SET {change}", priya=priya.id, ada=ada.id)

    assert caught.value.__cause__.diag.constraint_name == names[constraint]
    assert facts(once_approved) == ("SUBMITTED", chiara.id, None, "")
