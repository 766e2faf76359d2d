"""Two people for every payout: refused to the maker, to both roles in one person, to superusers, and to raw SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import FourEyesRequired, NotPermitted
from common.states import IllegalTransition
from payouts.cycles.commands import approve, calculate, draft_cycle, submit
from payouts.cycles.errors import UnknownCycle
from payouts.cycles.models import PayCycle
from payouts.facade import post_earnings
from tests.payouts.people import NOW, make_earning, make_person

pytestmark = pytest.mark.usefixtures("waiting")


def submitted(maker: Any, payee: Any, approver_of_work: Any) -> PayCycle:
    """Return a submitted cycle that pays ``payee`` 50.00 EUR."""
    post_earnings([make_earning(payee.id, approver_of_work.id, "task:1")], now=NOW - timedelta(days=2))
    cycle = draft_cycle(
        starts_at=NOW - timedelta(days=8), ends_at=NOW - timedelta(days=1), currency="EUR", by=maker, now=NOW
    )
    calculate(cycle_id=cycle.id, by=maker, now=NOW)
    return submit(cycle_id=cycle.id, by=maker, now=NOW)


def as_application(statement: str, **parameters: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE muster_app")
        cursor.execute(statement, parameters)


def still_submitted(cycle: PayCycle) -> bool:
    cycle.refresh_from_db()
    return (cycle.state, cycle.checker_id, cycle.approved_hash) == ("SUBMITTED", None, "")


def test_another_person_with_the_grant_approves_exactly_the_submitted_lines(
    amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    cycle = submitted(amina, ada, bola)

    approved = approve(cycle_id=cycle.id, by=chiara, now=NOW)

    assert (approved.state, approved.checker_id, approved.maker_id) == ("APPROVED", chiara.id, amina.id)
    assert approved.approved_hash == approved.lines_hash != ""


def test_the_maker_cannot_approve(amina: Any, ada: Any, bola: Any) -> None:
    cycle = submitted(amina, ada, bola)

    with pytest.raises(FourEyesRequired):
        approve(cycle_id=cycle.id, by=amina, now=NOW)

    assert still_submitted(cycle)


@pytest.mark.parametrize("is_superuser", [False, True])
def test_the_maker_with_both_roles_cannot_approve(ada: Any, bola: Any, is_superuser: bool) -> None:
    both = make_person("Dele", "FINANCE_PREPARER", "FINANCE_APPROVER", is_superuser=is_superuser)
    cycle = submitted(both, ada, bola)

    with pytest.raises(FourEyesRequired):
        approve(cycle_id=cycle.id, by=both, now=NOW)

    assert still_submitted(cycle)


@pytest.mark.parametrize("roles", [["FINANCE_PREPARER"], ["AUDITOR"]])
@pytest.mark.parametrize("is_superuser", [False, True])
def test_nobody_approves_without_the_grant_superusers_included(
    amina: Any, ada: Any, bola: Any, roles: list[str], is_superuser: bool
) -> None:
    cycle = submitted(amina, ada, bola)
    other = make_person("Emeka", *roles, is_superuser=is_superuser, is_staff=is_superuser)

    with pytest.raises(NotPermitted):
        approve(cycle_id=cycle.id, by=other, now=NOW)

    assert still_submitted(cycle)


@pytest.mark.parametrize("roles", [[], ["OPERATOR"]])
def test_a_superuser_or_operator_without_finance_does_not_even_see_the_cycle(
    amina: Any, ada: Any, bola: Any, roles: list[str]
) -> None:
    cycle = submitted(amina, ada, bola)

    with pytest.raises(UnknownCycle):
        approve(cycle_id=cycle.id, by=make_person("Root", *roles, is_superuser=True), now=NOW)

    assert still_submitted(cycle)


def test_a_grant_given_today_does_not_approve_yet(amina: Any, ada: Any, bola: Any) -> None:
    cycle = submitted(amina, ada, bola)
    fresh = make_person("Farid", "FINANCE_APPROVER", granted_at=NOW - timedelta(hours=23))
    auditing = make_person("Gita", "AUDITOR")
    fresh.platform_grants.create(role="AUDITOR", granted_at=NOW)

    for person in (fresh, auditing):
        with pytest.raises(NotPermitted):
            approve(cycle_id=cycle.id, by=person, now=NOW)

    assert still_submitted(cycle)


def test_an_approver_whom_the_cycle_pays_cannot_approve_it(amina: Any, chiara: Any, bola: Any) -> None:
    cycle = submitted(amina, chiara, bola)

    with pytest.raises(FourEyesRequired):
        approve(cycle_id=cycle.id, by=chiara, now=NOW)

    assert still_submitted(cycle)


def test_a_maker_whom_the_cycle_pays_cannot_submit_it(amina: Any, bola: Any) -> None:
    with pytest.raises(FourEyesRequired):
        submitted(amina, amina, bola)

    assert PayCycle.objects.get().state == "CALCULATED"


def test_one_preparer_cannot_submit_what_another_calculated(amina: Any, ada: Any, bola: Any) -> None:
    both = make_person("Dele", "FINANCE_PREPARER", "FINANCE_APPROVER")
    post_earnings([make_earning(ada.id, bola.id, "task:1")], now=NOW - timedelta(days=2))
    cycle = draft_cycle(
        starts_at=NOW - timedelta(days=8), ends_at=NOW - timedelta(days=1), currency="EUR", by=amina, now=NOW
    )
    calculate(cycle_id=cycle.id, by=both, now=NOW)

    with pytest.raises(FourEyesRequired):
        submit(cycle_id=cycle.id, by=amina, now=NOW)

    cycle.refresh_from_db()
    assert (cycle.state, cycle.maker_id) == ("CALCULATED", both.id)


def test_only_a_submitted_cycle_is_approved(amina: Any, chiara: Any) -> None:
    cycle = draft_cycle(
        starts_at=NOW - timedelta(days=8), ends_at=NOW - timedelta(days=1), currency="EUR", by=amina, now=NOW
    )

    with pytest.raises(IllegalTransition):
        approve(cycle_id=cycle.id, by=chiara, now=NOW)

    cycle.refresh_from_db()
    assert cycle.state == "DRAFT"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'APPROVED'", "pay_cycle_approved_before_money"),
        ("state = 'EXECUTING'", "pay_cycle_approved_before_money"),
        ("state = 'SOMETHING_NEW'", "pay_cycle_approved_before_money"),
        ("checker_id = maker_id", "pay_cycle_four_eyes"),
        (
            "state = 'APPROVED', checker_id = maker_id, approved_at = now(), approved_hash = lines_hash",
            "pay_cycle_four_eyes",
        ),
        (
            "state = 'APPROVED', checker_id = %(chiara)s, approved_at = now(), approved_hash = repeat('0', 64)",
            "pay_cycle_approved_before_money",
        ),
        (
            "state = 'APPROVED', checker_id = %(ada)s, approved_at = now(), approved_hash = lines_hash",
            "pay_cycle_not_to_oneself",
        ),
    ],
)
def test_raw_sql_cannot_approve_without_a_second_person(
    amina: Any, chiara: Any, ada: Any, bola: Any, change: str, constraint: str
) -> None:
    cycle = submitted(amina, ada, bola)

    with pytest.raises(IntegrityError) as caught:
        as_application(f"UPDATE payouts_paycycle SET {change}", chiara=chiara.id, ada=ada.id)

    assert caught.value.__cause__.diag.constraint_name == constraint
    assert still_submitted(cycle)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payouts_cycleline SET amount_minor = 1, earned_minor = 1",
        "DELETE FROM payouts_cycleline",
        "INSERT INTO payouts_cycleline (id, cycle_id, worker_id, currency, state, earned_minor, brought_minor,"
        " amount_minor, carried_minor, earnings_count, reason_code, reason_text)"
        " SELECT gen_random_uuid(), id, %(bola)s, currency, 'INCLUDED', 1, 0, 1, 0, 1, '', '' FROM payouts_paycycle",
    ],
)
def test_raw_sql_cannot_change_the_lines_of_a_submitted_cycle(amina: Any, ada: Any, bola: Any, statement: str) -> None:
    cycle = submitted(amina, ada, bola)
    before = list(cycle.lines.values_list())

    with pytest.raises(IntegrityError) as caught:
        as_application(statement, bola=bola.id)

    assert caught.value.__cause__.diag.constraint_name == "cycle_lines_stand"
    assert list(cycle.lines.values_list()) == before
