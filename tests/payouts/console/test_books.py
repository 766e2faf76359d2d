"""Months of the books, balances of a day and reversals, over HTTP and as pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from common import clock
from common.money import Money
from payouts.ledger.commands import post_entry, reverse_entry, seal_entries
from payouts.ledger.models import JournalEntry, Period
from payouts.ledger.rules import LineSpec, expense, payable
from tests.payouts.people import NOW, make_person

ADDRESS = "/api/v1/finance/periods/2026-11/"
PAGE = "/finance/periods/2026-11/"


@pytest.fixture
def november(ada: Any) -> Iterator[None]:
    """November has one sealed entry, and is over."""
    line = LineSpec(expense("work", "EUR"), payable(ada.id, "EUR"), Money(100, "EUR"))
    post_entry(
        idempotency_key="k",
        kind="EARNING",
        effective_on=date(2026, 11, 5),
        lines=[line],
        source="s",
        by=None,
        now=NOW,
    )
    seal_entries()
    with clock.at(NOW + timedelta(days=30)):
        yield


def signed_in(name: str, *roles: str) -> Client:
    client = Client()
    client.force_login(make_person(name, *roles))
    return client


def send(client: Client, verb: str, version: int, **body: Any) -> Any:
    headers = {"If-Match": f'"{version}"', "Idempotency-Key": f"{verb}-{version}"}
    return client.post(f"{ADDRESS}{verb}/", body, content_type="application/json", headers=headers)


def test_two_people_close_a_month_over_the_api(november: None) -> None:
    emre, fatou = signed_in("Emre", "FINANCE_PREPARER", "FINANCE_APPROVER"), signed_in("Fatou", "FINANCE_APPROVER")

    shown = emre.get(ADDRESS).json()
    assert (shown["state"], shown["entries"], shown["ends_on"]) == ("OPEN", 1, "2026-12-01")
    assert {check["code"]: check["is_ok"] for check in shown["checks"]} == dict.fromkeys(
        ("balances", "breaks", "chained", "compared", "cycles", "in_order", "over"), True
    )
    assert send(emre, "propose", 1, reason_text="All is compared.").json()["state"] == "PROPOSED"
    own = send(emre, "close", 2)
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes")
    closed = send(fatou, "close", 2).json()
    assert (closed["state"], closed["closed_at"], closed["checks"]) == ("CLOSED", "2026-12-12T09:30:00Z", [])
    assert [row["month"] for row in fatou.get("/api/v1/finance/periods/?state=CLOSED").json()["results"]] == ["2026-11"]


def test_the_checklist_refuses_over_the_api_with_each_reason(november: None) -> None:
    with clock.at(NOW):
        answer = send(signed_in("Emre", "FINANCE_PREPARER"), "propose", 1, reason_text="Early.")

    assert (answer.status_code, answer.json()["code"]) == (409, "period_not_ready")
    assert [problem["code"] for problem in answer.json()["errors"]] == ["over"]


def test_a_proposal_is_kept_open_over_the_api_with_a_reason(november: None) -> None:
    emre, fatou = signed_in("Emre", "FINANCE_PREPARER"), signed_in("Fatou", "FINANCE_APPROVER")
    send(emre, "propose", 1, reason_text="All is compared.")

    assert send(fatou, "keep-open", 2).status_code == 400
    assert send(fatou, "keep-open", 2, reason_text="A fee is missing.").json()["state"] == "OPEN"


def test_strangers_and_absent_months_are_refused(november: None) -> None:
    assert Client().get(ADDRESS).status_code == 401
    assert signed_in("Dana").get(ADDRESS).status_code == 403
    auditor = signed_in("Goran", "AUDITOR")
    assert auditor.get(ADDRESS).status_code == 200
    assert auditor.get("/api/v1/finance/periods/2026-10/").status_code == 404
    assert send(auditor, "propose", 1, reason_text="x").status_code == 403


def test_two_people_close_a_month_on_its_page(november: None) -> None:
    emre, fatou = signed_in("Emre", "FINANCE_PREPARER"), signed_in("Fatou", "FINANCE_APPROVER")

    assert "Ready" in emre.get(PAGE).content.decode()
    refused = emre.post(f"{PAGE}propose/", {"expected_version": 1, "reason_text": ""})
    assert refused.status_code == 422
    emre.post(f"{PAGE}propose/", {"expected_version": 1, "reason_text": "All is compared."})
    assert "another person closes it" in emre.get(PAGE).content.decode()
    assert "Close 2026-11" in fatou.get(PAGE).content.decode()
    assert fatou.post(f"{PAGE}close/", {"expected_version": 2}).status_code == 302
    assert "It is closed" in fatou.get(PAGE).content.decode()
    assert Period.objects.get().state == "CLOSED"


def test_a_refused_step_is_told_on_the_page(november: None) -> None:
    emre = signed_in("Emre", "FINANCE_PREPARER")
    with clock.at(NOW):
        early = emre.post(f"{PAGE}propose/", {"expected_version": 1, "reason_text": "Early."})

    assert early.status_code == 422
    assert "2026-11 ends with the day before 2026-12-01" in early.content.decode()
    assert Period.objects.get().state == "OPEN"


def test_the_trial_balance_is_read_as_of_a_day(november: None) -> None:
    emre = signed_in("Emre", "FINANCE_PREPARER")
    address = "/api/v1/finance/ledger/trial-balance/"

    assert emre.get(address, {"as_of": "2026-11-04"}).json() == {"results": [], "totals": []}
    totals = [{"currency": "EUR", "debits_minor": 100, "credits_minor": 100}]
    assert emre.get(address, {"as_of": "2026-11-05"}).json()["totals"] == totals
    assert emre.get(address, {"as_of": "5.11."}).status_code == 400
    assert "until the end of" in emre.get("/finance/balances/", {"as_of": "2026-11-05"}).content.decode()
    assert "No accounts." in emre.get("/finance/balances/", {"as_of": "2026-11-04"}).content.decode()
    assert emre.get("/finance/balances/", {"as_of": "5.11."}).status_code == 422


def test_an_entry_and_its_reversal_name_each_other(november: None) -> None:
    emre = signed_in("Emre", "FINANCE_PREPARER")
    entry = JournalEntry.objects.get()
    undone = reverse_entry(entry_id=entry.id, idempotency_key="undo", kind="TEST", source="s", by=None, now=clock.now())
    address = "/api/v1/finance/ledger/entries/"

    shown = {row["id"]: (row["reverses"], row["reversed_by"]) for row in emre.get(address).json()["results"]}

    assert shown == {str(entry.id): (None, str(undone.id)), str(undone.id): (str(entry.id), None)}
    assert f"/finance/journal/{undone.id}/" in emre.get(f"/finance/journal/{entry.id}/").content.decode()
    assert f"/finance/journal/{entry.id}/" in emre.get(f"/finance/journal/{undone.id}/").content.decode()
