"""Lines to look at before a cycle is approved: what is told of whom, what is not, and who reads it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from payouts.adjustments.commands import approve_adjustment, propose_adjustment
from payouts.cycles.commands import calculate, draft_cycle, submit
from payouts.cycles.models import CycleLine, PayCycle
from payouts.cycles.red_flags import count_red_flags, explain_flags, list_flagged
from payouts.facade import post_earnings
from payouts.payees.models import Payee, TaxForm
from payouts.transfers.models import Payout
from tests.payouts.cycles.test_running import END, POSTED, WEEK
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import euros

pytestmark = pytest.mark.usefixtures("waiting")


def banked(worker: Any, *, bank: str = "", was: str = "") -> Payee:
    """Give a worker an account, and a payment some weeks ago to ``was``, or to the same."""
    account = bank or f"bank of {worker.full_name}"
    sent = END - 3 * WEEK
    Payout.objects.create(
        worker=worker,
        currency="EUR",
        amount_minor=100,
        rail="connect",
        state="PAID",
        destination="acct",
        destination_fingerprint=was or account,
        bank_last4="1111",
        provider_ref=f"tr_{worker.full_name}",
        created_at=sent,
        transferred_at=sent,
        paid_at=sent,
        ended_at=sent,
    )
    return Payee.objects.create(
        worker=worker,
        legal_name=worker.full_name,
        country="DE",
        currency="EUR",
        rail="connect",
        bank_fingerprint=account,
        bank_last4="2222",
        created_at=sent,
    )


def earn(worker: Any, *approvers: Any, **changes: Any) -> None:
    """Let a worker have one piece of work approved by each of ``approvers``, three hours apart."""
    already = CycleLine.objects.count()
    given = [
        make_earning(
            worker.id,
            by.id,
            f"{worker.full_name}:{already}:{number}",
            **{
                "worked_from": POSTED - timedelta(hours=3 * number + 2),
                "worked_to": POSTED - timedelta(hours=3 * number),
                **changes,
            },
        )
        for number, by in enumerate(approvers)
    ]
    post_earnings(given, now=POSTED)


def calculated(amina: Any) -> PayCycle:
    cycle = draft_cycle(starts_at=END - WEEK, ends_at=END, currency="EUR", by=amina, now=NOW)
    return calculate(cycle_id=cycle.id, by=amina, now=NOW)


def told(cycle: PayCycle, kind: str = "") -> dict[str, list[tuple[str, str]]]:
    """Return by person the flags of the listed lines, each as kind and words."""
    rows = explain_flags(list_flagged([cycle], kind=kind))
    return {row.line.worker.full_name: [(flag.kind, flag.words) for flag in row.flags] for row in rows}


def test_somebody_who_was_paid_before_and_whom_two_people_approved_is_not_told(
    amina: Any, ada: Any, bola: Any, chen: Any
) -> None:
    banked(ada)
    earn(ada, bola, chen, bola)

    cycle = calculated(amina)

    assert told(cycle) == {}
    counts = count_red_flags([cycle])[cycle.id]
    assert (counts.lines, counts.by_kind) == (0, {})


def test_a_line_of_bonuses_alone_is_told_with_whether_its_person_ever_worked(
    amina: Any, chiara: Any, ada: Any, bola: Any, chen: Any
) -> None:
    banked(ada)
    banked(chen)
    for worker in (ada, chen):
        bonus = propose_adjustment(
            kind="BONUS",
            worker_id=worker.id,
            money=euros(7),
            reason_code="B",
            reason_text="Why.",
            by=amina,
            now=POSTED,
        )
        approve_adjustment(adjustment_id=bonus.id, by=chiara, now=POSTED)
    earn(ada, bola)

    cycle = calculated(amina)

    words = "Bonuses and corrections of 7.00 EUR alone, and no work. No work of theirs was ever approved."
    assert told(cycle) == {"Chen": [("NO_WORK", words)]}
    (row,) = explain_flags(list_flagged([cycle]))
    assert row.flags[0].evidence_id == row.line.earnings.get().earning_id


def test_another_account_than_that_of_the_last_payment_is_told_and_a_first_account_is_not(
    amina: Any, ada: Any, bola: Any, chen: Any
) -> None:
    payee = banked(ada, was="another bank")
    banked(chen)
    earn(ada, bola)
    earn(chen, bola)

    rows = explain_flags(list_flagged([calculated(amina)]))

    (flag,) = rows[0].flags
    assert len(rows) == 1
    assert flag.words == "Goes to •••• 2222; they were last paid on 19 Oct 2026 to •••• 1111."
    assert (flag.kind, flag.evidence, flag.evidence_id) == ("NEW_DESTINATION", "PAYEE", payee.id)


def test_who_shares_a_bank_account_or_a_taxpayer_number_is_told_with_the_others_name(
    amina: Any, ada: Any, bola: Any, chen: Any
) -> None:
    dana = make_person("Dana")
    for worker, bank in ((ada, "one bank"), (chen, "one bank"), (dana, "her bank")):
        banked(worker, bank=bank)
        earn(worker, bola)
    for worker, state in ((ada, "VALID"), (dana, "SUBMITTED"), (chen, "REJECTED")):
        reviewed = {"reviewed_by": bola, "reviewed_at": NOW, "review_text": "Looked."} if state != "SUBMITTED" else {}
        TaxForm.objects.create(
            worker=worker,
            version=1,
            form="W8BEN",
            legal_name=worker.full_name,
            tax_country="DE",
            tin_last4="6789",
            tin_hash="the same",
            works_in_us=False,
            signed_on=NOW.date(),
            expires_on=(NOW + timedelta(days=900)).date(),
            submitted_at=NOW,
            state=state,
            **reviewed,
        )

    assert told(calculated(amina)) == {
        "Ada": [
            ("SHARED_BANK", "Their bank account is also that of Chen."),
            ("SHARED_TAX_ID", "Their taxpayer number is also that of Dana."),
        ],
        "Chen": [("SHARED_BANK", "Their bank account is also that of Ada.")],
        "Dana": [("SHARED_TAX_ID", "Their taxpayer number is also that of Ada.")],
    }


@pytest.mark.parametrize(
    ("quantity", "length", "told_hours"),
    [
        (2, timedelta(hours=2), ""),
        (Decimal("2.5"), timedelta(hours=2), "2.50 hours are paid for times in which 2.00 can be worked"),
        (16, timedelta(hours=20), ""),
        (17, timedelta(hours=20), "17.00 hours are paid for times in which 16.00 can be worked"),
        (40, timedelta(days=5), ""),
        (81, timedelta(days=5), "81.00 hours are paid for times in which 80.00 can be worked"),
        (1, timedelta(0), "1.00 hours are paid for times in which 0.00 can be worked"),
    ],
)
def test_more_hours_than_there_were_or_than_a_day_has_are_told(
    amina: Any, ada: Any, bola: Any, quantity: Decimal, length: timedelta, told_hours: str
) -> None:
    banked(ada)
    earn(ada, bola, quantity=Decimal(quantity), worked_from=POSTED - length, worked_to=POSTED)

    flags = told(calculated(amina)).get("Ada", [])

    words = f"{told_hours}, at most 16 a day."
    assert flags == ([("IMPOSSIBLE_HOURS", words)] if told_hours else [])


def test_hours_of_one_time_that_are_paid_twice_are_more_than_there_were(amina: Any, ada: Any, bola: Any) -> None:
    banked(ada)
    earn(ada, bola, bola, worked_from=POSTED - timedelta(hours=2), worked_to=POSTED)

    (flag,) = told(calculated(amina))["Ada"]

    assert flag[1].startswith("4.00 hours are paid for times in which 2.00 can be worked")


def test_a_first_pay_or_a_single_approver_is_counted_and_both_together_are_listed(
    amina: Any, ada: Any, bola: Any, chen: Any
) -> None:
    dana = make_person("Dana")
    banked(ada)
    earn(ada, bola, bola, bola)
    earn(chen, bola, bola)
    earn(dana, bola, bola, bola, unit="TASK")

    cycle = calculated(amina)

    counts = count_red_flags([cycle])[cycle.id]
    assert (counts.lines, counts.by_kind) == (1, {"FIRST_PAY": 2, "ONE_APPROVER": 2})
    assert told(cycle) == {
        "Dana": [
            ("FIRST_PAY", "No payment has reached them before."),
            ("ONE_APPROVER", "Bola alone approved all 3 pieces of their work, since 07 Nov 2026."),
        ]
    }
    assert sorted(told(cycle, "FIRST_PAY")) == ["Chen", "Dana"]
    assert sorted(told(cycle, "ONE_APPROVER")) == ["Ada", "Dana"]


def test_work_that_somebody_else_approved_long_ago_counts_too(amina: Any, ada: Any, bola: Any, chen: Any) -> None:
    earlier = make_earning(ada.id, chen.id, "long ago")
    post_earnings([earlier], now=END - 9 * WEEK)
    CycleLine.objects.all().delete()
    banked(ada)
    earn(ada, bola, bola, bola)

    assert told(calculated(amina), "ONE_APPROVER") == {}


def test_what_a_line_paid_itself_is_no_earlier_payment(amina: Any, ada: Any, bola: Any) -> None:
    earn(ada, bola)
    cycle = calculated(amina)
    banked(ada)
    PayCycle.objects.filter(id=cycle.id).update(executed_at=END - 4 * WEEK)

    assert list(told(cycle, "FIRST_PAY")) == ["Ada"]


def test_the_inbox_the_cycle_and_the_list_show_approvers_and_auditors_what_to_look_at(
    amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    payee = banked(ada, was="another bank")
    earn(ada, bola)
    cycle = calculated(amina)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    client = Client()
    client.force_login(chiara)

    inbox = client.get("/finance/approvals/").content.decode()
    page = client.get(f"/finance/cycles/{cycle.id}/").content.decode()
    listed = client.get(f"/finance/red-flags/?cycle={cycle.id}&kind=NEW_DESTINATION").content.decode()
    other = client.get("/finance/red-flags/?currency=USD").content.decode()

    assert "1 line to look at" in inbox
    assert "Bank account changed: 1" in inbox
    assert "1 line to look at" in page
    for shown in (page, listed):
        assert "they were last paid on 19 Oct 2026" in shown
        assert f"/finance/payees/{payee.id}/" in shown
    assert "No line to look at" in other
    assert client.get("/finance/red-flags/?kind=GUILTY").status_code == 400


def test_the_api_lists_and_counts_lines_to_look_at(amina: Any, chiara: Any, ada: Any, bola: Any) -> None:
    payee = banked(ada, was="another bank")
    earn(ada, bola)
    cycle = calculated(amina)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    client = Client()
    client.force_login(chiara)
    counts = {"lines": 1, "kinds": [{"kind": "NEW_DESTINATION", "lines": 1}]}

    (line,) = client.get(f"/api/v1/finance/red-flags/?cycle={cycle.id}").json()["results"]
    inbox = client.get("/api/v1/finance/approvals/").json()["results"]

    assert (line["worker_name"], line["cycle"]) == ("Ada", str(cycle.id))
    assert [(flag["kind"], flag["evidence"], flag["evidence_id"]) for flag in line["flags"]] == [
        ("NEW_DESTINATION", "PAYEE", str(payee.id))
    ]
    assert client.get(f"/api/v1/finance/cycles/{cycle.id}/red-flags/").json() == counts
    assert [row["red_flags"] for row in inbox] == [counts]
    assert client.get("/api/v1/finance/red-flags/?currency=USD").json()["results"] == []
    assert client.get("/api/v1/finance/red-flags/?kind=GUILTY").status_code == 400


@pytest.mark.parametrize(
    ("role", "status"), [("AUDITOR", 200), ("FINANCE_PREPARER", 200), ("OPERATOR", 403), ("", 403)]
)
def test_only_finance_and_auditors_read_lines_to_look_at(amina: Any, ada: Any, role: str, status: int) -> None:
    cycle = draft_cycle(starts_at=END - WEEK, ends_at=END, currency="EUR", by=amina, now=NOW)
    client = Client()
    client.force_login(make_person("Hana", *([role] if role else [])))

    paths = ("/finance/red-flags/", "/api/v1/finance/red-flags/", f"/api/v1/finance/cycles/{cycle.id}/red-flags/")

    assert [client.get(path).status_code for path in paths] == [status] * 3


def test_a_look_takes_as_many_queries_for_many_lines_as_for_one(
    amina: Any, ada: Any, bola: Any, django_assert_num_queries: Any
) -> None:
    for name in ("Dana", "Emre", "Fatou"):
        earn(make_person(name), bola, bola, bola)

    cycle = calculated(amina)

    with django_assert_num_queries(1):
        flagged = list_flagged([cycle])
    with django_assert_num_queries(3):
        assert len(explain_flags(flagged)) == 3
